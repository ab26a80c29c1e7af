//! The server as its clients see it: real sockets, real requests.

mod access;
mod bad_input;
mod batches;
mod browsers;
mod cases;
mod clients;
mod columns;
mod connections;
mod contributions;
mod described;
mod docs;
mod documents;
mod events;
mod http2;
mod lane;
mod memory;
mod openapi;
mod page;
mod parity;
mod platforms;
mod prepared;
mod regressors;
mod router;
mod routes;
mod server;
mod several;
mod strict;
mod swaps;
mod telemetry;
mod texts;
mod traffic;
mod v2;

#[path = "../../../iris-core/serving/tests/support/full_lane.rs"]
mod full_lane;
#[path = "../../../iris-core/serving/tests/support/suite.rs"]
mod suite;

//! The server as its clients see it: real sockets, real requests.

mod bad_input;
mod batches;
mod cases;
mod columns;
mod connections;
mod contributions;
mod documents;
mod openapi;
mod parity;
mod platforms;
mod prepared;
mod regressors;
mod router;
mod routes;
mod server;
mod telemetry;
mod v2;

#[path = "../../../iris-core/serving/tests/support/suite.rs"]
mod suite;

//! The server as its clients see it: real sockets, real requests.

mod bad_input;
mod batches;
mod connections;
mod documents;
mod openapi;
mod parity;
mod platforms;
mod prepared;
mod router;
mod routes;
mod server;
mod telemetry;
mod v2;

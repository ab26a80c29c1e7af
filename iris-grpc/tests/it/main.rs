//! The crate as its clients see it.

mod compression;
mod direct;
mod generated;
mod health;
mod hostile;
mod limits;
mod parity;
mod protocol;
mod refusals;
mod server;
mod stop;
mod streams;
mod telemetry;
mod tensors;

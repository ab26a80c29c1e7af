//! The crate as its clients see it.

mod access;
mod cases;
mod compression;
mod direct;
mod generated;
mod health;
mod hostile;
mod lane;
mod limits;
mod memory;
mod parity;
mod protocol;
mod refusals;
mod regressors;
mod server;
mod several;
mod stop;
mod streams;
mod telemetry;
mod tensors;
mod texts;
mod tls;

#[path = "../../../iris-core/serving/tests/support/full_lane.rs"]
mod full_lane;
#[path = "../../../iris-core/serving/tests/support/suite.rs"]
mod suite;

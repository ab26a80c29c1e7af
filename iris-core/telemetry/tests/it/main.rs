//! What is recorded of requests, and where it goes.

mod cases;
mod telemetry;
mod tracing_spans;

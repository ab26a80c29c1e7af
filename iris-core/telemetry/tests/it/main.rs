//! What is recorded of requests, and where it goes.

mod cases;
mod same_spans;
mod telemetry;
mod tracing_spans;

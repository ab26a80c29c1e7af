//! What is recorded of requests, and where it goes.

mod cases;
#[cfg(feature = "opentelemetry")]
mod own_pipeline;
mod same_spans;
mod telemetry;
mod tracing_spans;

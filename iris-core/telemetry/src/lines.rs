//! Traces and requests as lines: on standard output for
//! `OTEL_TRACES_EXPORTER=console`, in the log for the rest.

use std::io::Write;

use tracing::{info, warn};

use super::trace::Trace;

/// The target of a line for each request.
pub const ACCESS_TARGET: &str = "iris::access";

/// Something to be written, which may take as long as its reader likes.
#[derive(Debug)]
pub(super) enum Line {
    /// A trace on standard output.
    Console(Trace),
    /// A request in the log.
    Access(Trace),
    /// A request that failed by our doing, in the log.
    Failure(Trace),
}

impl Line {
    pub(super) fn write(&self) {
        match self {
            Self::Console(trace) => print(trace),
            Self::Access(trace) => log(trace),
            Self::Failure(trace) => log_failure(trace),
        }
    }
}

/// Prints a trace. A reader that went away is no reason to stop.
fn print(trace: &Trace) {
    let mut out = std::io::stdout().lock();
    let _ = writeln!(out, "{trace}").and_then(|()| out.flush());
}

/// A line for a request, if it came from outside.
fn log(trace: &Trace) {
    if trace.endpoint.route.is_empty() && trace.endpoint.method.is_empty() {
        return;
    }
    info!(
        target: ACCESS_TARGET,
        method = trace.endpoint.method,
        route = trace.endpoint.route,
        status = trace.status,
        latency_seconds = trace.duration.as_secs_f64(),
        trace_id = trace_id(trace),
        span_id = span_id(trace),
        sampled = trace.sampled,
        error = trace.error.as_deref(),
        "request"
    );
}

/// A line for a request that failed by our doing, whether or not each is logged.
fn log_failure(trace: &Trace) {
    warn!(
        method = trace.endpoint.method,
        route = trace.endpoint.route,
        status = trace.status,
        trace_id = trace_id(trace),
        span_id = span_id(trace),
        sampled = trace.sampled,
        "{} failed: {}",
        trace.name,
        trace.error.as_deref().unwrap_or("no reason was given")
    );
}

fn trace_id(trace: &Trace) -> Option<String> {
    (trace.trace_id.0 != 0).then(|| trace.trace_id.to_string())
}

fn span_id(trace: &Trace) -> Option<String> {
    (trace.span_id.0 != 0).then(|| trace.span_id.to_string())
}

//! Requests as log lines, written by the draining thread.

use tracing::{info, warn};

use super::trace::Trace;

/// The target of a line for each request.
pub const ACCESS_TARGET: &str = "iris::access";

/// A line for a request, if it came from outside.
pub(super) fn log(trace: &Trace) {
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
        error = trace.error.as_deref(),
        "request"
    );
}

/// A line for a request that failed by our doing, whether or not each is logged.
pub(super) fn log_failure(trace: &Trace) {
    warn!(
        method = trace.endpoint.method,
        route = trace.endpoint.route,
        status = trace.status,
        trace_id = trace_id(trace),
        span_id = span_id(trace),
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

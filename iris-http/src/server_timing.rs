//! The `Server-Timing` header: where the time of a request went.
//!
//! Durations are milliseconds, as <https://www.w3.org/TR/server-timing/> has
//! them. A client that subtracts `total` from what it measured itself knows the
//! network's share; `traceparent` leads to the trace.

use std::fmt::Write;

use http::{HeaderMap, HeaderName, HeaderValue};
use iris_telemetry::Timing;

const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");

pub(crate) fn insert(headers: &mut HeaderMap, timing: &Timing) {
    if let Ok(value) = HeaderValue::try_from(value(timing)) {
        headers.insert(SERVER_TIMING, value);
    }
}

pub(crate) fn value(timing: &Timing) -> String {
    let mut text = String::with_capacity(224);
    for (stage, nanos) in timing.stages() {
        metric(&mut text, stage, nanos);
    }
    metric(&mut text, "total", timing.total());
    if let Some((trace, span)) = timing.ids() {
        let _ = write!(text, ", traceparent;desc=\"00-{trace}-{span}-01\"");
    }
    text
}

fn metric(text: &mut String, name: &str, nanos: u64) {
    let separator = if text.is_empty() { "" } else { ", " };
    let _ = write!(text, "{separator}{name};dur={}.{:06}", nanos / 1_000_000, nanos % 1_000_000);
}

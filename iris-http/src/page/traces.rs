//! `GET /traces`: traces that are kept, for who looks at one request.
//!
//! They say where time went and nothing of what a client sent: neither rows nor
//! answers, addresses nor words of a refusal, which may quote a row.

use std::time::UNIX_EPOCH;

use axum::extract::{Request, State};
use axum::response::Response;
use iris_core::ErrorClass;
use iris_telemetry::{StageTime, Trace, TraceId};
use serde_json::{Value, json};

use crate::json;
use crate::respond::refuse;
use crate::{Failure, HttpService};

/// Those of the trace that `?id=` names, the newest first, which may be none; or the
/// last 256 and no other, if it names none.
pub(crate) async fn traces(State(service): State<HttpService>, request: Request) -> Response {
    let refuse = |class, reason| refuse(request.uri().path(), request.headers(), Failure::new(class, reason));
    let Some(telemetry) = service.telemetry() else {
        return refuse(ErrorClass::NotFound, "nothing is recorded: telemetry is switched off");
    };
    let query = request.uri().query().unwrap_or_default();
    let id = query.split('&').find_map(|pair| pair.strip_prefix("id="));
    let found = match id.map(TraceId::from_hex) {
        None => telemetry.recent(),
        Some(Some(id)) => telemetry.traces(id),
        Some(None) => return refuse(ErrorClass::InvalidInput, "a trace's id has 32 digits, in hexadecimal"),
    };
    json::answer(&json!({ "traces": found.iter().map(shown).collect::<Vec<_>>() }))
}

/// What is shown of a trace. Times are microseconds, counted from its beginning.
pub(super) fn shown(trace: &Trace) -> Value {
    let start = trace.start.duration_since(UNIX_EPOCH).unwrap_or_default();
    json!({
        "trace_id": trace.trace_id.to_string(),
        "span_id": trace.span_id.to_string(),
        "name": trace.name,
        "endpoint": trace.endpoint.to_string().trim(),
        "status": trace.status,
        "failed": trace.error.is_some(),
        "start": start.as_secs_f64(),
        "duration": micros(trace.duration),
        "rows": trace.batch_size.max(1),
        "model": trace.model.as_ref().map(|(name, version)| json!({ "name": name, "version": version })),
        "stages": trace.stages.iter().map(stage).collect::<Vec<_>>(),
    })
}

fn stage(stage: &StageTime) -> Value {
    json!({ "name": stage.name, "offset": micros(stage.offset), "duration": micros(stage.duration) })
}

fn micros(duration: std::time::Duration) -> f64 {
    duration.as_secs_f64() * 1e6
}

//! `GET /stats`: the process and its requests, now and in the last minutes.

use std::time::Duration;

use axum::extract::{Request, State};
use axum::response::Response;
use iris_core::ErrorClass;
use iris_serving::{Catalog, Comparison, Shadows};
use iris_telemetry::{Exports, Figure, Live, ModelStatistics, Second, Total};
use serde::Serialize;
use serde_json::{Value, json};

use super::reason::Situation;
use super::traces::shown;
use crate::json;
use crate::respond::refuse;
use crate::{Failure, HttpService, Page};

/// How many seconds the sentence and the summary are of.
const RECENT: usize = 10;

/// The stages of a request, by the names of their spans.
const STAGES: [&str; 3] = ["data_preparation", "model_inference", "response_formatting"];

/// What each number of a row of the history is; times in seconds, but `end` in milliseconds since 1970.
const COLUMNS: [&str; 19] = [
    "end",
    "requests_per_second",
    "failed",
    "overloaded",
    "refused",
    "p50",
    "p99",
    "p999",
    "in_flight",
    "connections",
    "cpu_user",
    "cpu_system",
    "machine",
    "resident_bytes",
    "mean",
    "data_preparation",
    "model_inference",
    "response_formatting",
    "answered_per_second",
];

/// Everything; of the history what ended after `?since=`, in milliseconds since 1970.
pub(crate) async fn stats(State(service): State<HttpService>, request: Request) -> Response {
    let page = service.page().unwrap_or_default();
    let (parts, _) = request.into_parts();
    let refuse =
        |class, reason: String| refuse(parts.uri.path(), &parts.headers, Failure::new(class, reason));
    let Some(telemetry) = service.telemetry() else {
        return refuse(ErrorClass::NotFound, "nothing is recorded: telemetry is switched off".into());
    };
    let query = parts.uri.query().unwrap_or_default();
    let since = query.split('&').find_map(|pair| pair.strip_prefix("since="));
    let Ok(since) = since.map_or(Ok(0), str::parse) else {
        return refuse(ErrorClass::InvalidInput, "since is a time in milliseconds since 1970".into());
    };
    match service.looks().at(telemetry).await {
        Ok(live) => {
            let mut stats = described(&live, page, since, service.catalog().readiness().is_ready());
            stats["shadows"] = shadows(service.catalog());
            json::answer(&stats)
        }
        Err(reason) => refuse(ErrorClass::Internal, reason),
    }
}

fn described(live: &Live, page: Page, since: u64, is_ready: bool) -> Value {
    let (cores, workers) = page.cores_and_workers();
    let recent = summed(&live.seconds);
    let (kind, sentence) = Situation::of(&recent, cores, workers).explain();
    json!({
        "version": env!("CARGO_PKG_VERSION"),
        "is_ready": is_ready,
        "started": live.started,
        "cores": cores,
        "workers": workers,
        "reason": { "kind": kind.as_str(), "sentence": sentence },
        "recent": summary(&recent),
        "history": {
            "columns": COLUMNS,
            "rows": live.seconds.iter().filter(|second| second.end > since).map(row).collect::<Vec<_>>(),
        },
        "slowest": live.slowest.iter().map(shown).collect::<Vec<_>>(),
        "loads": live.loads.iter().map(shown).collect::<Vec<_>>(),
        "models": live.models.iter().map(model).collect::<Vec<_>>(),
        "exports": exports(&live.exports),
        "connections": {
            "open": named(&live.connections.open),
            "accepted": named(&live.connections.accepted),
            "turned_away": named(&live.connections.turned_away),
            "closed": named(&live.connections.closed),
        },
        "figures": live.figures.iter().map(figure).collect::<Vec<_>>(),
    })
}

/// The last seconds as one.
fn summed(seconds: &[Second]) -> Second {
    let mut sum = Second::default();
    seconds[seconds.len().saturating_sub(RECENT)..].iter().for_each(|second| sum.add(second));
    sum
}

fn summary(recent: &Second) -> Value {
    let mean = mean(recent.answered);
    let stages = STAGES.iter().zip(recent.stages).map(|(name, total)| {
        let of_stage = self::mean(total);
        json!({ "name": name, "mean": of_stage, "share": of_stage.zip(mean).map(|(part, all)| part / all) })
    });
    json!({
        "seconds": recent.length,
        "requests_per_second": recent.rate(),
        "p50": recent.quantile(0.5),
        "p99": recent.quantile(0.99),
        "p999": recent.quantile(0.999),
        "failed": recent.failed,
        "overloaded": recent.overloaded,
        "refused": recent.refused,
        "mean": mean,
        "stages": stages.collect::<Vec<_>>(),
        "cores": recent.cores(),
        "machine": recent.machine,
    })
}

#[expect(clippy::cast_precision_loss, reason = "a picture of a number below 2^53")]
fn row(second: &Second) -> Value {
    let per_second = |n: u64| if second.length > 0.0 { n as f64 / second.length } else { 0.0 };
    let [prepared, inferred, formatted] = second.stages.map(mean);
    let row: [Value; COLUMNS.len()] = [
        json!(second.end),
        short(Some(second.rate())),
        json!(second.failed),
        json!(second.overloaded),
        json!(second.refused),
        short(second.quantile(0.5)),
        short(second.quantile(0.99)),
        short(second.quantile(0.999)),
        json!(second.in_flight),
        json!(second.connections),
        short(Some(second.user / second.length.max(f64::MIN_POSITIVE))),
        short(Some(second.system / second.length.max(f64::MIN_POSITIVE))),
        short(second.machine),
        json!(second.resident),
        short(mean(second.answered)),
        short(prepared),
        short(inferred),
        short(formatted),
        short(Some(per_second(second.answered.count))),
    ];
    row.into_iter().collect()
}

/// With four digits, which is more than a chart shows.
fn short(number: Option<f64>) -> Value {
    let rounded = number.and_then(|number| format!("{number:.3e}").parse::<f64>().ok());
    rounded.map_or(Value::Null, |number| json!(number))
}

/// In seconds.
#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn mean(total: Total) -> Option<f64> {
    (total.count > 0).then(|| total.nanos as f64 / 1e9 / total.count as f64)
}

fn model(model: &ModelStatistics) -> Value {
    json!({
        "name": model.name,
        "version": model.version,
        "rows": model.rows,
        "answered": model.success.count,
        "refused": model.failure.count,
        "mean": mean(model.success),
        "last": model.last_inference,
    })
}

/// What versions in the shadow of others make of the same rows.
fn shadows(catalog: &Catalog) -> Value {
    let shadows = catalog.traffic().shadows();
    let pairs = shadows.map(|shadows| shadows.comparisons(&catalog.snapshot())).unwrap_or_default();
    json!({
        "pairs": pairs.iter().map(pair).collect::<Vec<_>>(),
        "dropped": shadows.map_or(0, Shadows::dropped),
    })
}

#[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
fn pair(pair: &Comparison) -> Value {
    let rows = pair.agreed + pair.disagreed;
    let mean = |took: Duration| (rows > 0).then(|| took.as_secs_f64() / rows as f64);
    json!({
        "name": pair.name,
        "version": pair.version,
        "shadow": pair.shadow,
        "agreed": pair.agreed,
        "disagreed": pair.disagreed,
        "failed": pair.failed,
        "unlike": pair.unlike,
        // JSON has no infinity, which is the distance of what is no number.
        "difference": pair.difference.map(|difference| difference.map(|distance| distance.min(f64::MAX))),
        "mean": pair.took.map(mean),
    })
}

fn exports(exports: &Exports) -> Value {
    json!({
        "state": state(exports),
        "recorded": exports.recorded,
        "exported": exports.exported,
        "retries": exports.retries,
        "dropped": named(&exports.dropped),
        "rejected_spans": exports.rejected_spans,
        "pending": exports.pending,
        "buffer_bytes": exports.buffer_bytes,
        "buffer_limit": exports.buffer_limit,
        "ring_used_at_most": exports.ring_used_at_most,
        "ring_slots": exports.ring_slots,
        "dropped_lines": exports.dropped_lines,
    })
}

/// How it is about sending traces, in a word.
fn state(exports: &Exports) -> &'static str {
    let is_filling = exports.buffer_bytes > exports.buffer_limit / 2;
    let lost: u64 = exports.dropped.iter().map(|(_, n)| n).sum();
    match exports {
        Exports { is_on: false, .. } => "off",
        _ if is_filling => "behind",
        _ if lost > 0 => "lost_some",
        _ => "well",
    }
}

fn figure(figure: &Figure) -> Value {
    let label = figure.label.as_ref().map(|(name, value)| json!({ "name": name, "value": value }));
    json!({ "name": figure.name, "label": label, "value": figure.value })
}

/// An object with a member for each.
fn named<V: Serialize + Copy>(all: &[(&'static str, V)]) -> Value {
    all.iter()
        .map(|(name, value)| ((*name).to_owned(), json!(value)))
        .collect::<serde_json::Map<_, _>>()
        .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn exported(change: impl FnOnce(&mut Exports)) -> &'static str {
        let mut exports = Exports::default();
        (exports.is_on, exports.buffer_limit) = (true, 100);
        change(&mut exports);
        state(&exports)
    }

    #[test]
    fn an_exporter_is_well_or_behind_or_has_lost_some() {
        assert_eq!(exported(|exports| exports.is_on = false), "off");
        assert_eq!(exported(|exports| exports.buffer_bytes = 50), "well");
        assert_eq!(exported(|exports| exports.buffer_bytes = 51), "behind");
        assert_eq!(exported(|exports| exports.dropped[1].1 = 1), "lost_some");
    }

    #[test]
    fn a_picture_of_a_number_is_short() {
        assert_eq!(short(Some(0.000_012_345_678)).to_string(), "0.00001235");
        assert_eq!(short(Some(123_456.0)), json!(123_500.0));
        assert_eq!((short(None), short(Some(f64::NAN))), (Value::Null, Value::Null));
    }

    #[test]
    fn the_summary_is_of_the_last_ten_seconds() {
        let seconds: Vec<Second> = (0..20)
            .map(|n| {
                let mut second = Second::default();
                (second.length, second.requests) = (1.0, n);
                second
            })
            .collect();
        let recent = summed(&seconds);
        assert_eq!((recent.requests, recent.length), ((10..20).sum(), 10.0));
        assert_eq!(summed(&[]).requests, 0);
    }
}

//! A span as it can be compared, wherever it came out.

use std::collections::{BTreeMap, HashMap};

use opentelemetry::Value as SdkValue;
use opentelemetry::trace::{SpanId, SpanKind, Status};
use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_sdk::trace::SpanData;

use crate::telemetry::collector::text;

/// All of a span but its ids and when it was.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    pub(crate) name: String,
    pub(crate) kind: String,
    pub(crate) parent: Parent,
    /// The words of an error.
    pub(crate) error: Option<String>,
    /// Each value with its type.
    pub(crate) attributes: BTreeMap<String, String>,
    pub(crate) tracestate: String,
}

#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Parent {
    None,
    /// A span that is seen too.
    Here(String),
    /// A trace and a span in it.
    Elsewhere {
        trace_id: String,
        span_id: String,
    },
}

/// The types of attributes there are. To `tracing`, which has none for them, lists are text.
fn typed(kind: &str, value: &str) -> String {
    format!("{kind} {value}")
}

/// Spans of one trace in the order of their names, as a collector got them.
pub(crate) fn of_collector(spans: &[Span]) -> Vec<Seen> {
    let names: HashMap<&[u8], &str> = spans.iter().map(|span| (&*span.span_id, &*span.name)).collect();
    let seen = spans.iter().map(|span| {
        let attributes = span.attributes.iter().map(|pair| {
            let value = pair.value.as_ref().unwrap();
            let kind = match value.value.as_ref().unwrap() {
                Value::StringValue(_) | Value::ArrayValue(_) => "text",
                Value::IntValue(_) => "int",
                Value::DoubleValue(_) => "double",
                other => panic!("{other:?}"),
            };
            (pair.key.clone(), typed(kind, &text(value)))
        });
        let parent = match (&*span.parent_span_id, names.get(&*span.parent_span_id)) {
            ([], _) => Parent::None,
            (_, Some(name)) => Parent::Here((*name).to_owned()),
            (id, None) => Parent::Elsewhere { trace_id: hex(&span.trace_id), span_id: hex(id) },
        };
        Seen {
            name: span.name.clone(),
            kind: format!("{:?}", span.kind()),
            parent,
            error: span.status.as_ref().map(|status| {
                assert_eq!(status.code, 2);
                status.message.clone()
            }),
            attributes: distinct(attributes),
            tracestate: span.trace_state.clone(),
        }
    });
    in_order(seen.collect())
}

/// The same, as an exporter of OpenTelemetry's SDK got them.
pub(crate) fn of_sdk(spans: &[SpanData]) -> Vec<Seen> {
    let names: HashMap<SpanId, &str> =
        spans.iter().map(|span| (span.span_context.span_id(), &*span.name)).collect();
    let seen = spans.iter().map(|span| {
        let attributes = span.attributes.iter().map(|pair| {
            let value = match &pair.value {
                SdkValue::String(text) => typed("text", text.as_str()),
                SdkValue::I64(number) => typed("int", &number.to_string()),
                SdkValue::F64(number) => typed("double", &format!("{number:?}")),
                SdkValue::Array(opentelemetry::Array::F64(row)) => typed("text", &format!("{row:?}")),
                other => panic!("{other:?}"),
            };
            (pair.key.to_string(), value)
        });
        let parent = match (span.parent_span_id, names.get(&span.parent_span_id)) {
            (SpanId::INVALID, _) => Parent::None,
            (_, Some(name)) => Parent::Here((*name).to_owned()),
            (id, None) => Parent::Elsewhere {
                trace_id: span.span_context.trace_id().to_string(),
                span_id: id.to_string(),
            },
        };
        assert!((span.events.is_empty(), span.links.is_empty()) == (true, true));
        Seen {
            name: span.name.to_string(),
            kind: match &span.span_kind {
                kind @ (SpanKind::Server | SpanKind::Internal) => format!("{kind:?}"),
                other => panic!("{other:?}"),
            },
            parent,
            error: match &span.status {
                Status::Unset => None,
                Status::Error { description } => Some(description.to_string()),
                Status::Ok => panic!("nobody says so"),
            },
            attributes: distinct(attributes),
            tracestate: span.span_context.trace_state().header(),
        }
    });
    in_order(seen.collect())
}

/// The same without the seconds that anything took.
pub(crate) fn without_seconds(spans: &[Seen]) -> Vec<Seen> {
    let mut spans = spans.to_vec();
    for span in &mut spans {
        for (key, value) in &mut span.attributes {
            if key.ends_with("time_seconds") {
                assert!(value.strip_prefix("double ").unwrap().parse::<f64>().unwrap() >= 0.0, "{key}");
                value.clear();
            }
        }
    }
    spans
}

fn distinct(pairs: impl Iterator<Item = (String, String)>) -> BTreeMap<String, String> {
    let mut found = BTreeMap::new();
    for (key, value) in pairs {
        assert_eq!(found.insert(key.clone(), value), None, "{key} twice");
    }
    found
}

fn in_order(mut spans: Vec<Seen>) -> Vec<Seen> {
    spans.sort_by(|one, other| one.name.cmp(&other.name));
    spans
}

fn hex(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::new(), |mut text, byte| {
        write!(text, "{byte:02x}").unwrap();
        text
    })
}

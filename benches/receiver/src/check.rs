//! What the spans of one request must be.

use opentelemetry_proto::tonic::common::v1::any_value::Value;
use opentelemetry_proto::tonic::trace::v1::Span;
use opentelemetry_proto::tonic::trace::v1::span::SpanKind;

/// The span of a whole request.
pub(crate) const ROOT: &str = "prediction_request";

/// The spans within it, in the order in which they happen.
pub(crate) const CHILDREN: [&str; 3] = ["data_preparation", "model_inference", "response_formatting"];

/// The numbers of `benches/wrk/predict.lua`'s body.
const FEATURES: [(&str, f64); 4] = [
    ("request.sepal_length", 6.765_352_725_982_666),
    ("request.sepal_width", 2.824_432_849_884_033),
    ("request.petal_length", 4.908_521_652_221_68),
    ("request.petal_width", 1.813_152_074_813_842_8),
];

/// What a model must have answered; `None` leaves only the type to check.
#[derive(Debug, Clone, Default)]
pub(crate) struct Expected {
    pub(crate) species: Option<String>,
    pub(crate) probability: Option<f64>,
}

/// Whether any of these spans is a request's.
pub(crate) fn is_of_a_request(trace: &[&Span]) -> bool {
    trace.iter().any(|span| span.name == ROOT || CHILDREN.contains(&span.name.as_str()))
}

/// Compares the spans of one trace id with what a request leaves behind.
///
/// # Errors
///
/// The first thing that is not as it must be.
pub(crate) fn check(trace: &[&Span], expected: &Expected) -> Result<(), String> {
    demand(trace.len() == 1 + CHILDREN.len(), || format!("{} spans", trace.len()))?;
    let root = named(trace, ROOT)?;
    let [preparation, inference, formatting] = CHILDREN.map(|name| named(trace, name));
    let children = [preparation?, inference?, formatting?];
    check_ids(root, &children)?;
    check_times(root, &children)?;
    check_root(root)?;
    check_seconds(children[0], "data_preparation.time_seconds")?;
    check_inference(children[1], expected)
}

fn check_ids(root: &Span, children: &[&Span; 3]) -> Result<(), String> {
    demand(root.trace_id.len() == 16 && root.trace_id != [0; 16], || "no trace id".to_owned())?;
    demand(root.parent_span_id.is_empty(), || "the root has a parent".to_owned())?;
    let ids = [root.span_id.as_slice(), &children[0].span_id, &children[1].span_id, &children[2].span_id];
    for (index, id) in ids.iter().enumerate() {
        demand(id.len() == 8 && **id != [0; 8], || "a span without an id".to_owned())?;
        demand(!ids[..index].contains(id), || "two spans with one id".to_owned())?;
    }
    for child in children {
        demand(child.parent_span_id == root.span_id, || format!("{} is not the root's child", child.name))?;
    }
    Ok(())
}

/// Each child after the one before it, all of them inside the root.
fn check_times(root: &Span, children: &[&Span; 3]) -> Result<(), String> {
    demand(root.start_time_unix_nano > 0, || "no start".to_owned())?;
    let mut earliest = root.start_time_unix_nano;
    for child in children {
        let (start, end) = (child.start_time_unix_nano, child.end_time_unix_nano);
        demand(earliest <= start && start <= end, || {
            format!("{} is {start} to {end}, and may start at {earliest}", child.name)
        })?;
        earliest = end;
    }
    demand(earliest <= root.end_time_unix_nano, || "a child ends after the root".to_owned())
}

fn check_root(root: &Span) -> Result<(), String> {
    demand(root.kind() == SpanKind::Server, || format!("the root's kind is {:?}", root.kind()))?;
    for (key, number) in FEATURES {
        check_value(root, key, &Value::DoubleValue(number))?;
    }
    check_value(root, "http.response.status_code", &Value::IntValue(200))?;
    check_value(root, "request.status", &Value::StringValue("success".to_owned()))?;
    check_seconds(root, "request.total_time_seconds")
}

fn check_inference(inference: &Span, expected: &Expected) -> Result<(), String> {
    check_seconds(inference, "model.inference_time_seconds")?;
    let species = attribute(inference, "model.predicted_species")?;
    let is_right = matches!(species, Value::StringValue(species)
        if expected.species.as_ref().is_none_or(|expected| expected == species));
    demand(is_right, || format!("model.predicted_species is {species:?}"))?;
    let probability = attribute(inference, "model.prediction_probability")?;
    let is_right = matches!(probability, Value::DoubleValue(probability)
        if expected.probability.is_none_or(|expected| expected.to_bits() == probability.to_bits()));
    demand(is_right, || format!("model.prediction_probability is {probability:?}"))
}

fn check_value(span: &Span, key: &str, expected: &Value) -> Result<(), String> {
    let value = attribute(span, key)?;
    demand(value == expected, || format!("{key} is {value:?}, not {expected:?}"))
}

/// A duration: a number of seconds, and not below zero.
fn check_seconds(span: &Span, key: &str) -> Result<(), String> {
    let value = attribute(span, key)?;
    let is_duration = matches!(value, Value::DoubleValue(seconds) if (0.0..3600.0).contains(seconds));
    demand(is_duration, || format!("{key} is {value:?}"))
}

/// The value of an attribute that must stand there once.
fn attribute<'a>(span: &'a Span, key: &str) -> Result<&'a Value, String> {
    let mut values = span.attributes.iter().filter(|attribute| attribute.key == key);
    let value = values.next().and_then(|attribute| attribute.value.as_ref()?.value.as_ref());
    demand(values.next().is_none(), || format!("{key} twice"))?;
    value.ok_or_else(|| format!("no {key}"))
}

fn named<'a>(trace: &[&'a Span], name: &str) -> Result<&'a Span, String> {
    trace.iter().find(|span| span.name == name).copied().ok_or_else(|| format!("no {name}"))
}

fn demand(is_right: bool, reason: impl FnOnce() -> String) -> Result<(), String> {
    if is_right { Ok(()) } else { Err(reason()) }
}

#[cfg(test)]
mod tests;

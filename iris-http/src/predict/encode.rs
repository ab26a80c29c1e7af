//! From predictions to JSON.

use iris_core::{Label, Labels, Task};
use iris_serving::{Model, Predictions};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::decode::Form;

/// A class for one row. `prediction_probability` and `probabilities` are
/// `null` from a model that gives scores only.
#[derive(Serialize)]
struct ClassAnswer<'a> {
    /// What other things than flowers have instead of a species.
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label<'a>>,
    predicted_species: Label<'a>,
    prediction_probability: Option<f64>,
    probabilities: Option<ByClass<'a>>,
    model: &'a str,
    version: &'a str,
}

/// A regressor's number for one row, or its numbers.
#[derive(Serialize)]
struct ValueAnswer<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    value: Option<f64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    values: Option<&'a [f64]>,
    model: &'a str,
    version: &'a str,
}

/// Probabilities as an object with a member for each class.
struct ByClass<'a> {
    labels: &'a Labels,
    probabilities: &'a [f64],
}

impl Serialize for ByClass<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        let mut map = json.serialize_map(Some(self.probabilities.len()))?;
        for (label, probability) in self.labels.iter().zip(self.probabilities) {
            map.serialize_entry(&label, probability)?;
        }
        map.end()
    }
}

/// The answers for all rows, in the form that they came in.
#[inline]
pub(super) fn encode(model: &Model, form: Form, predictions: &Predictions<'_>) -> Vec<u8> {
    let mut json = Vec::with_capacity(64 + predictions.n_rows().saturating_mul(ROW));
    let (open, close) = around(form);
    json.extend_from_slice(open);
    match model.schema().task() {
        Task::Classify { labels, .. } => classes(&mut json, model, labels, 0, predictions.rows()),
        Task::Regress { n_targets } => values(&mut json, model, *n_targets, 0, predictions.values()),
    }
    json.extend_from_slice(close);
    json
}

/// Bytes of a row's answer, for who makes room.
pub(super) const ROW: usize = 192;

/// What stands before and behind the rows.
pub(super) fn around(form: Form) -> (&'static [u8], &'static [u8]) {
    match form {
        Form::Single => (b"", b""),
        Form::Array => (b"[", b"]"),
        Form::Instances | Form::Frame(_) => (b"{\"predictions\":[", b"]}"),
    }
}

/// The answers for rows from number `first` on.
#[inline]
pub(super) fn classes<'r>(
    json: &mut Vec<u8>,
    model: &Model,
    labels: &Labels,
    first: usize,
    rows: impl Iterator<Item = (Label<'r>, &'r [f64])>,
) {
    let is_of_flowers = model.is_of_flowers();
    for (index, (label, probabilities)) in (first..).zip(rows) {
        let answer = ClassAnswer {
            label: (!is_of_flowers).then_some(label),
            predicted_species: label,
            prediction_probability: probabilities.iter().copied().reduce(f64::max),
            probabilities: (!probabilities.is_empty()).then_some(ByClass { labels, probabilities }),
            model: model.name(),
            version: model.version(),
        };
        write(json, index, &answer);
    }
}

/// The same from a regressor.
pub(super) fn values(json: &mut Vec<u8>, model: &Model, n_targets: usize, first: usize, values: &[f64]) {
    for (index, values) in (first..).zip(values.chunks_exact(n_targets)) {
        let (value, values) = match values {
            [value] => (Some(*value), None),
            values => (None, Some(values)),
        };
        write(json, index, &ValueAnswer { value, values, model: model.name(), version: model.version() });
    }
}

#[inline]
fn write(json: &mut Vec<u8>, index: usize, answer: &impl Serialize) {
    if index > 0 {
        json.push(b',');
    }
    serde_json::to_writer(json, answer).expect("strings and finite numbers always serialise");
}

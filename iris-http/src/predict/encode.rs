//! From predictions to JSON.

use iris_core::{Feature, Label, Labels, Schema, Task};
use iris_serving::{Model, Predictions, breathe};
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
    #[serde(skip_serializing_if = "Option::is_none")]
    contributions: Option<Explained<'a>>,
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
    #[serde(skip_serializing_if = "Option::is_none")]
    contributions: Option<Explained<'a>>,
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

/// What each feature contributes to each output of a row: a list of objects.
struct Explained<'a> {
    schema: &'a Schema,
    numbers: &'a [f64],
}

/// The same for one output. Of a classifier it is a class's; a single one is the second's.
#[derive(Serialize)]
struct ExplainedOutput<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    label: Option<Label<'a>>,
    expected_value: f64,
    features: ByFeature<'a>,
}

/// Numbers as an object with a member for each feature.
struct ByFeature<'a> {
    features: &'a [Feature],
    numbers: &'a [f64],
}

/// What the features contribute to all rows, row-major; empty if nobody wants it.
#[derive(Clone, Copy)]
pub(super) struct Contributions<'a> {
    pub(super) numbers: &'a [f64],
    pub(super) n_rows: usize,
}

impl<'a> Contributions<'a> {
    /// Those of a row, if they are wanted.
    #[inline]
    fn of_row(self, model: &'a Model, row: usize) -> Option<Explained<'a>> {
        if self.numbers.is_empty() {
            return None;
        }
        let len = self.numbers.len() / self.n_rows;
        Some(Explained { schema: model.schema(), numbers: &self.numbers[row * len..(row + 1) * len] })
    }
}

impl Serialize for Explained<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        let width = self.schema.n_features() + 1;
        let n_outputs = self.numbers.len() / width;
        let outputs = self.numbers.chunks_exact(width).enumerate().filter_map(|(output, numbers)| {
            let (expected_value, numbers) = numbers.split_last()?;
            let class = if n_outputs == 1 { 1 } else { output };
            let features = ByFeature { features: self.schema.features(), numbers };
            let label = self.schema.labels().get(class);
            Some(ExplainedOutput { label, expected_value: *expected_value, features })
        });
        json.collect_seq(outputs)
    }
}

impl Serialize for ByFeature<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> Result<S::Ok, S::Error> {
        json.collect_map(self.features.iter().map(Feature::name).zip(self.numbers))
    }
}

/// The answers for all rows, in the form that they came in.
#[inline]
pub(super) fn encode(model: &Model, form: Form, predictions: &Predictions<'_>) -> Vec<u8> {
    let mut json = Vec::with_capacity(64 + predictions.n_rows().saturating_mul(ROW));
    let (open, close) = around(form);
    json.extend_from_slice(open);
    let explained = Contributions { numbers: predictions.contributions(), n_rows: predictions.n_rows() };
    match model.schema().task() {
        Task::Classify { labels, .. } => {
            classes(&mut json, model, labels, (0, explained), predictions.rows());
        }
        Task::Regress { n_targets } => {
            values(&mut json, model, *n_targets, (0, explained), predictions.values());
        }
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

/// The answers for rows from number `first` on, with what is explained of all rows.
#[inline]
pub(super) fn classes<'r>(
    json: &mut Vec<u8>,
    model: &Model,
    labels: &Labels,
    (first, explained): (usize, Contributions<'_>),
    rows: impl Iterator<Item = (Label<'r>, &'r [f64])>,
) {
    let is_of_flowers = model.is_of_flowers();
    for (index, (label, probabilities)) in (first..).zip(rows) {
        let answer = ClassAnswer {
            label: (!is_of_flowers).then_some(label),
            predicted_species: label,
            prediction_probability: probabilities.iter().copied().reduce(f64::max),
            probabilities: (!probabilities.is_empty()).then_some(ByClass { labels, probabilities }),
            contributions: explained.of_row(model, index),
            model: model.name(),
            version: model.version(),
        };
        write(json, index, &answer);
    }
}

/// The same from a regressor.
pub(super) fn values(
    json: &mut Vec<u8>,
    model: &Model,
    n_targets: usize,
    (first, explained): (usize, Contributions<'_>),
    values: &[f64],
) {
    for (index, values) in (first..).zip(values.chunks_exact(n_targets)) {
        let (value, values) = match values {
            [value] => (Some(*value), None),
            values => (None, Some(values)),
        };
        let contributions = explained.of_row(model, index);
        let (model, version) = (model.name(), model.version());
        write(json, index, &ValueAnswer { value, values, contributions, model, version });
    }
}

#[inline]
fn write(json: &mut Vec<u8>, index: usize, answer: &impl Serialize) {
    if index > 0 {
        json.push(b',');
        if index.is_multiple_of(64) {
            breathe();
        }
    }
    serde_json::to_writer(json, answer).expect("strings and finite numbers always serialise");
}

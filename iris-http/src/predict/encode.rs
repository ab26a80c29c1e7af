//! From predictions to JSON.

use iris_core::{Label, Labels, Prediction, Predictor, Result};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::decode::Form;
use crate::App;

/// The answer for one row. `prediction_probability` and `probabilities` are
/// `null` from a model that gives scores only.
#[derive(Serialize)]
struct Answer<'a> {
    predicted_species: Label<'a>,
    prediction_probability: Option<f64>,
    probabilities: Option<ByClass<'a>>,
    model: &'a str,
    version: &'a str,
}

/// Probabilities as an object with a member for each class.
struct ByClass<'a> {
    labels: &'a Labels,
    probabilities: &'a [f64],
}

impl Serialize for ByClass<'_> {
    fn serialize<S: Serializer>(&self, json: S) -> std::result::Result<S::Ok, S::Error> {
        let mut map = json.serialize_map(Some(self.probabilities.len()))?;
        for (label, probability) in self.labels.iter().zip(self.probabilities) {
            map.serialize_entry(&label, probability)?;
        }
        map.end()
    }
}

/// Runs the model, filling in the probabilities if it has any.
pub(super) fn infer<'p>(
    predictor: &'p Predictor,
    row: &[f64],
    probabilities: &mut [f64],
) -> Result<Prediction<'p>> {
    if predictor.schema().has_probabilities() {
        predictor.predict_proba_into(row, probabilities)
    } else {
        predictor.infer(row)
    }
}

pub(super) fn one(app: &App, prediction: &Prediction<'_>, probabilities: &[f64]) -> Vec<u8> {
    let mut json = Vec::with_capacity(256);
    write(&mut json, app, prediction, probabilities);
    json
}

/// The answers for many rows, written as they are made.
pub(super) struct Many<'a> {
    app: &'a App,
    json: Vec<u8>,
    probabilities: Vec<f64>,
    form: Form,
    /// Rows answered by each class.
    classes: Vec<u32>,
    is_first: bool,
}

impl<'a> Many<'a> {
    pub(super) fn new(app: &'a App, form: Form, n_rows: usize) -> Self {
        let mut json = Vec::with_capacity(64 + n_rows.saturating_mul(192));
        json.extend_from_slice(if form == Form::Instances { b"{\"predictions\":[" } else { b"[" });
        let n_classes = app.predictor().schema().n_classes();
        let (probabilities, classes) = (vec![0.0; n_classes], vec![0; n_classes]);
        Self { app, json, probabilities, form, classes, is_first: true }
    }

    /// Answers one more row.
    pub(super) fn push(&mut self, row: &[f64]) -> Result<()> {
        let prediction = infer(self.app.predictor(), row, &mut self.probabilities)?;
        if !std::mem::take(&mut self.is_first) {
            self.json.push(b',');
        }
        write(&mut self.json, self.app, &prediction, &self.probabilities);
        self.classes[prediction.class_index()] += 1;
        Ok(())
    }

    pub(super) fn classes(&self) -> &[u32] {
        &self.classes
    }

    pub(super) fn finish(mut self) -> Vec<u8> {
        self.json.extend_from_slice(if self.form == Form::Instances { b"]}" } else { b"]" });
        self.json
    }
}

fn write(json: &mut Vec<u8>, app: &App, prediction: &Prediction<'_>, probabilities: &[f64]) {
    let schema = app.predictor().schema();
    let by_class = ByClass { labels: schema.labels(), probabilities };
    let answer = Answer {
        predicted_species: prediction.label(),
        prediction_probability: prediction.probability(),
        probabilities: schema.has_probabilities().then_some(by_class),
        model: app.name(),
        version: app.version(),
    };
    serde_json::to_writer(json, &answer).expect("strings and finite numbers always serialise");
}

//! From predictions to JSON.

use iris_serving::{Predictions, Model};
use iris_core::{Label, Labels};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use super::decode::Form;

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
pub(super) fn encode(served: &Model, form: Form, outputs: &Predictions<'_>) -> Vec<u8> {
    let mut json = Vec::with_capacity(64 + outputs.n_rows().saturating_mul(192));
    let (open, close) = match form {
        Form::Single => (&b""[..], &b""[..]),
        Form::Array => (&b"["[..], &b"]"[..]),
        Form::Instances => (&b"{\"predictions\":["[..], &b"]}"[..]),
    };
    json.extend_from_slice(open);
    for (index, (label, probabilities)) in outputs.rows().enumerate() {
        if index > 0 {
            json.push(b',');
        }
        write(&mut json, served, label, probabilities);
    }
    json.extend_from_slice(close);
    json
}

fn write(json: &mut Vec<u8>, served: &Model, label: Label<'_>, probabilities: &[f64]) {
    let labels = served.schema().labels();
    let answer = Answer {
        predicted_species: label,
        prediction_probability: probabilities.iter().copied().reduce(f64::max),
        probabilities: (!probabilities.is_empty()).then_some(ByClass { labels, probabilities }),
        model: served.name(),
        version: served.version(),
    };
    serde_json::to_writer(json, &answer).expect("strings and finite numbers always serialise");
}

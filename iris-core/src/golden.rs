//! Golden vectors: rows with the answers that scikit-learn gave for them.

use serde::Deserialize;

use crate::Label;
use crate::error::{Error, ErrorKind, Result};
use crate::model::Model;
use crate::schema::Dtype;
use crate::scratch::Memory;

/// `iris.golden` of a file's metadata, one item a row; `null` is a missing value.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    inputs: Vec<Vec<Option<f64>>>,
    labels: Option<Vec<GoldenLabel>>,
    values: Option<Vec<Vec<f64>>>,
    decision_function: Option<Vec<Vec<f64>>>,
    probabilities: Option<Vec<Vec<f64>>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum GoldenLabel {
    Integer(i64),
    String(String),
}

impl Golden {
    /// Runs every golden row through the model and compares the answers.
    pub(crate) fn replay(&self, model: &Model) -> Result<()> {
        if let Some(labels) = &self.labels {
            check_len("iris.golden labels", labels.len(), self.inputs.len())?;
        }
        for answers in [&self.decision_function, &self.probabilities, &self.values].into_iter().flatten() {
            check_len("iris.golden answers", answers.len(), self.inputs.len())?;
        }
        for index in 0..self.inputs.len() {
            self.replay_row(model, index)
                .map_err(|error| mismatch(error.to_string()).within(format_args!("golden row {index}")))?;
        }
        Ok(())
    }

    fn replay_row(&self, model: &Model, index: usize) -> Result<()> {
        let row: Vec<f64> = self.inputs[index].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        if let Some(labels) = &self.labels {
            let class_index = model.class(&row, Memory::Stack)?;
            let label = model.schema.labels().get(class_index).expect("every class has a label");
            if labels[index] != label {
                return Err(mismatch(format!("the model answers {label}, not {:?}", labels[index])));
            }
        }
        let tolerance = match model.schema.dtype() {
            Dtype::F32 => 1e-5,
            Dtype::F64 => 1e-9,
        };
        if let Some(expected) = &self.probabilities {
            let mut probabilities = vec![0.0; model.schema.n_classes()];
            model.probabilities(&row, &mut probabilities, Memory::Stack)?;
            compare("probabilities", &probabilities, &expected[index], tolerance)?;
        }
        if let Some(expected) = &self.decision_function {
            let mut scores = vec![0.0; model.program.estimator().n_scores()];
            model.scores(&row, &mut scores, Memory::Stack)?;
            compare("decision_function", &scores, &expected[index], tolerance)?;
        }
        if let Some(expected) = &self.values {
            let mut values = vec![0.0; model.schema.n_targets()];
            model.values(&row, &mut values, Memory::Stack)?;
            compare("values", &values, &expected[index], tolerance)?;
        }
        Ok(())
    }
}

impl PartialEq<Label<'_>> for GoldenLabel {
    fn eq(&self, label: &Label<'_>) -> bool {
        match (self, label) {
            (Self::String(ours), Label::String(theirs)) => ours == theirs,
            (Self::Integer(ours), Label::Integer(theirs)) => ours == theirs,
            _ => false,
        }
    }
}

/// Equal within `tolerance`, absolute below 1 and relative above.
fn compare(what: &str, ours: &[f64], expected: &[f64], tolerance: f64) -> Result<()> {
    check_len(what, expected.len(), ours.len())?;
    let close =
        |(ours, expected): (&f64, &f64)| (ours - expected).abs() <= tolerance * expected.abs().max(1.0);
    if ours.iter().zip(expected).all(close) {
        Ok(())
    } else {
        Err(mismatch(format!("{what} are {ours:?}, not {expected:?}")))
    }
}

fn mismatch(message: String) -> Error {
    Error::new(ErrorKind::GoldenMismatch, message)
}

/// Checks how many entries a list in the metadata has.
pub(crate) fn check_len(what: &str, len: usize, expected: usize) -> Result<()> {
    if len == expected {
        Ok(())
    } else {
        Err(Error::malformed(format!("{what} has {len} entries, {expected} are needed")))
    }
}

//! What `metadata_props` says under `iris.*`: what ONNX has no field for.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::proto::Property;
use crate::error::{Error, ErrorKind, Result};
use crate::schema::{Dtype, Feature, Statistics};
use crate::{Label, Predictor};

/// The `iris.*` keys of a file; every one may be left out.
#[derive(Debug, Default)]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    feature_names: Option<Vec<String>>,
    feature_units: Option<Vec<Option<String>>>,
    statistics: Option<Columns>,
    golden: Option<Golden>,
}

/// `iris.training_statistics`: one list a statistic, one entry a feature.
#[derive(Debug, Deserialize)]
struct Columns {
    min: Vec<f64>,
    max: Vec<f64>,
    mean: Vec<f64>,
    std: Vec<f64>,
}

/// `iris.golden`: rows with the answers that scikit-learn gave for them.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Golden {
    inputs: Vec<Vec<Option<f64>>>,
    labels: Vec<GoldenLabel>,
    decision_function: Option<Vec<Vec<f64>>>,
    probabilities: Option<Vec<Vec<f64>>>,
}

#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum GoldenLabel {
    Integer(i64),
    String(String),
}

impl Metadata {
    pub(super) fn new(properties: &[Property]) -> Result<Self> {
        let mut metadata = Self::default();
        for Property { key, value } in properties {
            match key.as_str() {
                "iris.name" => metadata.name = Some(value.clone()),
                "iris.version" => metadata.version = Some(value.clone()),
                "iris.description" => metadata.description = Some(value.clone()),
                "iris.feature_names" => metadata.feature_names = Some(json(key, value)?),
                "iris.feature_units" => metadata.feature_units = Some(json(key, value)?),
                "iris.training_statistics" => metadata.statistics = Some(json(key, value)?),
                "iris.golden" => metadata.golden = Some(json(key, value)?),
                // Other tools keep their own keys here.
                _ => {}
            }
        }
        Ok(metadata)
    }

    pub(super) fn into_golden(self) -> Option<Golden> {
        self.golden
    }

    /// The features under their own names, or under `default_names`.
    pub(super) fn features(&self, default_names: &[String]) -> Result<Vec<Feature>> {
        let n_features = default_names.len();
        let names = self.feature_names.as_deref().unwrap_or(default_names);
        check_len("iris.feature_names", names.len(), n_features)?;
        if let Some(units) = &self.feature_units {
            check_len("iris.feature_units", units.len(), n_features)?;
        }
        if let Some(Columns { min, max, mean, std }) = &self.statistics {
            for column in [min, max, mean, std] {
                check_len("iris.training_statistics", column.len(), n_features)?;
            }
        }
        let mut seen = std::collections::HashSet::new();
        if let Some(name) = names.iter().find(|name| !seen.insert(name.as_str())) {
            return Err(Error::malformed(format!("feature '{name}' is named twice")));
        }
        let unit = |index: usize| self.feature_units.as_ref().and_then(|units| units[index].clone());
        let statistics = |index: usize| {
            let Columns { min, max, mean, std } = self.statistics.as_ref()?;
            Some(Statistics { min: min[index], max: max[index], mean: mean[index], std: std[index] })
        };
        let feature = |(index, name): (usize, &String)| Feature {
            name: name.clone(),
            unit: unit(index),
            statistics: statistics(index),
        };
        Ok(names.iter().enumerate().map(feature).collect())
    }
}

impl Golden {
    /// Runs every golden row through the model and compares the answers.
    pub(crate) fn replay(&self, predictor: &Predictor) -> Result<()> {
        check_len("iris.golden labels", self.labels.len(), self.inputs.len())?;
        for answers in [&self.decision_function, &self.probabilities].into_iter().flatten() {
            check_len("iris.golden answers", answers.len(), self.inputs.len())?;
        }
        for index in 0..self.inputs.len() {
            self.replay_row(predictor, index)
                .map_err(|error| mismatch(error.to_string()).within(format_args!("golden row {index}")))?;
        }
        Ok(())
    }

    fn replay_row(&self, predictor: &Predictor, index: usize) -> Result<()> {
        let row: Vec<f64> = self.inputs[index].iter().map(|value| value.unwrap_or(f64::NAN)).collect();
        let answer = predictor.infer(&row)?;
        if self.labels[index] != answer.label() {
            let expected = &self.labels[index];
            return Err(mismatch(format!("the model answers {}, not {expected:?}", answer.label())));
        }
        let tolerance = match predictor.schema().dtype() {
            Dtype::F32 => 1e-5,
            Dtype::F64 => 1e-9,
        };
        if let Some(expected) = &self.probabilities {
            let mut probabilities = vec![0.0; predictor.schema().n_classes()];
            predictor.predict_proba_into(&row, &mut probabilities)?;
            compare("probabilities", &probabilities, &expected[index], tolerance)?;
        }
        if let Some(expected) = &self.decision_function {
            let mut scores = vec![0.0; predictor.n_scores()];
            predictor.decision_function_into(&row, &mut scores)?;
            compare("decision_function", &scores, &expected[index], tolerance)?;
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

fn json<T: DeserializeOwned>(key: &str, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| Error::malformed(format!("metadata '{key}': {error}")))
}

fn check_len(what: &str, len: usize, expected: usize) -> Result<()> {
    if len == expected {
        Ok(())
    } else {
        Err(Error::malformed(format!("{what} has {len} entries, {expected} are needed")))
    }
}

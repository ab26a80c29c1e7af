//! What formats of models have no field for: names, units, statistics, golden vectors.

use serde::Deserialize;
#[cfg(feature = "onnx")]
use serde::de::DeserializeOwned;

use crate::error::{Error, Result};
use crate::golden::{Golden, check_len};
use crate::read::names::Names;
use crate::schema::{Distribution, Feature, Statistics, Task};

/// The `iris.*` keys of an ONNX file, or the fields of a package's `iris.json`;
/// every one may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    name: Option<String>,
    version: Option<String>,
    pub(super) description: Option<String>,
    feature_names: Option<Vec<String>>,
    feature_units: Option<Vec<Option<String>>>,
    training_statistics: Option<Columns>,
    golden: Option<Golden>,
}

/// One list a statistic, one entry a feature; null of a column of texts.
#[derive(Debug, Deserialize)]
struct Columns {
    min: Vec<Option<f64>>,
    max: Vec<Option<f64>>,
    mean: Vec<Option<f64>>,
    std: Vec<Option<f64>>,
    /// Where bins of each feature end, which share of the values each had, and which was missing.
    /// A column of texts has these in the place of edges.
    edges: Option<Vec<Option<Vec<f64>>>>,
    texts: Option<Vec<Option<Vec<String>>>>,
    shares: Option<Vec<Option<Vec<f64>>>>,
    missing: Option<Vec<Option<f64>>>,
    answers: Option<Answers>,
}

/// How the model's answers were spread: a share for each class in their order, or one more than edges.
#[derive(Debug, Deserialize)]
struct Answers {
    edges: Option<Vec<f64>>,
    shares: Vec<f64>,
}

impl Metadata {
    /// From the properties of an ONNX file, each a key and its value.
    #[cfg(feature = "onnx")]
    pub(super) fn of_properties<'p>(
        properties: impl IntoIterator<Item = (&'p str, &'p str)>,
    ) -> Result<Self> {
        let mut metadata = Self::default();
        for (key, value) in properties {
            match key {
                "iris.name" => metadata.name = Some(value.to_owned()),
                "iris.version" => metadata.version = Some(value.to_owned()),
                "iris.description" => metadata.description = Some(value.to_owned()),
                "iris.feature_names" => metadata.feature_names = Some(json(key, value)?),
                "iris.feature_units" => metadata.feature_units = Some(json(key, value)?),
                "iris.training_statistics" => metadata.training_statistics = Some(json(key, value)?),
                "iris.golden" => metadata.golden = Some(json(key, value)?),
                // Other tools keep their own keys here.
                _ => {}
            }
        }
        Ok(metadata)
    }

    /// What is given, and what it says itself where nothing is.
    pub(super) fn names(&self, given: &Names) -> Names {
        Names {
            name: given.name.as_ref().or(self.name.as_ref()).cloned(),
            version: given.version.as_ref().or(self.version.as_ref()).cloned(),
            features: given.features.as_ref().or(self.feature_names.as_ref()).cloned(),
        }
    }

    pub(super) fn into_golden(self) -> Option<Golden> {
        self.golden
    }

    /// Gives features their units and statistics.
    pub(super) fn describe(&self, features: &mut [Feature]) -> Result<()> {
        if let Some(units) = &self.feature_units {
            check_len("feature_units", units.len(), features.len())?;
            features.iter_mut().zip(units).for_each(|(feature, unit)| feature.unit.clone_from(unit));
        }
        let Some(columns) = &self.training_statistics else { return Ok(()) };
        let Columns { min, max, mean, std, .. } = columns;
        for column in [min, max, mean, std] {
            check_len("training_statistics", column.len(), features.len())?;
        }
        for (index, feature) in features.iter_mut().enumerate() {
            feature.statistics = match (min[index], max[index], mean[index], std[index]) {
                (Some(min), Some(max), Some(mean), Some(std)) => Some(Statistics { min, max, mean, std }),
                _ => None,
            };
        }
        columns.spread(features)
    }

    /// How the answers of a model for this task were spread.
    pub(super) fn answers(&self, task: &Task) -> Result<Option<Distribution>> {
        let answers = self.training_statistics.as_ref().and_then(|columns| columns.answers.as_ref());
        let Some(Answers { edges, shares }) = answers else { return Ok(None) };
        let spread = match (task, edges) {
            (Task::Regress { n_targets: 1 }, Some(edges)) => {
                Distribution::new(edges.clone(), shares.clone(), 0.0)?
            }
            (Task::Classify { labels, .. }, None) if shares.len() == labels.len() => {
                let indices = (0_u32..).map(f64::from);
                let classes = labels.iter().map(|label| label.to_string()).zip(indices).collect();
                // There are no others.
                Distribution::of_texts(classes, [shares, &[0.0][..]].concat(), 0.0)?
            }
            _ => {
                return Err(Error::malformed(
                    "training_statistics: expected as answers a share of each class, or edges and shares of one target",
                ));
            }
        };
        Ok(Some(spread))
    }
}

impl Columns {
    /// Tells features how their values were spread.
    fn spread(&self, features: &mut [Feature]) -> Result<()> {
        let Self { edges, texts, shares: Some(shares), missing, .. } = self else { return Ok(()) };
        let lens =
            [edges.as_ref().map(Vec::len), texts.as_ref().map(Vec::len), missing.as_ref().map(Vec::len)];
        for n in lens.into_iter().flatten().chain([shares.len()]) {
            check_len("training_statistics", n, features.len())?;
        }
        for (index, feature) in features.iter_mut().enumerate() {
            let Some(shares) = &shares[index] else { continue };
            let missing = missing.as_ref().and_then(|missing| missing[index]).unwrap_or_default();
            let edges = edges.as_ref().and_then(|edges| edges[index].clone());
            let texts = texts.as_ref().and_then(|texts| texts[index].clone());
            feature.distribution = match (edges, texts) {
                (Some(edges), None) => Some(Distribution::new(edges, shares.clone(), missing)?),
                (None, Some(texts)) => {
                    Some(Distribution::of_texts(codes(feature, texts)?, shares.clone(), missing)?)
                }
                _ => {
                    let name = feature.name();
                    return Err(Error::malformed(format!(
                        "training_statistics: expected either edges or texts beside the shares of '{name}'"
                    )));
                }
            };
        }
        Ok(())
    }
}

/// The texts with what stands for them in rows.
fn codes(feature: &Feature, texts: Vec<String>) -> Result<Vec<(String, f64)>> {
    let known = |text: &str| {
        let categories = feature.categories()?;
        let code = categories.code(text);
        code.filter(|_| code != categories.unknown())
    };
    let with_code = |text: String| {
        let Some(code) = known(&text) else {
            let name = feature.name();
            return Err(Error::malformed(format!(
                "training_statistics: '{text}' is no text that '{name}' knows"
            )));
        };
        Ok((text, code))
    };
    texts.into_iter().map(with_code).collect()
}

#[cfg(feature = "onnx")]
fn json<T: DeserializeOwned>(key: &str, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| Error::malformed(format!("metadata '{key}': {error}")))
}

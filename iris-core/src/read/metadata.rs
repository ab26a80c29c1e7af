//! What formats of models have no field for: names, units, statistics, golden vectors.

use serde::Deserialize;
#[cfg(feature = "onnx")]
use serde::de::DeserializeOwned;

#[cfg(feature = "onnx")]
use crate::error::Error;
use crate::error::Result;
use crate::golden::{Golden, check_len};
use crate::schema::{Distribution, Feature, Statistics};

/// The `iris.*` keys of an ONNX file, or the fields of a package's `iris.json`;
/// every one may be left out.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct Metadata {
    pub(super) name: Option<String>,
    pub(super) version: Option<String>,
    pub(super) description: Option<String>,
    pub(super) feature_names: Option<Vec<String>>,
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
    edges: Option<Vec<Option<Vec<f64>>>>,
    shares: Option<Vec<Option<Vec<f64>>>>,
    missing: Option<Vec<Option<f64>>>,
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
        let Columns { min, max, mean, std, edges, shares, missing } = columns;
        for column in [min, max, mean, std] {
            check_len("training_statistics", column.len(), features.len())?;
        }
        for (index, feature) in features.iter_mut().enumerate() {
            feature.statistics = match (min[index], max[index], mean[index], std[index]) {
                (Some(min), Some(max), Some(mean), Some(std)) => Some(Statistics { min, max, mean, std }),
                _ => None,
            };
        }
        let (Some(edges), Some(shares)) = (edges, shares) else { return Ok(()) };
        for n in [edges.len(), shares.len(), missing.as_ref().map_or(edges.len(), Vec::len)] {
            check_len("training_statistics", n, features.len())?;
        }
        for (index, feature) in features.iter_mut().enumerate() {
            let (Some(edges), Some(shares)) = (&edges[index], &shares[index]) else { continue };
            let missing = missing.as_ref().and_then(|missing| missing[index]).unwrap_or_default();
            feature.distribution = Some(Distribution::new(edges.clone(), shares.clone(), missing)?);
        }
        Ok(())
    }
}

#[cfg(feature = "onnx")]
fn json<T: DeserializeOwned>(key: &str, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| Error::malformed(format!("metadata '{key}': {error}")))
}

//! What `metadata_props` says under `iris.*`: what ONNX has no field for.

use serde::Deserialize;
use serde::de::DeserializeOwned;

use super::proto::Property;
use crate::error::{Error, Result};
use crate::golden::{Golden, check_len};
use crate::schema::{Feature, Statistics, check_names};

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

    /// The features under the names given, their own, or `default_names`.
    pub(super) fn features(
        &self,
        given: Option<&[String]>,
        default_names: &[String],
    ) -> Result<Vec<Feature>> {
        let n_features = default_names.len();
        let names = given.or(self.feature_names.as_deref()).unwrap_or(default_names);
        check_len("iris.feature_names", names.len(), n_features)?;
        if let Some(units) = &self.feature_units {
            check_len("iris.feature_units", units.len(), n_features)?;
        }
        if let Some(Columns { min, max, mean, std }) = &self.statistics {
            for column in [min, max, mean, std] {
                check_len("iris.training_statistics", column.len(), n_features)?;
            }
        }
        check_names(names)?;
        let unit = |index: usize| self.feature_units.as_ref().and_then(|units| units[index].clone());
        let statistics = |index: usize| {
            let Columns { min, max, mean, std } = self.statistics.as_ref()?;
            Some(Statistics { min: min[index], max: max[index], mean: mean[index], std: std[index] })
        };
        let feature = |(index, name): (usize, &String)| Feature {
            unit: unit(index),
            statistics: statistics(index),
            ..Feature::number(name.clone())
        };
        Ok(names.iter().enumerate().map(feature).collect())
    }
}

fn json<T: DeserializeOwned>(key: &str, value: &str) -> Result<T> {
    serde_json::from_str(value).map_err(|error| Error::malformed(format!("metadata '{key}': {error}")))
}

//! What records refer to by number: models, and what clients call themselves.

use std::sync::{Arc, PoisonError, RwLock};

use iris_core::Schema;
use iris_core::spans::has_named_features;

use super::agents::UserAgents;

/// What is said of a model in spans and metrics.
#[derive(Debug, PartialEq)]
pub(super) struct ModelInfo {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) labels: Vec<String>,
    /// Whether the features have attributes of their own.
    pub(super) has_named_features: bool,
}

impl ModelInfo {
    pub(super) fn label(&self, class: u32) -> Option<&str> {
        self.labels.get(class as usize).map(String::as_str)
    }
}

/// Every model introduced so far, of which number 0 is none, and every client's name.
#[derive(Debug, Default)]
pub(super) struct Models {
    models: RwLock<Vec<Arc<ModelInfo>>>,
    user_agents: UserAgents,
}

impl Models {
    /// Adds a model, or finds it again.
    pub(super) fn add(&self, name: &str, version: &str, schema: &Schema) -> u32 {
        let info = ModelInfo {
            name: name.to_owned(),
            version: version.to_owned(),
            labels: schema.labels().iter().map(|label| label.to_string()).collect(),
            has_named_features: has_named_features(schema),
        };
        let mut models = self.models.write().unwrap_or_else(PoisonError::into_inner);
        let index = models.iter().position(|known| **known == info).unwrap_or_else(|| {
            models.push(Arc::new(info));
            models.len() - 1
        });
        u32::try_from(index + 1).unwrap_or(0)
    }

    pub(super) fn user_agents(&self) -> &UserAgents {
        &self.user_agents
    }

    pub(super) fn get(&self, number: u32) -> Option<Arc<ModelInfo>> {
        let models = self.models.read().unwrap_or_else(PoisonError::into_inner);
        models.get((number as usize).checked_sub(1)?).cloned()
    }
}

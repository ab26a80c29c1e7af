//! What records refer to by number: models, and what clients call themselves.

use std::collections::BTreeSet;
use std::sync::{Arc, PoisonError, RwLock};

use iris_core::Schema;
use iris_core::spans::has_named_features;

use super::agents::UserAgents;

/// What is said of a model in spans and metrics.
#[derive(Debug, PartialEq)]
pub(super) struct ModelInfo {
    pub(super) name: String,
    pub(super) version: String,
    pub(super) said: Said<String>,
    pub(super) labels: Vec<String>,
    /// Whether the features have attributes of their own.
    pub(super) has_named_features: bool,
}

/// What spans say of which model it was.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Said<A> {
    Nothing,
    /// Its name and version.
    Name,
    /// These, and the alias that it was asked by.
    Alias(A),
}

impl ModelInfo {
    pub(super) fn label(&self, class: u32) -> Option<&str> {
        self.labels.get(class as usize).map(String::as_str)
    }
}

/// Every model introduced so far, of which number 0 is none, and every client's name.
#[derive(Debug, Default)]
pub(super) struct Models {
    introduced: RwLock<Vec<Arc<ModelInfo>>>,
    /// The numbers of those that are no longer served; records under way may still name them.
    gone: RwLock<BTreeSet<u32>>,
    user_agents: UserAgents,
}

impl Models {
    /// Adds a model, or finds it again.
    pub(super) fn add(&self, (name, version): (&str, &str), said: Said<&str>, schema: &Schema) -> u32 {
        let info = ModelInfo {
            name: name.to_owned(),
            version: version.to_owned(),
            said: match said {
                Said::Nothing => Said::Nothing,
                Said::Name => Said::Name,
                Said::Alias(alias) => Said::Alias(alias.to_owned()),
            },
            labels: schema.labels().iter().map(|label| label.to_string()).collect(),
            has_named_features: has_named_features(schema),
        };
        let mut models = self.introduced.write().unwrap_or_else(PoisonError::into_inner);
        let index = models.iter().position(|known| **known == info).unwrap_or_else(|| {
            models.push(Arc::new(info));
            models.len() - 1
        });
        let number = u32::try_from(index + 1).unwrap_or(0);
        self.gone.write().unwrap_or_else(PoisonError::into_inner).remove(&number);
        number
    }

    /// Has a model left out of what is counted by model, until it is added again.
    pub(super) fn forget(&self, number: u32) {
        if number > 0 {
            self.gone.write().unwrap_or_else(PoisonError::into_inner).insert(number);
        }
    }

    /// A model that is served.
    pub(super) fn served(&self, number: u32) -> Option<Arc<ModelInfo>> {
        let gone = self.gone.read().unwrap_or_else(PoisonError::into_inner);
        if gone.contains(&number) { None } else { self.get(number) }
    }

    pub(super) fn user_agents(&self) -> &UserAgents {
        &self.user_agents
    }

    pub(super) fn get(&self, number: u32) -> Option<Arc<ModelInfo>> {
        let models = self.introduced.read().unwrap_or_else(PoisonError::into_inner);
        models.get((number as usize).checked_sub(1)?).cloned()
    }
}

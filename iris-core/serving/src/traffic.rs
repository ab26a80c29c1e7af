//! Which versions of a model requests go to, beside the one that they would be answered by.

mod chance;
mod comparison;
mod differences;
mod shadow;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::Model;

pub use comparison::Comparison;
pub use shadow::{ShadowRule, Shadows};
pub use split::Split;

pub(crate) use shadow::Mirror;
pub(crate) use split::Ways;

/// Rules for the versions of models: how requests are [split](Split) among them, and which see
/// requests in the [shadow](Shadows) of others. None by default. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    rules: Arc<Rules>,
}

#[derive(Debug, Clone, Default)]
struct Rules {
    splits: BTreeMap<String, Split>,
    split_key: Option<String>,
    shadows: Option<Shadows>,
}

/// What requests for a model bring about beside its answer.
#[derive(Debug)]
pub(crate) struct Extra {
    /// Who else may answer them.
    ways: Option<Ways>,
    /// Who sees them, too.
    mirror: Option<Mirror>,
}

impl Traffic {
    /// The same with requests that name a model, and none of its versions, split so.
    #[must_use]
    pub fn with_split(mut self, split: Split) -> Self {
        Arc::make_mut(&mut self.rules).splits.insert(split.name().to_owned(), split);
        self
    }

    /// The same with requests of equal value in this header, or in gRPC's metadata, going the same way;
    /// those without it go by chance. The name is in lower case.
    #[must_use]
    pub fn with_split_key(mut self, header: impl Into<String>) -> Self {
        Arc::make_mut(&mut self.rules).split_key = Some(header.into().to_ascii_lowercase());
        self
    }

    /// The same with versions in the shadow of others.
    #[must_use]
    pub fn with_shadows(mut self, shadows: Shadows) -> Self {
        Arc::make_mut(&mut self.rules).shadows = Some(shadows);
        self
    }

    /// The header by whose value requests go the same way, if any does.
    #[inline]
    #[must_use]
    pub fn split_key(&self) -> Option<&str> {
        self.rules.split_key.as_deref().filter(|_| !self.rules.splits.is_empty())
    }

    /// What stands for a value of that header.
    #[must_use]
    pub fn key(value: &[u8]) -> u64 {
        split::key(value)
    }

    /// The versions in the shadow of others.
    #[must_use]
    pub fn shadows(&self) -> Option<&Shadows> {
        self.rules.shadows.as_ref()
    }

    /// The version that sees requests for this model, too, out of those that `find` finds.
    pub(crate) fn mirror<'m>(&self, name: &str, find: impl Fn(&str) -> Option<&'m Model>) -> Option<Mirror> {
        self.rules.shadows.as_ref()?.mirror(name, find)
    }

    /// The versions that answer requests for this model.
    pub(crate) fn ways(&self, name: &str, find: impl Fn(&str) -> Option<Model>) -> Option<Ways> {
        Ways::of(self.rules.splits.get(name)?, find)
    }
}

impl Extra {
    pub(crate) fn split(ways: Ways) -> Self {
        Self { ways: Some(ways), mirror: None }
    }

    pub(crate) fn mirrored(mirror: Mirror) -> Self {
        Self { ways: None, mirror: Some(mirror) }
    }

    pub(crate) fn ways(&self) -> Option<&Ways> {
        self.ways.as_ref()
    }

    pub(crate) fn mirror(&self) -> Option<&Mirror> {
        self.mirror.as_ref()
    }
}

//! Which versions of a model requests go to, beside the one that they would be answered by.

mod aside;
mod chance;
mod comparison;
mod differences;
mod drift;
mod key;
mod shadow;
mod share;
mod split;

use std::collections::BTreeMap;
use std::sync::Arc;

use iris_core::Texts;
use iris_telemetry::TraceId;

use crate::{Model, Predictions};
pub use comparison::Comparison;
pub use drift::{Drift, Drifted};
pub use key::SplitKey;
pub use shadow::{ShadowRule, Shadows};
pub use share::Share;
pub use split::Split;

use drift::Watch;
use shadow::Mirror;
pub(crate) use split::Ways;

/// Rules for the versions of models: how requests are [split](Split) among them, which see
/// requests in the [shadow](Shadows) of others, and of which is watched whether features or answers [drift](Drift). None by default. Cheap to clone.
#[derive(Debug, Clone, Default)]
pub struct Traffic {
    rules: Arc<Rules>,
}

#[derive(Debug, Clone, Default)]
struct Rules {
    splits: BTreeMap<String, Split>,
    split_key: Option<SplitKey>,
    shadows: Option<Shadows>,
    drift: Option<Drift>,
}

/// What requests for a model bring about beside its answer.
#[derive(Debug)]
pub(crate) struct Extra {
    /// Who else may answer them.
    ways: Option<Ways>,
    /// Who sees them, too.
    mirror: Option<Mirror>,
    /// Who looks at how features and answers are spread.
    watch: Option<Watch>,
}

/// Who sees one request.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Onlookers<'e> {
    mirror: Option<&'e Mirror>,
    watch: Option<&'e Watch>,
}

impl Traffic {
    /// The same with requests that name a model, and none of its versions, split so.
    #[must_use]
    pub fn with_split(mut self, split: Split) -> Self {
        Arc::make_mut(&mut self.rules).splits.insert(split.name().to_owned(), split);
        self
    }

    /// The same with requests going the same way in which this has the same value; those without it
    /// go by chance.
    #[must_use]
    pub fn with_split_key(mut self, key: SplitKey) -> Self {
        Arc::make_mut(&mut self.rules).split_key = Some(key);
        self
    }

    /// The same with versions in the shadow of others.
    #[must_use]
    pub fn with_shadows(mut self, shadows: Shadows) -> Self {
        Arc::make_mut(&mut self.rules).shadows = Some(shadows);
        self
    }

    /// The same with a watch on features.
    #[must_use]
    pub fn with_drift(mut self, drift: Drift) -> Self {
        Arc::make_mut(&mut self.rules).drift = Some(drift);
        self
    }

    /// The header by whose value requests go the same way, if any does.
    #[inline]
    #[must_use]
    pub fn split_header(&self) -> Option<&str> {
        match self.split_key()? {
            SplitKey::Header(name) => Some(name),
            SplitKey::Feature(_) => None,
        }
    }

    /// The feature that is that.
    #[must_use]
    pub fn split_feature(&self) -> Option<&str> {
        match self.split_key()? {
            SplitKey::Feature(name) => Some(name),
            SplitKey::Header(_) => None,
        }
    }

    #[inline]
    fn split_key(&self) -> Option<&SplitKey> {
        self.rules.split_key.as_ref().filter(|_| !self.rules.splits.is_empty())
    }

    /// What stands for a value of that header.
    #[must_use]
    pub fn key(value: &[u8]) -> u64 {
        key::key(value)
    }

    /// The versions in the shadow of others.
    #[must_use]
    pub fn shadows(&self) -> Option<&Shadows> {
        self.rules.shadows.as_ref()
    }

    /// The watch on features.
    #[must_use]
    pub fn drift(&self) -> Option<&Drift> {
        self.rules.drift.as_ref()
    }

    /// A model with who sees its requests; versions of it are those that `find` finds.
    pub(crate) fn seen<'m>(&self, model: &Model, find: impl Fn(&str) -> Option<&'m Model>) -> Model {
        let shadows = self.rules.shadows.as_ref();
        let mirror = shadows.and_then(|shadows| shadows.mirror(model.name(), find));
        let mirror = mirror.filter(|mirror| !mirror.shadow().is_same(model));
        let watch = self.rules.drift.as_ref().and_then(|drift| drift.watch(model));
        if mirror.is_none() && watch.is_none() {
            return model.clone();
        }
        model.clone().with_extra(Extra { ways: None, mirror, watch })
    }

    /// The versions that answer requests for this model.
    pub(crate) fn ways(&self, name: &str, find: impl Fn(&str) -> Option<Model>) -> Option<Ways> {
        Ways::of(self.rules.splits.get(name)?, self.split_feature(), find)
    }
}

impl Extra {
    pub(crate) fn split(ways: Ways) -> Self {
        Self { ways: Some(ways), mirror: None, watch: None }
    }

    pub(crate) fn ways(&self) -> Option<&Ways> {
        self.ways.as_ref()
    }

    /// Who sees this request, if anybody does.
    #[cold]
    pub(crate) fn onlookers(&self) -> Option<Onlookers<'_>> {
        let mirror = self.mirror.as_ref().filter(|mirror| mirror.draws());
        let watch = self.watch.as_ref().filter(|watch| watch.draws());
        (mirror.is_some() || watch.is_some()).then_some(Onlookers { mirror, watch })
    }
}

impl Onlookers<'_> {
    /// The texts that are to be shown, of those that the rows refer to.
    pub(crate) fn texts(self, texts: &Texts) -> Texts {
        let are_read = self.mirror.is_some() || self.watch.is_some_and(Watch::reads_texts);
        if are_read { texts.clone() } else { Texts::new() }
    }

    /// Shows them a request that this model has answered so.
    #[cold]
    pub(crate) fn show(
        self,
        answered: &Model,
        (rows, texts): (Vec<f64>, Texts),
        predictions: &Predictions<'_>,
        trace: Option<TraceId>,
    ) {
        match (self.mirror, self.watch) {
            (Some(mirror), Some(watch)) => {
                watch.show(answered, rows.clone(), texts.clone(), predictions);
                mirror.show(answered, rows, texts, trace);
            }
            (Some(mirror), None) => mirror.show(answered, rows, texts, trace),
            (None, Some(watch)) => watch.show(answered, rows, texts, predictions),
            (None, None) => {}
        }
    }
}

//! imbalanced-learn's samplers, which count while fitting only.

use super::estimator::Estimator;
use crate::read::pickle::{ObjectId, Objects};

/// Its packages of samplers.
const SAMPLERS: [&str; 3] = ["over_sampling", "under_sampling", "combine"];

/// Whether an object is a sampler, which a pipeline passes rows by when it predicts.
pub(super) fn is_sampler(objects: &Objects<'_>, id: ObjectId) -> bool {
    let Some((module, class)) = Estimator::class_of(objects, id) else { return false };
    let mut parts = module.split('.');
    parts.next() == Some("imblearn")
        && (class == "FunctionSampler" || parts.next().is_some_and(|package| SAMPLERS.contains(&package)))
}

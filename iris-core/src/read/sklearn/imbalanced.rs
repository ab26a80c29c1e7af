//! What imbalanced-learn puts around scikit-learn's estimators: samplers, which count while fitting only.

use super::estimator::Estimator;
use super::flow::Flow;
use super::pipeline;
use crate::error::Result;
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

/// The estimator that a member is, also behind samplers.
pub(super) fn fitted(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    member: ObjectId,
) -> Result<ObjectId> {
    let objects = estimator.objects;
    if Estimator::class_of(objects, member).is_none_or(|(module, _)| !module.starts_with("imblearn.")) {
        return Ok(member);
    }
    let member_itself = flow.part_of(estimator, member)?;
    let steps = pipeline::steps(&member_itself).unwrap_or_default();
    Ok(match steps.split_last() {
        Some(((_, last), before)) if before.iter().all(|(_, step)| is_sampler(objects, *step)) => *last,
        _ => member,
    })
}

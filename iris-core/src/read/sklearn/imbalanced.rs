//! Members of imbalanced-learn's composites, which stand behind samplers.

use super::estimator::Estimator;
use super::flow::Flow;
use super::pipeline;
use super::samplers::is_sampler;
use crate::error::Result;
use crate::read::pickle::ObjectId;

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

//! `Pipeline`: estimators one behind the other; imbalanced-learn's samplers among them only look at what is fitted.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::samplers::is_sampler;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};

/// Numbers that a step costs, also one that does nothing.
const STEP: usize = 8;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let steps = estimator.required("steps")?;
    let steps = self::steps(estimator).ok_or_else(|| estimator.unexpected("steps", steps))?;
    flow.spend(steps.len() * STEP)?;
    if estimator.get("transform_input").is_some() && !estimator.is_none("transform_input") {
        return Err(Error::unsupported("'transform_input' is not read here"));
    }
    let mut rows = rows;
    let last = steps.len().checked_sub(1);
    for (index, (name, step)) in steps.into_iter().enumerate() {
        let shown: String = name.chars().take(40).collect();
        let within = |error: Error| error.within(format_args!("step '{shown}' of the pipeline"));
        if is_passthrough(estimator, step) || (Some(index) != last && is_sampler(estimator.objects, step)) {
            continue;
        }
        if Some(index) == last {
            return flow.visit(step, rows).map_err(within);
        }
        rows = flow.transformed(step, rows).map_err(within)?;
    }
    Ok(Output::Rows(rows))
}

/// The names and the estimators of a pipeline's steps, if it is one.
pub(super) fn steps<'t>(estimator: &Estimator<'t, '_>) -> Option<Vec<(&'t str, ObjectId)>> {
    if !estimator.is("pipeline", "Pipeline") {
        return None;
    }
    let objects = estimator.objects;
    let steps = objects.items(estimator.get("steps")?)?;
    let step = |id: &ObjectId| match objects.items(*id)? {
        [name, step] => Some((objects.text(*name)?, *step)),
        _ => None,
    };
    steps.iter().map(step).collect()
}

pub(super) fn is_passthrough(estimator: &Estimator<'_, '_>, step: ObjectId) -> bool {
    matches!(estimator.objects.get(step), Object::None) || estimator.objects.text(step) == Some("passthrough")
}

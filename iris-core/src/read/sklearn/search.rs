//! `GridSearchCV` and its kin, which answer as the best estimator that they found.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::read::pickle::ObjectId;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let best = best(estimator).ok_or_else(|| {
        Error::unsupported("it has no 'best_estimator_': it was not fitted, or with refit=False")
    })?;
    flow.visit(best, rows).map_err(|error| error.within("the best estimator of the search"))
}

/// The best estimator, if this is a search that has found one.
pub(super) fn best(estimator: &Estimator<'_, '_>) -> Option<ObjectId> {
    estimator.get("best_estimator_")
}

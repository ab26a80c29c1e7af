//! `SelfTrainingClassifier` and `RANSACRegressor`: the estimator that they have fitted answers.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    // What it was fitted from is called so since 1.6 and what was fitted `estimator_`; before, with 'base'.
    let name = ["estimator_", "base_estimator_"].into_iter().find(|name| estimator.get(name).is_some());
    flow.visit(estimator.required(name.unwrap_or("estimator_"))?, rows)
}

//! `FrozenEstimator`, which answers as the estimator that it keeps from being fitted again.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    flow.visit(estimator.required("estimator")?, rows).map_err(|error| error.within("the frozen estimator"))
}

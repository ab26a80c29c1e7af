//! Regressors whose answer is `x · coef_ᵀ + intercept_`, however they were fitted.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::linear;
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    flow.answer_column(estimator.numbers("coef_")?.shape.len() > 1);
    linear::scores(estimator, flow, rows).map(|values| Output::Answer(Answer::Values(values)))
}

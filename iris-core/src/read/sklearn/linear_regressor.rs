//! Regressors whose answer is `x · coef_ᵀ + intercept_`, however they were fitted.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::linear;
use crate::error::Result;
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let is_table = estimator.get("coef_").is_some_and(|id| match estimator.objects.get(id) {
        Object::Array(array) => array.shape().len() > 1,
        _ => false,
    });
    flow.answer_column(is_table);
    linear::scores(estimator, flow, rows).map(|values| Output::Answer(Answer::Values(values)))
}

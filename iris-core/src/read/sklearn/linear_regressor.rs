//! Regressors whose answer is `x · coef_ᵀ + intercept_`, however they were fitted.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::linear;
use crate::error::Result;
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let scores = linear::scores(estimator, flow, &rows)?;
    Ok(Output::Answer(Answer { source: rows.source, scores, labels: None, link: Link::Identity }))
}

//! `SGDOneClassSVM`: a plane with what is usual on one side.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::outliers;
use crate::error::{Error, Result};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let weights = estimator.table("coef_", rows.width())?;
    if weights.len() != rows.width() {
        return Err(Error::malformed("'coef_' has several rows of what is one"));
    }
    let offset = estimator.number("offset_")?;
    let scores = flow.times(&rows.affine, weights, 1)?.shifted(|_| -offset);
    let scores = flow.mapped(rows.source, scores)?;
    outliers::by_scores(flow, scores, true)
}

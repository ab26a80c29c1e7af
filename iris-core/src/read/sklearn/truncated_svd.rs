//! `TruncatedSVD`: rows in the directions of the largest singular values, as they are.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::linear::transposed;
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let components = estimator.table("components_", width)?;
    let n_components = components.len() / width;
    let affine = flow.times(&rows.affine, &transposed(&components, width), n_components)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

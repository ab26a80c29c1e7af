//! `TruncatedSVD`: rows in the directions of the largest singular values, as they are.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let components = estimator.turned_table("components_", width)?;
    let n_components = components.len() / width;
    let affine = flow.times(&rows.affine, components, n_components)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

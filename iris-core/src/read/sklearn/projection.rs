//! `TruncatedSVD`, `NeighborhoodComponentsAnalysis` and random projections: rows in other directions, as they are.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let components = kernel::turned_weights(estimator, flow, "components_", width)?;
    let n_components = components.len() / width;
    let affine = flow.times(&rows.affine, components, n_components)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

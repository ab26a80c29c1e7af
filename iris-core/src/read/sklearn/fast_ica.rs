//! `FastICA`: rows in directions that are independent of each other.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::read::pickle::Object;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let mut affine = rows.affine.clone();
    let whitens = match estimator.get("whiten").map(|id| estimator.objects.get(id)) {
        // Since 1.1 also the way how.
        Some(Object::Str(_)) => true,
        _ => estimator.flag("whiten", true)?,
    };
    if whitens {
        let mean = estimator.column_numbers("mean_", width)?;
        affine = affine.shifted(|column| -mean[column]);
    }
    let components = estimator.turned_table("components_", width)?;
    let n_components = components.len() / width;
    affine = flow.times(&affine, components, n_components)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

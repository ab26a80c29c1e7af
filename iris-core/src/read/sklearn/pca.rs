//! `PCA`: rows in the directions in which they vary most.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let components = estimator.turned_table("components_", width)?;
    let n_components = components.len() / width;
    let mut affine = rows.affine.clone();
    // Old releases wrote None for data that was centred already.
    if !estimator.is_none("mean_") {
        let mean = estimator.column_numbers("mean_", width)?;
        affine = affine.shifted(|column| -mean[column]);
    }
    affine = flow.times(&affine, components, n_components)?;
    if estimator.flag("whiten", false)? {
        let variance = estimator.column_numbers("explained_variance_", n_components)?;
        if variance.iter().any(|variance| *variance < 0.0) {
            return Err(Error::malformed("'explained_variance_' has a negative number"));
        }
        // Releases without the floor would have divided by less, or by zero.
        let is_single = estimator.is_single("explained_variance_");
        let floor = if is_single { f32::EPSILON.into() } else { f64::EPSILON };
        affine = affine.divided(|column| variance[column].sqrt().max(floor));
    }
    flow.mapped(rows.source, affine).map(Output::from)
}

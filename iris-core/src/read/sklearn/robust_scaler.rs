//! `RobustScaler`: each column less its median, by the distance of its quantiles.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let mut affine = rows.affine.clone();
    if estimator.flag("with_centering", true)? {
        let center = estimator.column_numbers("center_", rows.width())?;
        affine = affine.shifted(|column| -center[column]);
    }
    if estimator.flag("with_scaling", true)? {
        let scale = estimator.column_numbers("scale_", rows.width())?;
        affine = affine.divided(|column| scale[column]);
    }
    flow.mapped(rows.source, affine).map(Output::from)
}

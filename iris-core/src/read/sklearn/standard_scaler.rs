//! `StandardScaler`: each column less its mean, by its standard deviation.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let mut affine = rows.affine.clone();
    if estimator.flag("with_mean", true)? {
        let mean = estimator.column_numbers("mean_", rows.width())?;
        affine = affine.shifted(|column| -mean[column]);
    }
    if estimator.flag("with_std", true)? {
        let scale = estimator.column_numbers("scale_", rows.width())?;
        affine = affine.divided(|column| scale[column]);
    }
    flow.mapped(rows.source, affine).map(Output::from)
}

//! `VarianceThreshold`: the columns that vary enough.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::selected::{self, indices};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let variances = estimator.column_numbers("variances_", rows.width())?;
    let threshold = estimator.number("threshold")?;
    let columns = indices(&variances, |variance| *variance > threshold);
    selected::columns(flow, rows, &columns, true)
}

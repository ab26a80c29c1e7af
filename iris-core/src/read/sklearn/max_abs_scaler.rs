//! `MaxAbsScaler`: each column by its largest magnitude.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::program::{Clip, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let scale = estimator.column_numbers("scale_", rows.width())?;
    let affine = rows.affine.divided(|column| scale[column]);
    let rows = flow.mapped(rows.source, affine)?;
    if !estimator.flag("clip", false)? {
        return Ok(rows.into());
    }
    flow.stepped(rows, Step::Clip(Clip { low: -1.0, high: 1.0 })).map(Output::from)
}

//! `MinMaxScaler`: each column's range onto another.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::program::{Clip, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let scale = estimator.column_numbers("scale_", rows.width())?;
    let min = estimator.column_numbers("min_", rows.width())?;
    let affine = rows.affine.scaled(|column| scale[column]).shifted(|column| min[column]);
    let rows = flow.mapped(rows.source, affine)?;
    if !estimator.flag("clip", false)? {
        return Ok(rows.into());
    }
    flow.stepped(rows, Step::Clip(range(estimator)?)).map(Output::from)
}

/// `feature_range`, which is a tuple or a list of two numbers.
fn range(estimator: &Estimator<'_, '_>) -> Result<Clip> {
    let id = estimator.required("feature_range")?;
    let bounds = match estimator.objects.items(id) {
        Some([low, high]) => estimator.objects.float(*low).zip(estimator.objects.float(*high)),
        _ => None,
    };
    match bounds {
        Some((low, high)) if low <= high => Ok(Clip { low, high }),
        _ => Err(estimator.unexpected("feature_range", id)),
    }
}

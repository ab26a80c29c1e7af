//! `SimpleImputer` of numbers: a missing value replaced by one of its column's.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::program::{Impute, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.flag("add_indicator", false)? {
        return Err(Error::unsupported("add_indicator=True is not read"));
    }
    let id = estimator.required("missing_values")?;
    let missing = estimator.objects.float(id).ok_or_else(|| estimator.unexpected("missing_values", id))?;
    let statistics = estimator.column_numbers("statistics_", rows.width())?;
    // A column that had no value while fitting has no statistic, and is dropped.
    let fill_value = estimator.get("fill_value").and_then(|id| estimator.objects.float(id));
    let keeps = fill_value.is_some_and(f64::is_nan) || estimator.flag("keep_empty_features", false)?;
    let kept: Vec<usize> =
        (0..statistics.len()).filter(|column| keeps || !statistics[*column].is_nan()).collect();
    let is_number = |value: &f64| value.is_finite() || (value.is_nan() && !keeps);
    if kept.is_empty() || !statistics.iter().all(is_number) {
        return Err(Error::unsupported("'statistics_' has no finite number for a column that it keeps"));
    }
    let is_single = estimator.is_single("_fill_dtype");
    #[expect(clippy::cast_possible_truncation, reason = "what was fitted on floats fills in floats")]
    let rounded = |value: f64| if is_single { f64::from(value as f32) } else { value };
    let fill = statistics.iter().map(|value| if value.is_nan() { 0.0 } else { rounded(*value) }).collect();
    let rows = flow.stepped(rows, Step::Impute(Impute { fill, missing }))?;
    if kept.len() == statistics.len() {
        return Ok(Output::Rows(rows));
    }
    flow.mapped(rows.source, Affine::select(statistics.len(), kept.into_iter()))
}

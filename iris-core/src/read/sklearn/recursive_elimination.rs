//! `RFE`, `RFECV` and `SequentialFeatureSelector`, which keep the columns that an estimator did best on.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{missing_values, selected};
use crate::error::Result;

/// The columns that were found.
pub(super) fn build_selector(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let columns = estimator.masked("support_", rows.width())?;
    let takes_missing = missing_values::are_taken_inside(estimator, flow)?;
    selected::columns(flow, rows, &columns, takes_missing)
}

/// The same, or what the estimator says of those columns where it is to predict.
pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let selected = build_selector(estimator, flow, rows)?;
    match selected {
        Output::Rows(rows) if !flow.is_transforming() => {
            let predictor = estimator.required("estimator_")?;
            flow.visit(predictor, rows).map_err(|error| error.within("the estimator of the elimination"))
        }
        selected => Ok(selected),
    }
}

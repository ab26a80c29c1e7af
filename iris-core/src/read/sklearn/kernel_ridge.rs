//! `KernelRidge`: how alike a row is to each that was seen, weighted and added up.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let kernel = kernel::of_pairs(estimator, "gamma", width)?;
    let (points, n_points) = kernel::points(estimator, flow, "X_fit_", width)?;
    let weights = estimator.numbers("dual_coef_")?;
    kernel::finite("dual_coef_", &weights.values)?;
    if weights.shape.first() != Some(&n_points) || weights.shape.len() > 2 {
        let message = format!("'dual_coef_' is of shape {:?} for {n_points} rows", weights.shape);
        return Err(Error::malformed(message));
    }
    flow.answer_column(weights.shape.len() == 2);
    let values = kernel::sums(flow, rows, kernel, &points, &weights.values, &[n_points])?;
    Ok(Output::Answer(Answer::Values(values)))
}

//! `KernelCenterer`: kernels of a row with all that were seen, as if these were around zero.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let of_rows = estimator.column_numbers("K_fit_rows_", width)?;
    let of_all = estimator.number("K_fit_all_")?;
    flow.spend(width.saturating_mul(width))?;
    // From each column its own mean and that of the row are taken.
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let share = 1.0 / width as f64;
    let weight = |at: usize| if at / width == at % width { 1.0 - share } else { -share };
    let weights = (0..width * width).map(weight).collect();
    let affine = flow.times(&rows.affine, weights, width)?.shifted(|column| of_all - of_rows[column]);
    flow.mapped(rows.source, affine).map(Output::from)
}

//! `Normalizer`: each row to length one.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::{Error, Result};
use crate::program::{Norm, Normalize, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let norm = match estimator.text("norm") {
        Some("l1") => Norm::L1,
        Some("l2") => Norm::L2,
        // Releases before took the largest value, also where a magnitude is larger.
        Some("max") if estimator.is_since(0, 24) => Norm::Max,
        Some("max") => return Err(Error::unsupported("norm 'max' is not read from releases before 0.24")),
        _ => return Err(estimator.unexpected("norm", estimator.required("norm")?)),
    };
    // Before 1.0 only a norm of zero was taken for one.
    let floor = if estimator.is_since(1, 0) { 10.0 * f64::EPSILON } else { 0.0 };
    flow.stepped(rows, Step::Normalize(Normalize { norm, floor })).map(Output::from)
}

//! `Binarizer`: 1 above a threshold, else 0.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::program::{Binarize, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let threshold = estimator.number("threshold")?;
    flow.stepped(rows, Step::Binarize(Binarize { threshold })).map(Output::from)
}

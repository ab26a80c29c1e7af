//! `BernoulliRBM`: how probable each hidden unit is, given a row.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use crate::error::Result;
use crate::program::{Function, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let components = estimator.turned_table("components_", width)?;
    let n_hidden = components.len() / width;
    let intercepts = estimator.column_numbers("intercept_hidden_", n_hidden)?;
    let affine = flow.times(&rows.affine, components, n_hidden)?.shifted(|unit| intercepts[unit]);
    let sums = flow.mapped(rows.source, affine)?;
    flow.stepped(sums, Step::Function(Function::EXPIT)).map(Output::from)
}

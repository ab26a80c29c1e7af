//! Linear classifiers that give scores and no probabilities.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear};
use crate::error::Result;
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    linear::classifier(estimator, flow, rows, labels, Link::Identity)
}

//! `LinearDiscriminantAnalysis` as a classifier, and in front of others as a transformer.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear};
use crate::error::{Error, Result};
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if flow.is_transforming() {
        return projected(estimator, flow, rows);
    }
    let labels = labels::of(estimator, flow)?;
    let link = match labels.len() {
        2 => Link::Logistic,
        _ => Link::Softmax,
    };
    linear::classifier(estimator, flow, rows, labels, link)
}

/// Rows in the directions that tell the classes apart best.
fn projected(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let is_centred = match estimator.text("solver") {
        Some("svd") => true,
        Some("eigen") => false,
        _ => return Err(estimator.unexpected("solver", estimator.required("solver")?)),
    };
    let (scalings, n_directions) = estimator.directions("scalings_", width)?;
    let kept: Vec<usize> = (0..estimator.size("_max_components")?.min(n_directions)).collect();
    if kept.is_empty() {
        return Err(Error::unsupported("it leaves no column"));
    }
    let mut affine = rows.affine.clone();
    if is_centred {
        let mean = estimator.column_numbers("xbar_", width)?;
        affine = affine.shifted(|column| -mean[column]);
    }
    let affine = flow.times(&affine, scalings, n_directions)?.columns(&kept);
    flow.mapped(rows.source, affine).map(Output::from)
}

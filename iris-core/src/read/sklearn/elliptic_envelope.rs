//! `EllipticEnvelope`: outliers are far from the middle, as the columns vary together.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::gaussian_nb::of_groups;
use super::outliers;
use crate::error::{Error, Result};
use crate::program::Term;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let middle = estimator.column_numbers("location_", width)?;
    if estimator.is_none("precision_") {
        return Err(Error::unsupported(
            "it was fitted with store_precision=False, so that distances are not known",
        ));
    }
    let (precision, n_columns) = estimator.directions("precision_", width)?;
    if n_columns != width {
        return Err(Error::malformed(format!("'precision_' has {n_columns} columns where {width} come in")));
    }
    let centred = flow.mapped(rows.source, rows.affine.shifted(|column| -middle[column]))?;
    let centred = flow.alone(centred)?;
    let turned = flow.weighted(&centred, &precision, width)?;
    let both = flow.beside(vec![turned, centred])?;
    let distances = of_groups(flow, both, vec![width], Term::Product)?;
    let offset = estimator.number("offset_")?;
    let scores = distances.affine.scaled(|_| -1.0).shifted(|_| -offset);
    let scores = flow.mapped(distances.source, scores)?;
    outliers::by_scores(flow, scores, true)
}

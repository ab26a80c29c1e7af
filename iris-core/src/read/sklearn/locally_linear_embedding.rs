//! `LocallyLinearEmbedding`: a row is placed among its neighbours as it lies among them.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::neighbor_points::Index;
use super::{kernel, neighbors};
use crate::error::{Error, Result};
use crate::program::{Barycenter, Counts, Says};

/// Neighbours of which a system is solved for each row, at the most.
const MOST_NEIGHBORS: usize = 1 << 10;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let near = flow.part_of(estimator, estimator.required("nbrs_")?)?;
    let (of_points, _) = kernel::points(&near, flow, "_fit_X", rows.width())?;
    if near.text("effective_metric_") != Some("euclidean") {
        return Err(near.unexpected("effective_metric_", near.required("effective_metric_")?));
    }
    let index = Index::of(&near, flow, rows)?;
    let (places, n_outputs) = estimator.directions("embedding_", index.n_points)?;
    kernel::finite("embedding_", &places)?;
    let regularization = estimator.number("reg")?;
    if !(regularization >= 0.0 && regularization.is_finite()) {
        return Err(Error::malformed(format!("'reg' is {regularization}")));
    }
    let n_neighbors = estimator.size("n_neighbors")?;
    if n_neighbors > MOST_NEIGHBORS {
        return Err(Error::unsupported(format!(
            "it asks {n_neighbors} neighbours; up to {MOST_NEIGHBORS} are read"
        )));
    }
    let asked = neighbors::asked(n_neighbors, index.n_points)?;
    flow.spend(of_points.len() + places.len())?;
    let says = Says::Place(Barycenter { of_points, n_outputs, places, regularization });
    neighbors::planted(flow, index, asked, Counts::Same, says).map(Output::from)
}

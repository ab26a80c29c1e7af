//! `LocalOutlierFactor`: outliers are where it is less dense than where their neighbours are.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::neighbor_points::Index;
use super::{kernel, neighbors, outliers};
use crate::error::{Error, Result};
use crate::program::{Counts, Learned, Neighbors, Says, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if !estimator.flag("novelty", false)? {
        return Err(Error::unsupported(
            "it was not fitted with novelty=True, so that it tells nothing of new rows",
        ));
    }
    let Index { rows, points, n_points } = Index::of(estimator, flow, rows)?;
    let n_asked = estimator.size("n_neighbors_")?;
    let asked = neighbors::asked(n_asked, n_points)?;
    let densities = estimator.column_numbers("_lrd", n_points)?;
    let distances = estimator.numbers("_distances_fit_X_")?;
    let reaches: Vec<f64> = match *distances.shape.as_slice() {
        [height, width] if height == n_points && width >= n_asked => {
            distances.values.chunks_exact(width).map(|of_point| of_point[n_asked - 1]).collect()
        }
        ref shape => {
            let message = format!("'_distances_fit_X_' is of shape {shape:?} for {n_points} points");
            return Err(Error::malformed(message));
        }
    };
    kernel::finite("_lrd", &densities)?;
    kernel::finite("_distances_fit_X_", &reaches)?;
    let says = Says::Density { reaches, densities };
    let neighbors = Neighbors { points, asked, counts: Counts::Same, says };
    let scores = flow.stepped(rows, Step::Learned(Box::new(Learned::Neighbors(neighbors))))?;
    let offset = estimator.number("offset_")?;
    let scores = flow.mapped(scores.source, scores.affine.shifted(|_| -offset))?;
    outliers::by_scores(flow, scores, true)
}

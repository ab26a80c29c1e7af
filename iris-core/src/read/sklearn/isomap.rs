//! `Isomap`: the ways to all points by the nearest ones, in the directions in which such ways vary most.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::neighbor_points::Index;
use super::{kernel, kernel_features, neighbors};
use crate::error::{Error, Result};
use crate::program::{Asked, Counts, Function, Learned, Neighbors, Says, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let near = flow.part_of(estimator, estimator.required("nbrs_")?)?;
    let Index { rows, points, n_points } = Index::of(&near, flow, rows)?;
    // Since 1.1 those within a radius may be asked instead.
    let asked = if estimator.is_none("n_neighbors") {
        Asked::Within(near.number("radius")?)
    } else {
        neighbors::asked(near.size("n_neighbors")?, n_points)?
    };
    let (ways, width) = estimator.directions("dist_matrix_", n_points)?;
    if width != n_points {
        return Err(Error::malformed(format!("ways from {n_points} points to {width}")));
    }
    kernel::finite("dist_matrix_", &ways)?;
    let neighbors = Neighbors { points, asked, counts: Counts::Same, says: Says::Ways { n_points, ways } };
    let ways = flow.stepped(rows, Step::Learned(Box::new(Learned::Neighbors(neighbors))))?;
    let squares = flow.stepped(ways, Step::Function(Function::SQUARE))?;
    let halves = flow.mapped(squares.source, squares.affine.scaled(|_| -0.5))?;
    let directions = flow.part_of(estimator, estimator.required("kernel_pca_")?)?;
    let (weights, offsets) = kernel_features::centred_directions(&directions, flow, n_points)?;
    let affine = flow.times(&halves.affine, weights, offsets.len())?.shifted(|output| offsets[output]);
    flow.mapped(halves.source, affine).map(Output::from)
}

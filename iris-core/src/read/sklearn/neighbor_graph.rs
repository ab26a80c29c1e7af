//! `KNeighborsTransformer` and `RadiusNeighborsTransformer`: a column for each point, with how far it is if it is near.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::neighbor_points::Index;
use super::neighbors;
use crate::error::{Error, Result};
use crate::program::{Asked, Counts, Says};

/// Points that there may be: all columns are written out.
const MOST_POINTS: usize = 1 << 17;

pub(super) fn of_nearest(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let is_distance = is_distance(estimator)?;
    // Of the rows that it was fitted on each is the nearest of itself.
    let n_asked = estimator.size("n_neighbors")?.saturating_add(usize::from(is_distance));
    graph(estimator, flow, rows, is_distance, |n_points| neighbors::asked(n_asked, n_points))
}

pub(super) fn within(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let asked = neighbors::within(estimator)?;
    graph(estimator, flow, rows, is_distance(estimator)?, |_| Ok(asked))
}

fn graph(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    is_distance: bool,
    asked: impl FnOnce(usize) -> Result<Asked>,
) -> Result<Output> {
    let index = Index::of(estimator, flow, rows)?;
    let n_points = index.n_points;
    if n_points > MOST_POINTS {
        return Err(Error::unsupported(format!(
            "it makes a column for each of {n_points} points; up to {MOST_POINTS} are read"
        )));
    }
    let says = Says::Graph { n_points, is_distance };
    let asked = asked(n_points)?;
    neighbors::planted(flow, index, asked, Counts::Same, says).map(Output::from)
}

fn is_distance(estimator: &Estimator<'_, '_>) -> Result<bool> {
    match estimator.text("mode") {
        Some("distance") => Ok(true),
        Some("connectivity") => Ok(false),
        _ => Err(estimator.unexpected("mode", estimator.required("mode")?)),
    }
}

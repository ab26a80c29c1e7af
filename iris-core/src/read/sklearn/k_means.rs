//! `KMeans` and `MiniBatchKMeans`: the nearest of some centres, or how far each is.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Distances, Function, Metric, Step};
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let points = estimator.table("cluster_centers_", width)?;
    kernel::finite("cluster_centers_", &points)?;
    let n_points = points.len() / width;
    if flow.is_transforming() {
        flow.spend(points.len())?;
        let step = Distances { points, n_points, metric: Metric::SquaredEuclidean };
        let distances = flow.stepped(rows, Step::Distances(step))?;
        let root = Function::named("sqrt").ok_or_else(|| Error::malformed("no such function"))?;
        return flow.stepped(distances, Step::Function(root)).map(Output::from);
    }
    // Of the square of a distance what is the same for all centres is left out, as in scikit-learn.
    let squares: Vec<f64> =
        points.chunks_exact(width).map(|point| point.iter().map(|x| x * x).sum()).collect();
    let weights = crate::read::transposed(&points, width, |number| 2.0 * number);
    let votes = flow.times(&rows.affine, weights, n_points)?.shifted(|point| -squares[point]);
    let votes = flow.mapped(rows.source, votes)?;
    let labels = Labels::Integers((0i64..).take(n_points).collect());
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities: None })))
}

//! `MeanShift`, `AffinityPropagation` and `Birch`: the cluster of the centre that is nearest.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Distances, Function, Metric, Step};
use crate::read::pickle::Object;
use crate::schema::Labels;

/// A cluster for each centre.
pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.text("affinity") == Some("precomputed") {
        return Err(Error::unsupported("its affinities are precomputed, so that its rows are no features"));
    }
    let rows = flow.numbers(rows)?;
    let centers = estimator.numbers("cluster_centers_")?;
    if centers.shape.first() == Some(&0) {
        return Err(Error::unsupported("it has found no centre, and answers -1 whatever comes"));
    }
    let centers = estimator.table("cluster_centers_", rows.width())?;
    kernel::finite("cluster_centers_", &centers)?;
    let n_clusters = centers.len() / rows.width();
    let squares = squares(flow, rows, centers)?;
    let votes = flow.nearest(squares)?;
    Ok(clusters(votes, (0i64..).take(n_clusters).collect()))
}

/// Centres of which several may be one cluster.
pub(super) fn birch(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let centers = estimator.table("subcluster_centers_", rows.width())?;
    kernel::finite("subcluster_centers_", &centers)?;
    if flow.is_transforming() {
        return distances(flow, rows, centers).map(Output::from);
    }
    let n_centers = centers.len() / rows.width();
    let id = estimator.required("subcluster_labels_")?;
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("subcluster_labels_", id));
    };
    let of_centers = array.integers(estimator.objects)?;
    if of_centers.len() != n_centers {
        return Err(Error::malformed(format!("{} labels of {n_centers} centres", of_centers.len())));
    }
    let mut labels = of_centers.clone();
    labels.sort_unstable();
    labels.dedup();
    let squares = squares(flow, rows, centers)?;
    let votes = flow.nearest(squares)?;
    let nearest = flow.stepped(votes, Step::FirstOfLargest)?;
    flow.spend(n_centers.saturating_mul(labels.len()))?;
    let mut weights = vec![0.0; n_centers * labels.len()];
    for (row, label) in weights.chunks_exact_mut(labels.len()).zip(&of_centers) {
        row[labels.partition_point(|known| known < label)] = 1.0;
    }
    let votes = flow.weighted(&nearest, &weights, labels.len())?;
    Ok(clusters(votes, labels))
}

/// How near each centre is: of the square of a distance what is the same for all is left out, as scikit-learn's
/// k-means does.
pub(super) fn votes(flow: &mut Flow<'_, '_>, rows: Numbers, centers: &[f64]) -> Result<Numbers> {
    let width = rows.width();
    let squares: Vec<f64> =
        centers.chunks_exact(width).map(|center| center.iter().map(|x| x * x).sum()).collect();
    let weights = crate::read::transposed(centers, width, |number| 2.0 * number);
    let votes = flow.times(&rows.affine, weights, squares.len())?.shifted(|center| -squares[center]);
    flow.mapped(rows.source, votes)
}

/// The distance from each centre.
pub(super) fn distances(flow: &mut Flow<'_, '_>, rows: Numbers, centers: Vec<f64>) -> Result<Numbers> {
    let distances = squares(flow, rows, centers)?;
    flow.stepped(distances, Step::Function(Function::SQRT))
}

fn squares(flow: &mut Flow<'_, '_>, rows: Numbers, centers: Vec<f64>) -> Result<Numbers> {
    flow.spend(centers.len())?;
    let n_points = centers.len() / rows.width();
    flow.stepped(
        rows,
        Step::Distances(Distances { points: centers, n_points, metric: Metric::SquaredEuclidean }),
    )
}

/// The answer of what finds clusters.
pub(super) fn clusters(votes: Numbers, labels: Vec<i64>) -> Output {
    let labels = Labels::Integers(labels);
    Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities: None }))
}

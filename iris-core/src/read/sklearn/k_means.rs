//! `KMeans` and `MiniBatchKMeans`: the nearest of some centres, or how far each is.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use super::nearest_center::{clusters, distances, votes};
use crate::error::Result;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let centers = estimator.table("cluster_centers_", width)?;
    kernel::finite("cluster_centers_", &centers)?;
    if flow.is_transforming() {
        return distances(flow, rows, centers).map(Output::from);
    }
    let n_clusters = centers.len() / width;
    let votes = votes(flow, rows, &centers)?;
    Ok(clusters(votes, (0i64..).take(n_clusters).collect()))
}

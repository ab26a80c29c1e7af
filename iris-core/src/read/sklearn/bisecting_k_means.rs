//! `BisectingKMeans`: the nearer of two centres, and of the two that this was split into, and so on.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use super::nearest_center::{clusters, distances, votes};
use crate::error::{Error, Result};
use crate::program::{Descent, Learned, Next, Step};
use crate::read::pickle::ObjectId;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let centers = estimator.table("cluster_centers_", width)?;
    kernel::finite("cluster_centers_", &centers)?;
    if flow.is_transforming() {
        return distances(flow, rows, centers).map(Output::from);
    }
    let n_clusters = centers.len() / width;
    let mean = match estimator.get("_X_mean") {
        Some(_) => estimator.column_numbers("_X_mean", width)?,
        None => vec![0.0; width],
    };
    let tree = Tree::of(flow, estimator.required("_bisecting_tree")?, &mean, n_clusters)?;
    let labels = (0i64..).take(n_clusters).collect();
    if tree.splits.is_empty() {
        let only = votes(flow, rows, &centers)?;
        return Ok(clusters(only, labels));
    }
    let votes = votes(flow, rows, &tree.centers)?;
    let descent = Descent { splits: tree.splits, n_leaves: n_clusters };
    let found = flow.stepped(votes, Step::Learned(Box::new(Learned::Descent(descent))))?;
    Ok(clusters(found, labels))
}

/// Clusters that were split, each before those that it was split into.
struct Tree {
    splits: Vec<[Next; 2]>,
    /// Of each split the centres of both sides.
    centers: Vec<f64>,
}

impl Tree {
    fn of(flow: &mut Flow<'_, '_>, root: ObjectId, mean: &[f64], n_clusters: usize) -> Result<Self> {
        let mut tree = Self { splits: Vec::new(), centers: Vec::new() };
        // A side that is yet to be looked at, and whose it is.
        let mut waiting: Vec<(ObjectId, Option<(usize, usize)>)> = vec![(root, None)];
        while let Some((id, of)) = waiting.pop() {
            let node = flow.open(id)?;
            let next = if node.is_none("left") {
                let label = if of.is_none() { 0 } else { node.size("label")? };
                if label >= n_clusters {
                    return Err(Error::malformed(format!("cluster {label} of {n_clusters}")));
                }
                Next::Leaf(label)
            } else {
                let split = tree.splits.len();
                if split >= n_clusters {
                    return Err(Error::malformed(format!("{n_clusters} clusters of more splits")));
                }
                flow.spend(2 * mean.len())?;
                tree.splits.push([Next::Leaf(0); 2]);
                for (side, name) in ["left", "right"].into_iter().enumerate() {
                    let child = node.required(name)?;
                    let center = flow.open(child)?.column_numbers("center", mean.len())?;
                    kernel::finite("center", &center)?;
                    tree.centers.extend(center.iter().zip(mean).map(|(center, mean)| center + mean));
                    waiting.push((child, Some((split, side))));
                }
                Next::Split(split)
            };
            if let Some((split, side)) = of {
                tree.splits[split][side] = next;
            }
        }
        Ok(tree)
    }
}

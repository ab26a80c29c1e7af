//! Trees and forests of classifiers of several labels a row: each leaf has the classes' shares of every label.
//!
//! Of one label a row they are those of `decision_tree` and `random_forest`.

use super::decision_tree::{self, grown as sums, shares};
use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::random_forest::{self, mean};
use super::tree::{self, FittedTree};
use super::{labels, members, several_outputs};
use crate::error::{Error, Result};
use crate::schema::Labels;
use crate::trees::{Planting, Precision};

/// A tree.
pub(super) fn tree(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let Some(labels) = labels::several(estimator, flow)? else {
        return decision_tree::classifier(estimator, flow, rows);
    };
    let takes_missing = tree::takes_missing(estimator) && !rows.are_sparse();
    grown(flow, rows, std::slice::from_ref(estimator), &labels, takes_missing)
}

/// A forest.
pub(super) fn forest(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let Some(labels) = labels::several(estimator, flow)? else {
        return random_forest::classifier(estimator, flow, rows);
    };
    let members = members::of(estimator)?;
    let takes_missing = random_forest::takes_missing(estimator, flow, members)? && !rows.are_sparse();
    let trees = members.iter().map(|id| flow.open(*id)).collect::<Result<Vec<_>>>()?;
    grown(flow, rows, &trees, &labels, takes_missing)
}

/// What the mean of the trees' shares says of each label.
fn grown(
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    trees: &[Estimator<'_, '_>],
    labels: &[Labels],
    takes_missing: bool,
) -> Result<Output> {
    let n_classes: Vec<usize> = labels.iter().map(Labels::len).collect();
    let n_shares = n_classes.iter().sum();
    let mut planting = Planting::new(rows.width(), n_shares, Precision::Single).taking_missing(takes_missing);
    for tree in trees {
        let fitted = FittedTree::of(tree, flow)?;
        check(&fitted, rows.width(), &n_classes)?;
        let leaf = |node: usize, to: &mut Vec<f64>| {
            let outputs = fitted.values(node).chunks_exact(fitted.n_classes());
            outputs.zip(&n_classes).for_each(|(values, n)| to.extend(shares(tree, &values[..*n])));
        };
        planting.plant(&fitted.over(None, takes_missing, leaf)?)?;
    }
    let shares = sums(flow, rows, planting.finish(mean(n_shares, trees.len()))?)?;
    several_outputs::voted_for_each(flow, &shares, labels)
}

/// That each leaf has as many numbers as there are classes, for every label as many as for the one of the most.
fn check(tree: &FittedTree<'_>, width: usize, n_classes: &[usize]) -> Result<()> {
    if tree.n_features() != width {
        let n_features = tree.n_features();
        return Err(Error::malformed(format!(
            "a tree of {n_features} features where {width} columns come in"
        )));
    }
    if tree.n_outputs() != n_classes.len() || n_classes.iter().max() != Some(&tree.n_classes()) {
        return Err(Error::malformed(format!(
            "a tree of {} outputs with {} classes for labels with {n_classes:?} classes",
            tree.n_outputs(),
            tree.n_classes()
        )));
    }
    Ok(())
}

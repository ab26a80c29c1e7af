//! `feature_importances_` of trees, which no file keeps: how much impurity the questions about each column took away.

use super::estimator::Estimator;
use super::flow::Flow;
use super::pairwise_sum::pairwise_sum;
use super::tree::FittedTree;
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};

/// A number a column, if this is an estimator of which they can be computed.
pub(super) fn of(
    model: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
) -> Result<Option<Vec<f64>>> {
    if model.get("tree_").is_some() {
        return of_tree(model, flow, width, true).map(Some);
    }
    let is = |classes: &[&str]| classes.iter().any(|class| model.is("ensemble", class));
    let is_normalized = is(&[
        "RandomForestClassifier",
        "RandomForestRegressor",
        "ExtraTreesClassifier",
        "ExtraTreesRegressor",
    ]);
    if !is_normalized && !is(&["GradientBoostingClassifier", "GradientBoostingRegressor"]) {
        return Ok(None);
    }
    let (mut sum, mut n) = (vec![0.0; width], 0u32);
    for id in trees(model)? {
        let tree = flow.part_of(model, *id)?;
        if FittedTree::of(&tree, flow)?.n_nodes() > 1 {
            let own = of_tree(&tree, flow, width, is_normalized)?;
            sum.iter_mut().zip(own).for_each(|(sum, own)| *sum += own);
            n += 1;
        }
    }
    if n > 0 {
        divide(&mut sum, f64::from(n));
        let total = pairwise_sum(&sum);
        divide(&mut sum, total);
    }
    Ok(Some(sum))
}

/// The trees of an ensemble, in a list or stage by stage.
fn trees<'t>(model: &Estimator<'t, '_>) -> Result<&'t [ObjectId]> {
    let id = model.required("estimators_")?;
    let trees = match model.objects.get(id) {
        Object::Array(array) if array.is_row_by_row() => array.objects(),
        _ => model.objects.items(id),
    };
    trees.ok_or_else(|| model.unexpected("estimators_", id))
}

fn of_tree(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    width: usize,
    is_normalized: bool,
) -> Result<Vec<f64>> {
    let tree = FittedTree::of(estimator, flow)?;
    let (impurities, weights) = (tree.field("impurity")?, tree.field("weighted_n_node_samples")?);
    let features = tree.features()?;
    let mut importances = vec![0.0; width];
    for (node, children) in tree.children()?.into_iter().enumerate() {
        let Some(children) = children else { continue };
        let [left, right] = children.map(|child| child as usize);
        let feature = usize::try_from(features[node]).ok();
        let importance = feature.and_then(|feature| importances.get_mut(feature));
        let (Some(importance), true) = (importance, left.max(right) < weights.len()) else {
            return Err(Error::malformed(format!(
                "node {node}: it leads to no node, or asks about no column"
            )));
        };
        let of = |node: usize| weights[node] * impurities[node];
        *importance += of(node) - of(left) - of(right);
    }
    let at_root = weights.first().copied().unwrap_or(1.0);
    divide(&mut importances, at_root);
    let total = pairwise_sum(&importances);
    if is_normalized && total > 0.0 {
        divide(&mut importances, total);
    }
    Ok(importances)
}

fn divide(values: &mut [f64], divisor: f64) {
    for value in values {
        *value /= divisor;
    }
}

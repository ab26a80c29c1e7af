//! `IsolationForest`: outliers are what few questions tell from all else.
//!
//! | since | what changed |
//! |---|---|
//! | 1.3 | what each leaf counts for is kept |
//! | 1.6 | missing and infinite values are taken |

use super::bagging::columns;
use super::decision_tree::{Place, grown};
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::members;
use super::tree::FittedTree;
use crate::error::{Error, Result};
use crate::program::{Above, Function, Step};
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;
use crate::trees::{Finish, Planting, Precision, Sum};

/// Euler's constant, as numpy has it.
const EULER: f64 = 0.577_215_664_901_532_9;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let members = members::of(estimator)?;
    let columns = columns(estimator, rows.width())?;
    if columns.len() != members.len() {
        let message = format!("columns of {} members, of which there are {}", columns.len(), members.len());
        return Err(Error::malformed(message));
    }
    let takes_all = estimator.is_since(1, 6);
    let mut planting = Planting::new(rows.width(), 1, Precision::Single)
        .taking_missing(takes_all)
        .taking_infinite(takes_all);
    for (index, (id, columns)) in members.iter().zip(&columns).enumerate() {
        let tree = FittedTree::of(&flow.open(*id)?, flow)?;
        let place = Place { columns: Some(columns), ..Place::all(rows.width(), 1, takes_all) };
        place.check(&tree)?;
        let depths =
            depths(estimator, &tree, index).map_err(|error| error.within(format!("tree {index}")))?;
        planting.plant(&tree.over(Some(columns), takes_all, |node, to| to.push(depths[node]))?)?;
    }
    let name = if estimator.get("max_samples_").is_some() { "max_samples_" } else { "_max_samples" };
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 members and samples")]
    let denominator = members.len() as f64 * path_length(estimator.size(name)? as f64);
    if denominator == 0.0 {
        return Err(Error::unsupported("it was fitted on one row, of which no score can be told"));
    }
    let forest = planting.finish(Sum { finish: Finish::Divide(denominator), ..Sum::plain(1) })?;
    let depths = grown(flow, rows, forest)?;
    let offset = estimator.number("offset_")?;
    let opposite = flow.mapped(depths.source, depths.affine.scaled(|_| -1.0))?;
    let scores = flow.stepped(opposite, Step::Function(Function::EXP2))?;
    let scores = flow.mapped(scores.source, scores.affine.scaled(|_| -1.0).shifted(|_| -offset))?;
    let scores = flow.alone(scores)?;
    let votes = flow.stepped(scores.clone(), Step::Above(Above { threshold: 0.0, or_equal: true }))?;
    let labels = Labels::Integers(vec![-1, 1]);
    let answer = ClassAnswer { labels, votes, scores: Some(scores), probabilities: None };
    Ok(Output::Answer(Answer::Classes(answer)))
}

/// What a row adds for each node where it ends: the nodes on its way, and what
/// further ones would have told the rows apart that ended there.
fn depths(estimator: &Estimator<'_, '_>, tree: &FittedTree<'_>, index: usize) -> Result<Vec<f64>> {
    let n_nodes = tree.n_nodes();
    let kept = |name: &str| kept(estimator, name, index, n_nodes);
    let (ways, lengths) = match (kept("_decision_path_lengths")?, kept("_average_path_length_per_tree")?) {
        (Some(ways), Some(lengths)) => (ways, lengths),
        _ => (ways(tree)?, tree.field("n_node_samples")?.into_iter().map(path_length).collect()),
    };
    Ok(ways.into_iter().zip(lengths).map(|(way, length)| way + length - 1.0).collect())
}

/// An attribute that has a number for each node of each tree.
fn kept(estimator: &Estimator<'_, '_>, name: &str, index: usize, n_nodes: usize) -> Result<Option<Vec<f64>>> {
    let Some(id) = estimator.get(name) else { return Ok(None) };
    let objects = estimator.objects;
    let of_tree: Option<ObjectId> = objects.items(id).and_then(|trees| trees.get(index).copied());
    let Some(Object::Array(array)) = of_tree.map(|id| objects.get(id)) else {
        return Err(estimator.unexpected(name, id));
    };
    if array.shape() != [n_nodes] {
        let message = format!("'{name}' is of shape {:?} for a tree of {n_nodes} nodes", array.shape());
        return Err(Error::malformed(message));
    }
    array.floats(objects).map(Some)
}

/// How many nodes lie on the way to each node, itself among them.
fn ways(tree: &FittedTree<'_>) -> Result<Vec<f64>> {
    let children = tree.children()?;
    let mut ways = vec![0.0; children.len()];
    if let Some(root) = ways.first_mut() {
        *root = 1.0;
    }
    // Fitting numbers nodes in the order of their making, so that each comes before those behind it.
    for (node, children) in children.iter().enumerate() {
        for child in children.iter().flatten() {
            let way = ways[node] + 1.0;
            match ways.get_mut(*child as usize) {
                Some(of_child) if *child as usize > node => *of_child = way,
                _ => return Err(Error::malformed(format!("node {node}: it leads to node {child}"))),
            }
        }
    }
    Ok(ways)
}

/// The mean length of a way in a tree of so many rows (Liu, Ting & Zhou, Isolation forest, 2008).
fn path_length(n: f64) -> f64 {
    if n <= 1.0 {
        0.0
    } else if n == 2.0 {
        1.0
    } else {
        2.0 * ((n - 1.0).ln() + EULER) - 2.0 * (n - 1.0) / n
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn path_lengths_of_few_and_many() {
        assert_eq!([path_length(0.0), path_length(1.0), path_length(2.0)], [0.0, 0.0, 1.0]);
        // sklearn.ensemble._iforest._average_path_length([256])
        assert!((path_length(256.0) - 10.244_770_920_119_917).abs() < 1e-14);
    }
}

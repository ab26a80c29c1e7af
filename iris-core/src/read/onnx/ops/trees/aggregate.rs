//! What trees give, made one number a target: added up, their mean, the least or the largest of them.

use super::nodes::{Ensemble, NODE};
use crate::affine::Affine;
use crate::error::{Error, Result};
use crate::program::{Fold, FoldBy, Step};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::Symbol;
use crate::trees::{Finish, Planting, Precision, Sum, Tree};

/// `aggregate_function`
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Aggregate {
    Average,
    Sum,
    Least,
    Largest,
}

/// A number for each output, of which a weight that a leaf does not have is none. `base` is added where
/// there is a number, and then empty; or as full as it was, if there always is one and it is yet to be added.
#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 trees")]
pub(super) fn of(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    (n_outputs, aggregate): (usize, Aggregate),
    base: &mut Vec<f64>,
) -> Result<Symbol> {
    let finish = match aggregate {
        Aggregate::Sum => Finish::Nothing,
        Aggregate::Average => Finish::Divide(ensemble.trees.len() as f64),
        Aggregate::Least | Aggregate::Largest => {
            return extremes(steps, node, ensemble, (n_outputs, aggregate), base);
        }
    };
    let counts = counts(&ensemble, n_outputs);
    // Where no base makes the difference, nothing is 0 as well. One output has its base always.
    if base.is_empty() || n_outputs == 1 || !counts.contains(&0.0) {
        return sums(steps, node, ensemble, n_outputs, finish);
    }
    let both = counted(steps, node, ensemble, counts, finish)?;
    let precision = super::precision(node)?;
    let fold = Fold { width: n_outputs, by: FoldBy::Counted, base: std::mem::take(base), precision };
    steps.answer(&both, Step::Fold(Box::new(fold)))
}

/// The sums of classes, and the same as votes, where one that no leaf of a row has a weight for has none.
pub(super) fn sums_and_votes(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    n_classes: usize,
) -> Result<(Symbol, Symbol)> {
    let counts = counts(&ensemble, n_classes);
    if !counts.contains(&0.0) {
        let sums = sums(steps, node, ensemble, n_classes, Finish::Nothing)?;
        return Ok((sums.clone(), sums));
    }
    let both = counted(steps, node, ensemble, counts, Finish::Nothing)?;
    let sums = Symbol { affine: Affine::select(2 * n_classes, 0..n_classes), ..both.clone() };
    let precision = super::precision(node)?;
    let fold = Fold { width: n_classes, by: FoldBy::Votes, base: Vec::new(), precision };
    let votes = steps.push(&both, Step::Fold(Box::new(fold)))?;
    Ok((sums, votes))
}

/// 1 for each output that every row has a weight for, as some tree's leaves all have one; else 0.
fn counts(ensemble: &Ensemble, n_outputs: usize) -> Vec<f64> {
    let mut counts = vec![0.0; n_outputs];
    for tree in &ensemble.trees {
        let outputs = tree.output.map_or(0..n_outputs, |output| output..output + 1);
        for (place, output) in outputs.clone().enumerate() {
            if tree.values.iter().skip(place).step_by(outputs.len()).all(|weight| !weight.is_nan()) {
                counts[output] = 1.0;
            }
        }
    }
    counts
}

/// The sums over trees.
fn sums(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    n_outputs: usize,
    finish: Finish,
) -> Result<Symbol> {
    let takes_missing = ensemble.takes_missing;
    let trees = ensemble.trees.into_iter().map(|tree| filled(tree, 0.0));
    let forest = forest(node, takes_missing, trees, vec![0.0; n_outputs], finish)?;
    steps.answer(node.rows(0)?, forest)
}

/// The sums over trees, and behind them how many weights each is made of, beginning with `counts`.
fn counted(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    counts: Vec<f64>,
    finish: Finish,
) -> Result<Symbol> {
    steps.spend(ensemble.trees.iter().map(|tree| tree.values.len()).sum())?;
    let n_outputs = counts.len();
    let start = std::iter::repeat_n(0.0, n_outputs).chain(counts).collect();
    let takes_missing = ensemble.takes_missing;
    let trees = ensemble.trees.into_iter().map(|tree| with_counts(tree, n_outputs));
    let forest = forest(node, takes_missing, trees, start, finish)?;
    steps.answer(node.rows(0)?, forest)
}

/// The least or the largest of what each tree gives.
fn extremes(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    (n_outputs, aggregate): (usize, Aggregate),
    base: &mut Vec<f64>,
) -> Result<Symbol> {
    let precision = super::precision(node)?;
    let largest = match precision {
        Precision::Single => f64::from(f32::MAX),
        Precision::Double => f64::MAX,
    };
    if ensemble.trees.iter().flat_map(|tree| &tree.values).any(|value| value.abs() >= largest) {
        return Err(Error::unsupported(
            "a weight as large as numbers get, where the least or largest counts",
        ));
    }
    let (mark, by) = match aggregate {
        Aggregate::Largest => (-largest, FoldBy::Largest { none: -largest }),
        _ => (largest, FoldBy::Least { none: largest }),
    };
    // A tree of several outputs is planted once for each.
    let of_several = ensemble.trees.iter().filter(|tree| tree.output.is_none());
    let n_nodes = of_several.map(|tree| tree.nodes.len()).sum::<usize>();
    let width = ensemble.trees.len().saturating_mul(n_outputs);
    steps.spend(n_nodes.saturating_mul(NODE).saturating_mul(n_outputs).saturating_add(width))?;
    let takes_missing = ensemble.takes_missing;
    // onnxruntime has it so that of one output every leaf has a number.
    let absent = if n_outputs == 1 { 0.0 } else { mark };
    let mut start = vec![mark; width];
    let mut trees = Vec::new();
    for (number, tree) in ensemble.trees.into_iter().enumerate() {
        for output in tree.output.map_or(0..n_outputs, |output| output..output + 1) {
            let place = number * n_outputs + output;
            start[place] = 0.0;
            trees.push(Tree { output: Some(place), ..filled(alone(&tree, output, n_outputs), absent) });
        }
    }
    let forest = forest(node, takes_missing, trees, start, Finish::Nothing)?;
    let all = steps.answer(node.rows(0)?, forest)?;
    let fold = Fold { width: n_outputs, by, base: std::mem::take(base), precision };
    steps.answer(&all, Step::Fold(Box::new(fold)))
}

/// The tree with this number in the place of weights that leaves do not have.
fn filled(mut tree: Tree, none: f64) -> Tree {
    tree.values.iter_mut().filter(|value| value.is_nan()).for_each(|value| *value = none);
    tree
}

/// The tree with the weights for one output only.
fn alone(tree: &Tree, output: usize, n_outputs: usize) -> Tree {
    let mut tree = tree.clone();
    if tree.output.is_none() {
        tree.values = tree.values.into_iter().skip(output).step_by(n_outputs).collect();
    }
    tree
}

/// The tree with counts behind the weights of each leaf: 1 where it has one, else 0.
fn with_counts(mut tree: Tree, n_outputs: usize) -> Tree {
    if tree.output.is_none() {
        let of_leaf = |weights: &[f64]| {
            let counts = weights.iter().map(|weight| f64::from(u8::from(!weight.is_nan())));
            weights.iter().copied().chain(counts.collect::<Vec<f64>>()).collect::<Vec<f64>>()
        };
        tree.values = tree.values.chunks_exact(n_outputs).flat_map(of_leaf).collect();
    }
    filled(tree, 0.0)
}

/// A step that adds up what these trees give.
fn forest(
    node: &Node<'_>,
    takes_missing: bool,
    trees: impl IntoIterator<Item = Tree>,
    start: Vec<f64>,
    finish: Finish,
) -> Result<Step> {
    let precision = super::precision(node)?;
    let n_features = node.rows(0)?.width();
    let mut planting = Planting::new(n_features, start.len(), precision).taking_missing(takes_missing);
    for tree in trees {
        planting.plant(&tree)?;
    }
    Ok(Step::Trees(Box::new(planting.finish(Sum { precision, start, finish })?)))
}

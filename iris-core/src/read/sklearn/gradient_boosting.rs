//! `GradientBoostingClassifier` and `GradientBoostingRegressor`: trees on top of what an initial estimator says.
//!
//! | since | what changed |
//! |---|---|
//! | 1.4 | a score of 0, of two classes, is the second's; before, the first of equal probabilities counted, but with the exponential loss |

mod start;

use super::decision_tree::{Place, grown};
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::labels;
use super::tree::FittedTree;
use crate::error::{Error, Result};
use crate::program::{Above, Step, TwoShares};
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;
use crate::trees::{Planting, Precision, Sum};
use start::{Start, Wanted};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let is_exponential = match estimator.text("loss") {
        Some("deviance" | "log_loss") => false,
        Some("exponential") if labels.len() == 2 => true,
        _ => return Err(estimator.unexpected("loss", estimator.required("loss")?)),
    };
    let wanted = match labels.len() {
        2 => Wanted::LogOdds { factor: if is_exponential { 0.5 } else { 1.0 } },
        n_classes => Wanted::Logarithms { n_classes },
    };
    let scores = raw(estimator, flow, rows, wanted)?;
    let is_new = estimator.is_since(1, 4);
    let answer = match labels.len() {
        2 => {
            let factor = if is_exponential { 2.0 } else { 1.0 };
            let above = is_new || is_exponential;
            two(flow, labels, scores, factor, above.then_some(Above { threshold: 0.0, or_equal: true }))?
        }
        _ => several(flow, labels, scores, is_new)?,
    };
    Ok(Output::Answer(Answer::Classes(answer)))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let values = raw(estimator, flow, rows, Wanted::Value)?;
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// What is answered of two classes by one score: by `above`, or as their probabilities say.
pub(super) fn two(
    flow: &mut Flow<'_, '_>,
    labels: Labels,
    score: Numbers,
    factor: f64,
    above: Option<Above>,
) -> Result<ClassAnswer> {
    let probabilities = flow.stepped(score.clone(), Step::TwoShares(TwoShares { factor }))?;
    let votes = match above {
        Some(above) => flow.stepped(score.clone(), Step::Above(above))?,
        None => probabilities.clone(),
    };
    Ok(ClassAnswer { labels, votes, scores: Some(score), probabilities: Some(probabilities) })
}

/// What is answered of more classes by a score each: by these, or as their probabilities say.
pub(super) fn several(
    flow: &mut Flow<'_, '_>,
    labels: Labels,
    scores: Numbers,
    by_scores: bool,
) -> Result<ClassAnswer> {
    let probabilities = flow.stepped(scores.clone(), Step::ExponentialShares)?;
    let votes = if by_scores { scores.clone() } else { probabilities.clone() };
    Ok(ClassAnswer { labels, votes, scores: Some(scores), probabilities: Some(probabilities) })
}

/// The sums of the initial estimator and the trees.
fn raw(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    wanted: Wanted,
) -> Result<Numbers> {
    let n_outputs = wanted.n_outputs();
    let rate = estimator.number("learning_rate")?;
    let trees = trees(estimator, n_outputs)?;
    let mut planting = Planting::new(rows.width(), n_outputs, Precision::Single);
    for (index, id) in trees.iter().enumerate() {
        let tree = FittedTree::of(&flow.open(*id)?, flow)?;
        let output = index % n_outputs;
        plant_scaled(&tree, &mut planting, rows.width(), output, rate)?;
    }
    match start::of(estimator, flow, rows.clone(), wanted)? {
        Start::Constant(start) => {
            let forest = planting.finish(Sum { start, ..Sum::plain(n_outputs) })?;
            grown(flow, rows, forest)
        }
        // Added up in another order, so that the last bit may differ.
        Start::Computed(start) => {
            let forest = planting.finish(Sum::plain(n_outputs))?;
            let trees = grown(flow, rows, forest)?;
            let both = flow.beside(vec![start, trees])?;
            let mut weights = vec![0.0; 2 * n_outputs * n_outputs];
            (0..2 * n_outputs).for_each(|from| weights[from * n_outputs + from % n_outputs] = 1.0);
            flow.weighted(&both, &weights, n_outputs)
        }
    }
}

/// Adds a tree whose leaves, times the learning rate, add to one output.
fn plant_scaled(
    tree: &FittedTree<'_>,
    planting: &mut Planting,
    width: usize,
    output: usize,
    rate: f64,
) -> Result<()> {
    let place = Place::all(width, 1, false);
    place.check(tree)?;
    let leaf = |node: usize, to: &mut Vec<f64>| to.push(rate * tree.values(node)[0]);
    let mut tree = tree.over(None, false, leaf)?;
    tree.output = Some(output);
    planting.plant(&tree)
}

/// The trees of each stage, one an output.
fn trees<'t>(estimator: &Estimator<'t, '_>, n_outputs: usize) -> Result<&'t [ObjectId]> {
    let id = estimator.required("estimators_")?;
    let Object::Array(array) = estimator.objects.get(id) else {
        return Err(estimator.unexpected("estimators_", id));
    };
    match (array.shape(), array.objects()) {
        ([_, width], Some(trees)) if *width == n_outputs && array.is_row_by_row() => Ok(trees),
        (shape, _) => {
            let message = format!("'estimators_' is of shape {shape:?} for {n_outputs} outputs");
            Err(Error::malformed(message))
        }
    }
}

//! `AdaBoostClassifier` and `AdaBoostRegressor`: members with weights.
//!
//! | since | what changed |
//! |---|---|
//! | 1.3 | with SAMME, what a member does not predict has a share of its weight less, where it had none |
//! | 1.6 | SAMME is all there is; before, SAMME.R went by the members' probabilities |

use super::bagging::summed;
use super::decision_tree::{Place, grown, plant_classes};
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::tree::{self, FittedTree};
use super::{labels, members};
use crate::error::{Error, Result};
use crate::linear::Link;
use crate::program::{Above, Clip, Function, Step, TwoShares, WeightedMedian};
use crate::read::pickle::ObjectId;
use crate::trees::{Finish, Planting, Precision, Sum};

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let n_classes = labels.len();
    let members = members::of(estimator)?;
    let weights = estimator.numbers("estimator_weights_")?.values;
    if weights.len() < members.len() {
        let message = format!("'estimator_weights_' are {} for {} members", weights.len(), members.len());
        return Err(Error::malformed(message));
    }
    let by_probabilities = !estimator.is_since(1, 6) && estimator.text("algorithm") == Some("SAMME.R");
    let says = Says { n_classes, by_probabilities, has_shares: estimator.is_since(1, 3) };
    let total: f64 = super::pairwise_sum::pairwise_sum(&weights);
    if total == 0.0 || !total.is_finite() {
        return Err(Error::malformed("its members' weights add up to no weight"));
    }
    let sums = if members.iter().all(|id| tree::is_tree(flow.objects(), *id)) {
        forest(flow, rows, members, &weights, total, says)?
    } else {
        let rows = flow.present(rows)?;
        let mut said = Vec::new();
        for (id, weight) in members.iter().zip(&weights) {
            let answer = flow.answer(*id, rows.clone())?;
            let answer = classes(flow, answer)?;
            answer.labels.check(n_classes)?;
            said.push(says.computed(flow, answer, *weight)?);
        }
        let sums = summed(flow, said)?;
        flow.mapped(sums.source, sums.affine.divided(|_| total))?
    };
    let (votes, scores, halves) = if n_classes == 2 {
        let score = flow.weighted(&sums, &[-1.0, 1.0], 1)?;
        let score = flow.alone(score)?;
        let votes = flow.stepped(score.clone(), Step::Above(Above { threshold: 0.0, or_equal: false }))?;
        let both = flow.columns(&score, &[0, 0])?;
        let both = both.affine.scaled(|class| [-1.0, 1.0][class]).divided(|_| 2.0);
        (votes, score.clone(), flow.mapped(score.source, both)?)
    } else {
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
        let others = (n_classes - 1) as f64;
        let sums = flow.alone(sums)?;
        let shared = flow.mapped(sums.source, sums.affine.clone().divided(|_| others))?;
        (sums.clone(), sums, shared)
    };
    let probabilities = flow.stepped(halves, Step::ExponentialShares)?;
    let answer = ClassAnswer { labels, votes, scores: Some(scores), probabilities: Some(probabilities) };
    Ok(Output::Answer(Answer::Classes(answer)))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let members = members::of(estimator)?;
    let mut weights = estimator.numbers("estimator_weights_")?.values;
    if weights.len() < members.len() || members.len() > WeightedMedian::MAX {
        let message = format!("{} members with {} weights", members.len(), weights.len());
        return Err(Error::malformed(message));
    }
    weights.truncate(members.len());
    let values = if members.iter().all(|id| tree::is_tree(flow.objects(), *id)) {
        let mut planting = Planting::new(rows.width(), members.len(), Precision::Single);
        for (output, id) in members.iter().enumerate() {
            let tree = FittedTree::of(&flow.open(*id)?, flow)?;
            Place::all(rows.width(), 1, false).check(&tree)?;
            let leaf = |node: usize, to: &mut Vec<f64>| to.push(tree.values(node)[0]);
            let mut tree = tree.over(None, false, leaf)?;
            tree.output = Some(output);
            planting.plant(&tree)?;
        }
        grown(flow, rows, planting.finish(Sum::plain(members.len()))?)?
    } else {
        let rows = flow.present(rows)?;
        let mut values = Vec::new();
        for id in members {
            let value = flow.answer(*id, rows.clone())?.into_values()?;
            if value.width() != 1 {
                return Err(Error::malformed("a member answers several numbers where one is asked for"));
            }
            values.push(value);
        }
        flow.beside(values)?
    };
    flow.answer_column(false);
    let median = flow.stepped(values, Step::WeightedMedian(WeightedMedian { weights }))?;
    Ok(Output::Answer(Answer::Values(median)))
}

/// A member's answer. Of two classes the first has what is left by the second, whose
/// last digits count where it is next to nothing.
fn classes(flow: &mut Flow<'_, '_>, answer: Answer) -> Result<ClassAnswer> {
    let score = match &answer {
        Answer::Scores { scores, link: Link::Logistic, labels, .. } if labels.len() == 2 => {
            Some(scores.clone())
        }
        _ => None,
    };
    let classes = flow.classes(answer)?;
    let Some(scores) = score else { return Ok(classes) };
    let score = flow.columns(&scores, &[1])?;
    let probabilities = Some(flow.stepped(score, Step::TwoShares(TwoShares { factor: 1.0 }))?);
    Ok(ClassAnswer { probabilities, ..classes })
}

/// What a member adds to the sums of the classes.
#[derive(Clone, Copy)]
struct Says {
    n_classes: usize,
    by_probabilities: bool,
    /// Whether what is not predicted has less.
    has_shares: bool,
}

impl Says {
    /// Of one leaf.
    fn of(self, probabilities: Vec<f64>, class: usize, weight: f64) -> Vec<f64> {
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
        let (n, others) = (self.n_classes as f64, (self.n_classes - 1) as f64);
        if self.by_probabilities {
            let logarithms: Vec<f64> =
                probabilities.iter().map(|probability| probability.max(f64::EPSILON).ln()).collect();
            let mean = 1.0 / n * super::pairwise_sum::pairwise_sum(&logarithms);
            return logarithms.iter().map(|logarithm| others * (logarithm - mean)).collect();
        }
        let other = if self.has_shares { -1.0 / others * weight } else { 0.0 };
        (0..self.n_classes).map(|place| if place == class { weight } else { other }).collect()
    }

    /// Of a member that is no tree.
    fn computed(self, flow: &mut Flow<'_, '_>, answer: ClassAnswer, weight: f64) -> Result<Numbers> {
        let n = self.n_classes;
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 classes")]
        let (share, others) = (1.0 / n as f64, (n - 1) as f64);
        let square = |of_same: f64, of_other: f64| -> Vec<f64> {
            (0..n * n).map(|place| if place.is_multiple_of(n + 1) { of_same } else { of_other }).collect()
        };
        if !self.by_probabilities {
            let votes = flow.stepped(answer.votes, Step::FirstOfLargest)?;
            let other = if self.has_shares { -1.0 / others * weight } else { 0.0 };
            return flow.weighted(&votes, &square(weight, other), n);
        }
        let probabilities = answer
            .probabilities
            .ok_or_else(|| Error::unsupported("SAMME.R goes by probabilities, and a member has none"))?;
        let clipped = flow.stepped(probabilities, Step::Clip(Clip { low: f64::EPSILON, high: f64::MAX }))?;
        let logarithms = flow.stepped(clipped, Step::Function(Function::LOG))?;
        flow.weighted(&logarithms, &square(others * (1.0 - share), -others * share), n)
    }
}

fn forest(
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    members: &[ObjectId],
    weights: &[f64],
    total: f64,
    says: Says,
) -> Result<Numbers> {
    // It looks at rows before its members do, and takes no missing values.
    let place = Place::all(rows.width(), says.n_classes, false);
    let mut planting = Planting::new(place.width, says.n_classes, Precision::Single);
    for (id, weight) in members.iter().zip(weights) {
        let tree = flow.open(*id)?;
        let made = |probabilities, class| says.of(probabilities, class, *weight);
        plant_classes(&tree, flow, &mut planting, &place, made)?;
    }
    let sum = Sum { finish: Finish::Divide(total), ..Sum::plain(says.n_classes) };
    grown(flow, rows, planting.finish(sum)?)
}

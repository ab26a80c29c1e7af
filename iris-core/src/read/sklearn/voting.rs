//! `VotingClassifier` and `VotingRegressor`: members that vote, or whose answers are averaged.

use super::bagging::summed;
use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{kernel, labels, members};
use crate::error::{Error, Result};
use crate::program::Step;

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let is_soft = match estimator.text("voting") {
        Some("soft") => true,
        Some("hard") => false,
        _ => {
            let voting = estimator.required("voting")?;
            return Err(estimator.unexpected("voting", voting));
        }
    };
    let weights = Weights::of(estimator)?;
    let mut said = Vec::new();
    for id in members::of(estimator)? {
        let answer = flow.answer(*id, rows.clone())?;
        let answer = flow.classes(answer)?;
        answer.labels.check(labels.len())?;
        said.push(if is_soft {
            answer
                .probabilities
                .ok_or_else(|| Error::unsupported("a member has no probabilities to average"))?
        } else {
            flow.stepped(answer.votes, Step::FirstOfLargest)?
        });
    }
    let votes = weights.average(flow, said, is_soft)?;
    let probabilities = is_soft.then(|| votes.clone());
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let weights = Weights::of(estimator)?;
    let mut said = Vec::new();
    for id in members::of(estimator)? {
        said.push(flow.answer(*id, rows.clone())?.into_values()?);
    }
    let values = weights.average(flow, said, true)?;
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// What each member counts; `None` where all count alike.
struct Weights(Option<Vec<f64>>);

impl Weights {
    /// Those of the members that were not dropped.
    fn of(estimator: &Estimator<'_, '_>) -> Result<Self> {
        if estimator.is_none("weights") {
            return Ok(Self(None));
        }
        let (objects, id) = (estimator.objects, estimator.required("weights")?);
        let all = match objects.items(id) {
            Some(items) => items.iter().map(|item| objects.float(*item)).collect(),
            None => Some(estimator.numbers("weights")?.values),
        };
        let all: Vec<f64> = all.ok_or_else(|| estimator.unexpected("weights", id))?;
        kernel::finite("weights", &all)?;
        let given = estimator.required("estimators")?;
        let given = objects.items(given).ok_or_else(|| estimator.unexpected("estimators", given))?;
        if given.len() != all.len() {
            let message = format!("{} weights for {} members", all.len(), given.len());
            return Err(Error::malformed(message));
        }
        let is_dropped = |pair: &crate::read::pickle::ObjectId| match objects.items(*pair) {
            Some([_, member]) => {
                objects.text(*member) == Some("drop")
                    || matches!(objects.get(*member), crate::read::pickle::Object::None)
            }
            _ => false,
        };
        Ok(Self(Some(
            given.iter().zip(all).filter(|(pair, _)| !is_dropped(pair)).map(|(_, weight)| weight).collect(),
        )))
    }

    /// The sum of what the members say, divided by the sum of the weights if `is_mean`.
    fn average(self, flow: &mut Flow<'_, '_>, said: Vec<Numbers>, is_mean: bool) -> Result<Numbers> {
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 members")]
        let n = said.len() as f64;
        let (said, total) = match self.0 {
            None => (said, n),
            Some(weights) if weights.len() == said.len() => {
                let total = weights.iter().sum::<f64>();
                let mut weighted = Vec::with_capacity(said.len());
                for (numbers, weight) in said.into_iter().zip(weights) {
                    let numbers = flow.alone(numbers)?;
                    weighted.push(flow.mapped(numbers.source, numbers.affine.scaled(|_| weight))?);
                }
                (weighted, total)
            }
            Some(weights) => {
                return Err(Error::malformed(format!(
                    "{} weights for {} members",
                    weights.len(),
                    said.len()
                )));
            }
        };
        let sum = summed(flow, said)?;
        if !is_mean {
            return Ok(sum);
        }
        if total == 0.0 {
            return Err(Error::malformed("its members' weights add up to no weight"));
        }
        flow.mapped(sum.source, sum.affine.divided(|_| total))
    }
}

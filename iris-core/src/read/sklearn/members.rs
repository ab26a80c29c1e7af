//! The members of a composite: which they are, and what each says of the class that it was fitted for.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Numbers};
use crate::error::{Error, Result};
use crate::read::pickle::ObjectId;

/// What a member says of its second class: a number each.
pub(super) struct Binary {
    /// Its score, or where it has none the probability, or a regressor's value.
    pub(super) response: Numbers,
    /// What the response is above where it is the class.
    pub(super) threshold: f64,
    pub(super) score: Option<Numbers>,
    pub(super) probability: Option<Numbers>,
    /// A number above zero where the class is what it predicts.
    pub(super) margin: Option<Numbers>,
}

/// The members, of which there is at least one.
pub(super) fn of<'t>(estimator: &Estimator<'t, '_>) -> Result<&'t [ObjectId]> {
    let id = estimator.required("estimators_")?;
    match estimator.objects.items(id) {
        Some(members) if !members.is_empty() => Ok(members),
        Some(_) => Err(Error::malformed("'estimators_' is empty")),
        None => Err(estimator.unexpected("estimators_", id)),
    }
}

impl Binary {
    /// What a member answers, whose labels are those of the composite's making.
    pub(super) fn of(flow: &mut Flow<'_, '_>, answer: Answer) -> Result<Self> {
        let answer = match answer {
            Answer::Values(response) => {
                only_one(&response)?;
                return Ok(Self { response, threshold: 0.5, score: None, probability: None, margin: None });
            }
            answer => flow.classes(answer)?,
        };
        answer.labels.check(2)?;
        let margin = flow.weighted(&answer.votes, &[-1.0, 1.0], 1)?;
        let probability = match answer.probabilities {
            Some(probabilities) => Some(flow.columns(&probabilities, &[1])?),
            None => None,
        };
        let (response, threshold) = match (&answer.scores, &probability) {
            (Some(score), _) => {
                only_one(score)?;
                (score.clone(), 0.0)
            }
            (None, Some(probability)) => (probability.clone(), 0.5),
            (None, None) => return Err(Error::unsupported("it has neither scores nor probabilities")),
        };
        Ok(Self { response, threshold, score: answer.scores, probability, margin: Some(margin) })
    }
}

/// Each member's number of a kind, if all have one.
pub(super) fn all(
    flow: &mut Flow<'_, '_>,
    members: &[Binary],
    number: impl Fn(&Binary) -> Option<&Numbers>,
) -> Result<Option<Numbers>> {
    let numbers: Option<Vec<Numbers>> = members.iter().map(|member| number(member).cloned()).collect();
    numbers.map(|numbers| flow.beside(numbers)).transpose()
}

fn only_one(numbers: &Numbers) -> Result<()> {
    match numbers.width() {
        1 => Ok(()),
        n => Err(Error::malformed(format!("a member answers {n} numbers where one is asked for"))),
    }
}

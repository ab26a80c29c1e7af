//! `OneVsRestClassifier`: a binary estimator a class.
//!
//! | since | what changed |
//! |---|---|
//! | 1.7 | a row of which every class says 0 has probabilities of 0; before, they were NaN, which nobody wants to be served: 0 stands for it here |
//! | 1.8 | of equal responses the first counts, where it was the last |

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::members::{self, Binary};
use super::{labels, several_outputs};
use crate::error::Result;
use crate::program::{Above, Step};
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let binarizer = flow.open(estimator.required("label_binarizer_")?)?;
    let mut answers = Vec::new();
    for id in members::of(estimator)? {
        let answer = flow.answer(*id, rows.clone())?;
        answers.push(Binary::of(flow, answer)?);
    }
    if several_outputs::are_told_by(&binarizer) {
        return each(flow, answers);
    }
    let labels = labels::of(&binarizer, flow)?;
    let answer = match answers.len() {
        1 => binary(flow, answers.swap_remove(0), labels)?,
        n_classes => {
            labels.check(n_classes)?;
            let first_wins = estimator.is_since(1, 8);
            several(flow, &answers, labels, first_wins)?
        }
    };
    Ok(Output::Answer(Answer::Classes(answer)))
}

/// Several labels a row: each estimator says whether its own is one of them.
fn each(flow: &mut Flow<'_, '_>, members: Vec<Binary>) -> Result<Output> {
    let mut labels = Vec::new();
    for Binary { response, threshold, .. } in members {
        let above = flow.stepped(response, Step::Above(Above { threshold, or_equal: false }))?;
        labels.push(flow.columns(&above, &[1])?);
    }
    several_outputs::answer(flow, labels)
}

/// One estimator says which of two it is.
fn binary(flow: &mut Flow<'_, '_>, member: Binary, labels: Labels) -> Result<ClassAnswer> {
    labels.check(2)?;
    let above = Above { threshold: member.threshold, or_equal: false };
    let votes = flow.stepped(member.response, Step::Above(above))?;
    let probabilities = match member.probability {
        Some(probability) => {
            let both = flow.weighted(&probability, &[-1.0, 1.0], 2)?;
            let both = flow.mapped(both.source, both.affine.shifted(|class| [1.0, 0.0][class]))?;
            Some(flow.stepped(both, Step::Shares)?)
        }
        None => None,
    };
    Ok(ClassAnswer { labels, votes, scores: member.score, probabilities })
}

fn several(
    flow: &mut Flow<'_, '_>,
    members: &[Binary],
    labels: Labels,
    first_wins: bool,
) -> Result<ClassAnswer> {
    let responses: Vec<Numbers> = members.iter().map(|member| member.response.clone()).collect();
    let votes = flow.beside(responses)?;
    let votes = if first_wins { votes } else { flow.stepped(votes, Step::LastOfLargest)? };
    let scores = members::all(flow, members, |member| member.score.as_ref())?;
    let probabilities = match members::all(flow, members, |member| member.probability.as_ref())? {
        Some(probabilities) => Some(flow.stepped(probabilities, Step::Shares)?),
        None => None,
    };
    Ok(ClassAnswer { labels, votes, scores, probabilities })
}

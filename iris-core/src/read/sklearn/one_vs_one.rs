//! `OneVsOneClassifier`: a binary estimator for each pair of classes.
//!
//! | since | what changed |
//! |---|---|
//! | 1.1 | of two classes, the second is answered above one half where the member has no scores, no more above 0 |

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::labels;
use super::members::{self, Binary};
use crate::error::{Error, Result};
use crate::program::{Above, OneVsOne, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let members = members::of(estimator)?;
    if OneVsOne::n_pairs(n_classes) != Some(members.len()) {
        let message = format!("'estimators_' has {} members for {n_classes} classes", members.len());
        return Err(Error::malformed(message));
    }
    if !estimator.is_none("pairwise_indices_") {
        return Err(Error::unsupported("'pairwise_indices_' of a precomputed kernel are not read"));
    }
    let (mut predictions, mut confidences) = (Vec::new(), Vec::new());
    let mut threshold = 0.0;
    for (place, id) in members.iter().enumerate() {
        let answer = flow.answer(*id, rows.clone())?;
        let member = Binary::of(flow, answer)?;
        if place == 0 && estimator.is_since(1, 1) {
            threshold = member.threshold;
        }
        predictions.push(match member.margin {
            Some(margin) => {
                let votes = flow.stepped(margin, Step::Above(Above { threshold: 0.0, or_equal: false }))?;
                flow.columns(&votes, &[1])?
            }
            // A regressor votes where it is exactly right.
            None => member.response.clone(),
        });
        confidences.push(member.response);
    }
    let said: Vec<Numbers> = predictions.into_iter().chain(confidences).collect();
    let said = flow.beside(said)?;
    let scores = flow.stepped(said, Step::OneVsOne(OneVsOne { n_classes }))?;
    let (votes, scores) = if n_classes == 2 {
        let score = flow.columns(&scores, &[1])?;
        let above = Above { threshold, or_equal: false };
        (flow.stepped(score.clone(), Step::Above(above))?, score)
    } else {
        (scores.clone(), scores)
    };
    let answer = ClassAnswer { labels, votes, scores: Some(scores), probabilities: None };
    Ok(Output::Answer(Answer::Classes(answer)))
}

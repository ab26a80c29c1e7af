//! What finds outliers: 1 for what is usual, -1 for what is not, and a score.

use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output};
use crate::error::Result;
use crate::program::{Above, Step};
use crate::schema::Labels;

/// The answer by scores that are above 0 of what is usual; `or_equal` if they may be 0.
pub(super) fn by_scores(flow: &mut Flow<'_, '_>, scores: Numbers, or_equal: bool) -> Result<Output> {
    let scores = flow.alone(scores)?;
    let votes = flow.stepped(scores.clone(), Step::Above(Above { threshold: 0.0, or_equal }))?;
    let labels = Labels::Integers(vec![-1, 1]);
    Ok(Output::Answer(Answer::Classes(ClassAnswer {
        labels,
        votes,
        scores: Some(scores),
        probabilities: None,
    })))
}

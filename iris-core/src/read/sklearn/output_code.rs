//! `OutputCodeClassifier`: a binary estimator a digit of the classes' codes.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::labels;
use super::members::{self, Binary};
use crate::error::Result;
use crate::program::{Distances, Metric, Step};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let members = members::of(estimator)?;
    let points = estimator.table("code_book_", members.len())?;
    labels.check(points.len() / members.len())?;
    let mut digits = Vec::new();
    for id in members {
        let answer = flow.answer(*id, rows.clone())?;
        digits.push(Binary::of(flow, answer)?.response);
    }
    let said = flow.beside(digits)?;
    let step = Distances { points, n_points: labels.len(), metric: Metric::SquaredEuclidean };
    let distances = flow.stepped(said, Step::Distances(step))?;
    let votes = flow.nearest(distances)?;
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities: None })))
}

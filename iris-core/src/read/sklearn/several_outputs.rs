//! `MultiOutputRegressor`, `RegressorChain`, and their like of classifiers.
//!
//! Several labels a row are answered as scikit-learn's `predict` gives them: a number each. They have no
//! classes in common, so there are no probabilities.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::members;
use crate::error::{Error, Result};
use crate::program::{Binarize, Step};
use crate::schema::Labels;

/// A regressor a target.
pub(super) fn regressors(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    each(estimator, flow, &rows, value)
}

/// A classifier a label.
pub(super) fn classifiers(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    each(estimator, flow, &rows, label)
}

fn each(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    number: impl Fn(&mut Flow<'_, '_>, Answer) -> Result<Numbers>,
) -> Result<Output> {
    let mut values = Vec::new();
    for id in members::of(estimator)? {
        let answer = flow.answer(*id, rows.clone())?;
        values.push(number(flow, answer)?);
    }
    answer(flow, values)
}

/// Each regressor sees what those before it have answered.
pub(super) fn regressor_chain(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    chain(estimator, flow, rows, |flow, answer| {
        let value = value(flow, answer)?;
        Ok((value.clone(), value))
    })
}

/// Each classifier sees what those before it have said, by the method that the chain names.
pub(super) fn classifier_chain(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    // Before 1.5 it was always `predict`.
    let method = estimator.text("chain_method_").unwrap_or("predict");
    chain(estimator, flow, rows, |flow, answer| {
        let answer = flow.classes(answer)?;
        let label = voted(flow, answer.votes, &answer.labels)?;
        let seen = match method {
            "predict" => Some(label.clone()),
            "predict_proba" => {
                answer.labels.check(2)?;
                answer.probabilities.map(|both| flow.columns(&both, &[1])).transpose()?
            }
            "decision_function" => answer.scores,
            _ => {
                let method = estimator.required("chain_method_")?;
                return Err(estimator.unexpected("chain_method_", method));
            }
        };
        let seen = seen
            .ok_or_else(|| Error::unsupported(format!("a member has no '{method}' for those behind it")))?;
        Ok((seen, label))
    })
}

/// A chain, by what a member's answer is to those behind it, and what it is to whoever asks.
fn chain(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    numbers: impl Fn(&mut Flow<'_, '_>, Answer) -> Result<(Numbers, Numbers)>,
) -> Result<Output> {
    let members = members::of(estimator)?;
    let order = order(estimator, members.len())?;
    let mut values = Vec::new();
    let mut seen = rows;
    for (place, id) in members.iter().enumerate() {
        let answer = flow.answer(*id, seen.clone())?;
        let (to_others, value) = numbers(flow, answer)?;
        if place + 1 < members.len() {
            seen = flow.concat(vec![seen, to_others.into()])?;
        }
        values.push(value);
    }
    let mut of_targets: Vec<(usize, Numbers)> = order.into_iter().zip(values).collect();
    of_targets.sort_unstable_by_key(|(target, _)| *target);
    answer(flow, of_targets.into_iter().map(|(_, value)| value).collect())
}

/// Whether a `LabelBinarizer` was fitted on several labels a row.
pub(super) fn are_told_by(binarizer: &Estimator<'_, '_>) -> bool {
    binarizer.text("y_type_").is_some_and(|kind| kind.starts_with("multilabel"))
}

/// Labels that are 1 where a number is above the threshold, and 0 where it is not.
pub(super) fn above(flow: &mut Flow<'_, '_>, numbers: Numbers, threshold: f64) -> Result<Output> {
    let labels = flow.stepped(numbers, Step::Binarize(Binarize { threshold }))?;
    answer(flow, vec![labels])
}

/// A table of these numbers beside each other, also if it has one column.
pub(super) fn answer(flow: &mut Flow<'_, '_>, values: Vec<Numbers>) -> Result<Output> {
    flow.answer_column(true);
    flow.beside(values).map(Answer::Values).map(Output::Answer)
}

/// What a regressor of one target answers.
fn value(_: &mut Flow<'_, '_>, answer: Answer) -> Result<Numbers> {
    let value = answer.into_values()?;
    check_one(value.width())?;
    Ok(value)
}

/// The label that a classifier answers, which is a number.
fn label(flow: &mut Flow<'_, '_>, answer: Answer) -> Result<Numbers> {
    let ClassAnswer { labels, votes, .. } = flow.classes(answer)?;
    voted(flow, votes, &labels)
}

/// The label of the first of the largest votes.
pub(super) fn voted(flow: &mut Flow<'_, '_>, votes: Numbers, labels: &Labels) -> Result<Numbers> {
    labels.check(votes.width())?;
    let labels = numbers(labels)?;
    let first = flow.stepped(votes, Step::FirstOfLargest)?;
    flow.weighted(&first, &labels, 1)
}

/// The same of several labels, the votes for each standing behind those for the one before.
pub(super) fn voted_for_each(flow: &mut Flow<'_, '_>, votes: &Numbers, labels: &[Labels]) -> Result<Output> {
    let (mut answers, mut start) = (Vec::with_capacity(labels.len()), 0);
    for labels in labels {
        let columns: Vec<usize> = (start..start + labels.len()).collect();
        start += labels.len();
        let votes = flow.columns(votes, &columns)?;
        answers.push(voted(flow, votes, labels)?);
    }
    answer(flow, answers)
}

fn numbers(labels: &Labels) -> Result<Vec<f64>> {
    let number = |label: &i64| {
        let number = i32::try_from(*label).map_err(|_| {
            Error::unsupported(format!(
                "of several labels a row, integers of 32 bits are read, and one is {label}"
            ))
        })?;
        Ok(f64::from(number))
    };
    match labels {
        Labels::Integers(labels) => labels.iter().map(number).collect(),
        Labels::Floats(labels) => Ok(labels.clone()),
        Labels::Booleans(labels) => Ok(labels.iter().map(|label| f64::from(u8::from(*label))).collect()),
        Labels::Strings(_) => Err(Error::unsupported(
            "it answers several labels a row, and labels that are texts: an answer of several values is one of \
             numbers, by every door; labels that are numbers are read",
        )),
    }
}

/// The targets in the order of the members: each once.
fn order(estimator: &Estimator<'_, '_>, n_members: usize) -> Result<Vec<usize>> {
    let id = estimator.required("order_")?;
    let objects = estimator.objects;
    let order: Option<Vec<usize>> = match objects.items(id) {
        Some(items) => items.iter().map(|item| objects.size(*item)).collect(),
        None => match objects.get(id) {
            crate::read::pickle::Object::Array(array) if array.shape().len() == 1 => {
                let targets = array.integers(objects)?;
                targets.into_iter().map(|target| usize::try_from(target).ok()).collect()
            }
            _ => None,
        },
    };
    let order = order.ok_or_else(|| estimator.unexpected("order_", id))?;
    let mut sorted = order.clone();
    sorted.sort_unstable();
    if !sorted.iter().copied().eq(0..n_members) {
        return Err(Error::malformed(format!("'order_' does not name each of {n_members} targets once")));
    }
    Ok(order)
}

fn check_one(width: usize) -> Result<()> {
    match width {
        1 => Ok(()),
        n => Err(Error::malformed(format!("a member answers {n} numbers where one is asked for"))),
    }
}

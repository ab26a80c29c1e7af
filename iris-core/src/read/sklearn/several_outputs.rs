//! `MultiOutputRegressor`, `RegressorChain`, and classifiers that answer several labels a row.

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Output, Rows};
use super::members;
use crate::error::{Error, Result};

/// A regressor a target.
pub(super) fn regressors(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let mut values = Vec::new();
    for id in members::of(estimator)? {
        let answer = flow.answer(*id, rows.clone())?;
        let value = answer.into_values()?;
        check_one(value.width())?;
        values.push(value);
    }
    flow.answer_column(true);
    Ok(Output::Answer(Answer::Values(flow.beside(values)?)))
}

/// Each regressor sees what those before it have answered.
pub(super) fn chain(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let members = members::of(estimator)?;
    let order = order(estimator, members.len())?;
    let mut values = Vec::new();
    let mut seen = rows;
    for (place, id) in members.iter().enumerate() {
        let answer = flow.answer(*id, seen.clone())?;
        let value = answer.into_values()?;
        check_one(value.width())?;
        if place + 1 < members.len() {
            seen = flow.concat(vec![seen, value.clone().into()])?;
        }
        values.push(value);
    }
    let values = flow.beside(values)?;
    let mut of_target = vec![0; order.len()];
    order.iter().enumerate().for_each(|(place, target)| of_target[*target] = place);
    flow.answer_column(true);
    Ok(Output::Answer(Answer::Values(flow.columns(&values, &of_target)?)))
}

/// Classifiers that answer a label for each of several questions, which no task of ours has.
pub(super) fn labels(_: &Estimator<'_, '_>, _: &mut Flow<'_, '_>, _: Rows) -> Result<Output> {
    Err(Error::unsupported("it answers several labels a row, which is not read"))
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

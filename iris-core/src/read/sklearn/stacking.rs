//! `StackingClassifier` and `StackingRegressor`: an estimator of what others say.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Numbers, Output, Rows};
use super::{labels, members};
use crate::error::{Error, Result};
use crate::program::Step;
use crate::read::pickle::ObjectId;
use crate::schema::Labels;

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let id = estimator.required("classes_")?;
    if matches!(estimator.objects.get(id), crate::read::pickle::Object::List(_)) {
        return Err(Error::unsupported("it answers several labels a row, which is not read"));
    }
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let said = said(estimator, flow, rows)?;
    if flow.is_transforming() {
        return Ok(said.into());
    }
    // What the last one learned are the places of the labels.
    let answer = match flow.answer(estimator.required("final_estimator_")?, said.into())? {
        Answer::Scores { scores, link, labels: places, is_decision } => {
            check_places(&places, &labels)?;
            Answer::Scores { scores, link, labels, is_decision }
        }
        Answer::Classes(answer) => {
            check_places(&answer.labels, &labels)?;
            Answer::Classes(ClassAnswer { labels, ..answer })
        }
        Answer::Values(_) => return Err(Error::unsupported("a regressor stands where a classifier would")),
    };
    Ok(Output::Answer(answer))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let said = said(estimator, flow, rows)?;
    if flow.is_transforming() {
        return Ok(said.into());
    }
    let values = flow.answer(estimator.required("final_estimator_")?, said.into())?.into_values()?;
    Ok(Output::Answer(Answer::Values(values)))
}

/// What the members say, side by side, and the columns themselves where these are passed through.
fn said(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Numbers> {
    let members = members::of(estimator)?;
    let (objects, id) = (estimator.objects, estimator.required("stack_method_")?);
    let methods = objects.items(id).ok_or_else(|| estimator.unexpected("stack_method_", id))?;
    let methods: Vec<ObjectId> =
        methods.iter().copied().filter(|method| objects.text(*method).is_some()).collect();
    if methods.len() != members.len() {
        return Err(Error::malformed(format!("{} methods of {} members", methods.len(), members.len())));
    }
    let around = flow.set_transforming(false);
    let mut said = Vec::new();
    for (member, method) in members.iter().zip(methods) {
        let answer = flow.answer(*member, rows.clone())?;
        said.push(of_member(flow, answer, objects.text(method).unwrap_or_default())?);
    }
    flow.set_transforming(around);
    if estimator.flag("passthrough", false)? {
        said.push(flow.numbers(rows)?);
    }
    flow.beside(said)
}

fn of_member(flow: &mut Flow<'_, '_>, answer: Answer, method: &str) -> Result<Numbers> {
    let answer = match answer {
        Answer::Values(values) => return Ok(values),
        answer => flow.classes(answer)?,
    };
    let said = match method {
        "predict_proba" => match answer.probabilities {
            // Of two, one says it all.
            Some(probabilities) if probabilities.width() == 2 => Some(flow.columns(&probabilities, &[1])?),
            probabilities => probabilities,
        },
        "decision_function" => answer.scores,
        "predict" => {
            let labels = numbers(&answer.labels)?;
            let votes = flow.stepped(answer.votes, Step::FirstOfLargest)?;
            Some(flow.weighted(&votes, &labels, 1)?)
        }
        _ => None,
    };
    said.ok_or_else(|| {
        let method: String = method.chars().take(40).collect();
        Error::unsupported(format!("a member has no '{method}'"))
    })
}

fn numbers(labels: &Labels) -> Result<Vec<f64>> {
    #[expect(clippy::cast_precision_loss, reason = "these are places among the labels")]
    match labels {
        Labels::Integers(places) => Ok(places.iter().map(|place| *place as f64).collect()),
        Labels::Floats(numbers) => Ok(numbers.clone()),
        _ => Err(Error::unsupported("a member predicts labels that are no numbers")),
    }
}

/// Places, or the labels themselves of one that was fitted before.
fn check_places(places: &Labels, labels: &Labels) -> Result<()> {
    let are_places =
        matches!(places, Labels::Integers(places) if places.iter().copied().eq((0i64..).take(labels.len())));
    if are_places || places.iter().eq(labels.iter()) {
        return Ok(());
    }
    Err(Error::malformed("its last estimator learned other classes"))
}

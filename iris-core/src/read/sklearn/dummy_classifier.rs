//! `DummyClassifier`: what was most frequent, whatever comes.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::{label_position, labels, several_outputs};
use crate::error::{Error, Result};
use crate::read::pickle::{Object, ObjectId};
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let strategy = strategy(estimator)?;
    if let Some(labels) = labels::several(estimator, flow)? {
        return several(estimator, flow, &rows, &labels, strategy);
    }
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let n_classes = labels.len();
    let priors = estimator.column_numbers("class_prior_", n_classes)?;
    let probabilities = match strategy {
        "prior" => priors,
        "most_frequent" => only(largest(&priors), n_classes),
        _ => only(constant(estimator, estimator.required("constant")?, &labels)?, n_classes),
    };
    let probabilities = flow.constant(&rows, &probabilities)?;
    let votes = probabilities.clone();
    let answer = ClassAnswer { labels, votes, scores: None, probabilities: Some(probabilities) };
    Ok(Output::Answer(Answer::Classes(answer)))
}

/// `"prior"`, `"most_frequent"` or `"constant"`.
fn strategy<'t>(estimator: &Estimator<'t, '_>) -> Result<&'t str> {
    match estimator.text("_strategy").or_else(|| estimator.text("strategy")) {
        // Until 0.24 it was the default to choose by chance.
        Some(chance @ ("stratified" | "uniform")) => Err(Error::unsupported(format!(
            "strategy='{chance}' answers by chance, so that no two answers need be alike"
        ))),
        Some(strategy @ ("prior" | "most_frequent" | "constant")) => Ok(strategy),
        _ => Err(estimator.unexpected("strategy", estimator.required("strategy")?)),
    }
}

/// A label each of several questions.
fn several(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: &Rows,
    labels: &[Labels],
    strategy: &str,
) -> Result<Output> {
    if estimator.flag("sparse_output_", false)? {
        return Err(Error::unsupported("its labels were a sparse matrix, of which it answers places"));
    }
    let name = if strategy == "constant" { "constant" } else { "class_prior_" };
    let id = estimator.required(name)?;
    let of_each = estimator.objects.items(id).filter(|each| each.len() == labels.len());
    let of_each = of_each.ok_or_else(|| estimator.unexpected(name, id))?;
    let mut votes = Vec::new();
    for (labels, of_one) in labels.iter().zip(of_each) {
        let place = match (strategy, estimator.objects.get(*of_one)) {
            ("constant", _) => constant(estimator, *of_one, labels)?,
            (_, Object::Array(priors)) if priors.len() == labels.len() => {
                largest(&priors.floats(estimator.objects)?)
            }
            _ => return Err(estimator.unexpected(name, id)),
        };
        flow.spend(labels.len())?;
        votes.extend(only(place, labels.len()));
    }
    let votes = flow.constant(rows, &votes)?;
    several_outputs::voted_for_each(flow, &votes, labels)
}

/// The place of a label that is always answered.
fn constant(estimator: &Estimator<'_, '_>, label: ObjectId, labels: &Labels) -> Result<usize> {
    label_position::of(estimator.objects, label, labels)
        .ok_or_else(|| estimator.unexpected("constant", label))
}

/// The place of the first of the largest.
fn largest(priors: &[f64]) -> usize {
    let largest = priors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    priors.iter().position(|prior| *prior == largest).unwrap_or(0)
}

/// Certainty of one class.
fn only(place: usize, n_classes: usize) -> Vec<f64> {
    (0..n_classes).map(|class| f64::from(u8::from(class == place))).collect()
}

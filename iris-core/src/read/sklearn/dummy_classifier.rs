//! `DummyClassifier`: what was most frequent, whatever comes.

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::{label_position, labels};
use crate::error::{Error, Result};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let n_classes = labels.len();
    let strategy = estimator.text("_strategy").or_else(|| estimator.text("strategy"));
    let priors = estimator.column_numbers("class_prior_", n_classes)?;
    let most_frequent = || {
        let largest = priors.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        priors.iter().position(|prior| *prior == largest)
    };
    let probabilities = match strategy {
        // Until 0.24 it was the default to choose by chance.
        Some("stratified" | "uniform") => {
            let message = format!(
                "strategy='{}' answers by chance, so that no two answers need be alike",
                strategy.unwrap_or_default()
            );
            return Err(Error::unsupported(message));
        }
        Some("prior") => priors,
        Some("most_frequent") => only(most_frequent().unwrap_or(0), n_classes),
        Some("constant") => {
            let constant = estimator.required("constant")?;
            let place = label_position::of(estimator.objects, constant, &labels)
                .ok_or_else(|| estimator.unexpected("constant", constant))?;
            only(place, n_classes)
        }
        _ => {
            let strategy = estimator.required("strategy")?;
            return Err(estimator.unexpected("strategy", strategy));
        }
    };
    let probabilities = flow.constant(&rows, &probabilities)?;
    let votes = probabilities.clone();
    let answer = ClassAnswer { labels, votes, scores: None, probabilities: Some(probabilities) };
    Ok(Output::Answer(Answer::Classes(answer)))
}

/// Certainty of one class.
fn only(place: usize, n_classes: usize) -> Vec<f64> {
    (0..n_classes).map(|class| f64::from(u8::from(class == place))).collect()
}

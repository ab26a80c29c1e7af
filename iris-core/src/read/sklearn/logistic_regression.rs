//! `LogisticRegression`, multinomial or one against the rest.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear};
use crate::error::Result;
use crate::linear::Link;
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let link = link(estimator, &labels)?;
    linear::classifier(estimator, flow, rows, labels, link)
}

/// `multi_class` decided until it was removed in 1.8. Where it says
/// multinomial, two classes are the softmax of the score and its negative.
fn link(estimator: &Estimator<'_, '_>, labels: &Labels) -> Result<Link> {
    let is_binary = labels.len() == 2;
    let one_vs_rest = if is_binary { Link::Logistic } else { Link::OneVsRest };
    // newton-cholesky learned the multinomial loss in 1.6.
    let only_one_vs_rest = match estimator.text("solver") {
        Some("liblinear") => true,
        Some("newton-cholesky") => !estimator.is_since(1, 6),
        _ => false,
    };
    let Some(id) = estimator.get("multi_class") else {
        return Ok(if is_binary { Link::Logistic } else { Link::Softmax });
    };
    match estimator.objects.text(id) {
        // Until 0.22 the default was to warn that it would change.
        Some("ovr" | "warn") => Ok(one_vs_rest),
        Some("auto" | "deprecated") if is_binary || only_one_vs_rest => Ok(one_vs_rest),
        Some("auto" | "deprecated" | "multinomial") => Ok(Link::Softmax),
        _ => Err(estimator.unexpected("multi_class", id)),
    }
}

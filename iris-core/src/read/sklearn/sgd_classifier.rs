//! `SGDClassifier`, whose loss says what its scores mean.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear};
use crate::error::Result;
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let link = match estimator.text("loss") {
        // Until 1.1 it was called `log`.
        Some("log_loss" | "log") if labels.len() == 2 => Link::Logistic,
        Some("log_loss" | "log") => Link::OneVsRest,
        Some("modified_huber") => Link::ModifiedHuber,
        Some(_) => Link::Identity,
        None => return Err(estimator.unexpected("loss", estimator.required("loss")?)),
    };
    linear::classifier(estimator, flow, rows, labels, link)
}

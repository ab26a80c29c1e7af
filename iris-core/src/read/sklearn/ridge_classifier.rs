//! `RidgeClassifier`: regression on -1 and 1.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear, several_outputs};
use crate::error::{Error, Result};
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let binarizer = flow.open(estimator.required("_label_binarizer")?)?;
    if several_outputs::are_told_by(&binarizer) {
        if !estimator.is_since(1, 0) {
            let message = "it was fitted on several labels a row, of which its release answers the likeliest";
            return Err(Error::unsupported(message));
        }
        let scores = linear::scores(estimator, flow, rows)?;
        return several_outputs::above(flow, scores, 0.0);
    }
    // The classes were a property until they became an attribute.
    let labels = labels::of(if estimator.get("classes_").is_some() { estimator } else { &binarizer }, flow)?;
    linear::classifier(estimator, flow, rows, labels, Link::Identity)
}

//! `RidgeClassifier`: regression on -1 and 1.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::{labels, linear};
use crate::error::{Error, Result};
use crate::linear::Link;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let binarizer = flow.open(estimator.required("_label_binarizer")?)?;
    if binarizer.text("y_type_").is_some_and(|kind| kind.starts_with("multilabel")) {
        return Err(Error::unsupported("it answers several labels a row, which is not read"));
    }
    // The classes were a property until they became an attribute.
    let labels = labels::of(if estimator.get("classes_").is_some() { estimator } else { &binarizer }, flow)?;
    linear::classifier(estimator, flow, rows, labels, Link::Identity)
}

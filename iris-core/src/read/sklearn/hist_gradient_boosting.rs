//! `HistGradientBoostingClassifier` and its regressor: trees in double precision, with categories and missing values.
//!
//! | since | what changed |
//! |---|---|
//! | 1.2 | numbers below 0 are missing where categories are asked for; before, the lowest byte counted |
//! | 1.4 | columns of categories are encoded, and come first |
//! | 1.5 | of two classes a score above 0 is the second's; before, the first of equal probabilities counted |

mod predictor;

use super::estimator::Estimator;
use super::flow::{Answer, Flow, Numbers, Output, Rows};
use super::gradient_boosting::{several, two};
use super::labels;
use crate::error::{Error, Result};
use crate::program::{Above, Function, Step};
use crate::read::pickle::{Object, ObjectId};
use crate::trees::{Planting, Precision, Sum};
use predictor::Known;

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(labels.len())?;
    let n_classes = labels.len();
    let by_scores = estimator.is_since(1, 5);
    let answer = if n_classes == 2 {
        let score = raw(estimator, flow, rows, 1)?;
        let above = Above { threshold: 0.0, or_equal: false };
        two(flow, labels, score, 1.0, by_scores.then_some(above))?
    } else {
        let scores = raw(estimator, flow, rows, n_classes)?;
        several(flow, labels, scores, by_scores)?
    };
    Ok(Output::Answer(Answer::Classes(answer)))
}

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let is_logarithm = match estimator.text("loss") {
        Some("poisson" | "gamma") => true,
        Some(
            "squared_error" | "least_squares" | "absolute_error" | "least_absolute_deviation" | "quantile",
        ) => false,
        _ => return Err(estimator.unexpected("loss", estimator.required("loss")?)),
    };
    let values = raw(estimator, flow, rows, 1)?;
    let values = if is_logarithm { flow.stepped(values, Step::Function(Function::EXP))? } else { values };
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(values)))
}

/// The sums of the trees, from the baseline on.
fn raw(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    n_outputs: usize,
) -> Result<Numbers> {
    let rows = preprocessed(estimator, flow, rows)?;
    let start = estimator.numbers("_baseline_prediction")?.values;
    if start.len() != n_outputs {
        let message = format!("'_baseline_prediction' has {} numbers for {n_outputs} outputs", start.len());
        return Err(Error::malformed(message));
    }
    let width = rows.width();
    let bin_mapper = flow.part_of(estimator, estimator.required("_bin_mapper")?)?;
    let known = Known::of(&bin_mapper, width, !estimator.is_since(1, 2))?;
    let mut planting =
        Planting::new(width, n_outputs, Precision::Double).taking_missing(true).taking_infinite(true);
    let id = estimator.required("_predictors")?;
    let stages = estimator.objects.items(id).ok_or_else(|| estimator.unexpected("_predictors", id))?;
    let mut number = 0;
    for stage in stages {
        let trees = estimator.objects.items(*stage).filter(|trees| trees.len() == n_outputs);
        let trees = trees.ok_or_else(|| {
            Error::malformed(format!(
                "a stage of '_predictors' has not a tree for each of {n_outputs} outputs"
            ))
        })?;
        for (output, id) in trees.iter().enumerate() {
            let tree = flow.part_of(estimator, *id)?;
            let tree = predictor::tree(&tree, flow, &known, output);
            planting.plant(&tree.map_err(|error| error.within(format!("tree {number}")))?)?;
            number += 1;
        }
    }
    let forest = planting.finish(Sum { start, ..Sum::plain(n_outputs) })?;
    let numbers = flow.numbers(rows)?;
    flow.stepped(numbers, Step::Trees(Box::new(forest)))
}

/// The columns as the trees see them: categories by their numbers and in front, where there are any.
fn preprocessed(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Rows> {
    if estimator.is_none("_preprocessor") {
        return Ok(rows);
    }
    let preprocessor = flow.part_of(estimator, estimator.required("_preprocessor")?)?;
    let first = encoder(&preprocessor)?;
    let categorical = estimator.masked("is_categorical_", rows.width())?;
    let others: Vec<usize> = (0..rows.width()).filter(|column| !categorical.contains(column)).collect();
    let encoded = flow.select(&rows, &categorical)?;
    let encoded = flow.transformed(first, encoded)?;
    if others.is_empty() {
        return Ok(encoded);
    }
    let numbers = flow.select(&rows, &others)?;
    flow.concat(vec![encoded, numbers])
}

/// The `OrdinalEncoder` of its transformers; the other only checks that numbers are numbers.
fn encoder(preprocessor: &Estimator<'_, '_>) -> Result<ObjectId> {
    let objects = preprocessor.objects;
    let id = preprocessor.required("transformers_")?;
    let branches = objects.items(id).unwrap_or_default();
    let named = |branch: &ObjectId| match objects.items(*branch) {
        Some([name, transformer, _]) if objects.text(*name) == Some("encoder") => Some(*transformer),
        _ => None,
    };
    let encoder = branches.iter().find_map(named).filter(|id| matches!(objects.get(*id), Object::Call(_)));
    encoder.ok_or_else(|| preprocessor.unexpected("transformers_", id))
}

//! `ai.onnx.ml.LinearClassifier` and `LinearRegressor`, and what classifiers have in common.

use std::rc::Rc;

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{Known, Texts, Value};
use super::elementwise::{one, two};
use super::fold::reduced;
use super::moving::joined;
use super::product::product;
use super::texts::{codes, looked_up};
use crate::error::{Error, Result};
use crate::program::{FoldNumbers, One, Two, What};
use crate::read::onnx::plan::value::Kind;
use crate::read::transposed;
use crate::schema::Labels;

/// A label, and the scores or probabilities of the classes.
pub(super) fn classifier(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Vec<Value>> {
    let labels = call.node.labels("classlabels_strings", "classlabels_ints")?;
    let scores = scores(planner, call)?;
    let transform = call.node.string("post_transform", "NONE")?;
    let is_one = scores.len() == 1 && labels.len() == 2;
    let scores = if is_one {
        let first = one(planner, One::Neg, &scores)?;
        joined(planner, &[first, scores], 1)?
    } else {
        scores
    };
    let place = reduced(planner, FoldNumbers::Largest, &scores, &[1], false)?;
    let label = labelled(planner, &place, &labels)?;
    Ok(vec![label, transformed(planner, scores, &transform, is_one)?])
}

/// One number a target.
pub(super) fn regressor(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let scores = scores(planner, call)?;
    let transform = call.node.string("post_transform", "NONE")?;
    transformed(planner, scores, &transform, false)
}

fn scores(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let x = rows(call)?;
    let n_features = x.len();
    let coefficients = call.node.floats("coefficients")?;
    let intercepts = call.node.floats("intercepts")?;
    let n_scores = coefficients.len() / n_features;
    if n_scores == 0 || coefficients.len() % n_features != 0 {
        return Err(Error::malformed(format!(
            "{} coefficients do not fit rows of {n_features} values",
            coefficients.len()
        )));
    }
    let weights = transposed(&coefficients, n_features, |weight| *weight);
    let weights = Value::constant(vec![n_features, n_scores], x.kind, weights);
    let scores = product(planner, &x, &weights)?;
    // Without an intercept converters write one zero for however many targets.
    if intercepts.iter().all(|intercept| *intercept == 0.0) && intercepts.len() <= 1 {
        return Ok(scores);
    }
    if intercepts.len() != n_scores {
        return Err(Error::malformed(format!("{} intercepts for {n_scores} scores", intercepts.len())));
    }
    let intercepts = Value::constant(vec![1, n_scores], scores.kind, intercepts);
    two(planner, Two::Add, &scores, &intercepts)
}

/// The first input as a row of numbers, of which the operators of `ai.onnx.ml` answer single ones.
pub(super) fn rows(call: &Call<'_>) -> Result<Value> {
    let x = call.not_empty(0)?;
    let kind = if x.kind == Kind::Double { Kind::Double } else { Kind::Single };
    Ok(Value { kind, ..x.reshaped(vec![1, x.len()]) })
}

/// What an operator's `post_transform` makes of scores.
pub(super) fn transformed(
    planner: &mut Planner<'_>,
    scores: Value,
    name: &str,
    is_one: bool,
) -> Result<Value> {
    let scores = Value { kind: Kind::Single, ..scores };
    match name {
        "NONE" => Ok(scores),
        "LOGISTIC" => one(planner, One::Sigmoid, &scores),
        "SOFTMAX" if !is_one => {
            let what = What::Softmax { n: scores.len(), is_logarithm: false };
            let made = planner.direct(&scores, scores.shape.clone(), scores.kind, what)?;
            Ok(made.with(Known::within(0.0, 1.0)))
        }
        other => Err(Error::unsupported(format!("post_transform {other} over {} scores", scores.len()))),
    }
}

/// The labels of classes, by their places.
pub(super) fn labelled(planner: &mut Planner<'_>, place: &Value, labels: &Labels) -> Result<Value> {
    #[expect(clippy::cast_precision_loss, reason = "labels above 2^53 are refused by whoever compares them")]
    match labels {
        Labels::Strings(texts) => {
            let texts: Rc<[String]> = texts.iter().cloned().collect();
            let known = Known::among((0..texts.len()).map(|code| code as f64));
            Ok(Value { kind: Kind::Text, texts: Texts::Of(texts), ..place.clone() }.with(known))
        }
        Labels::Integers(numbers) => {
            let numbers: Vec<f64> = numbers.iter().map(|number| *number as f64).collect();
            looked_up(planner, place, codes(&numbers), Kind::Whole)
        }
        _ => Err(Error::unsupported("labels that are neither texts nor integers")),
    }
}

/// Probabilities as a map by label; the labels are those of the label output.
pub(super) fn zip_map(call: &Call<'_>) -> Result<Value> {
    let value = call.numbers(0)?;
    let labels = call.node.labels("classlabels_strings", "classlabels_int64s")?;
    if labels.len() == value.len() {
        Ok(value.clone())
    } else {
        Err(Error::malformed(format!("{} class labels for {} columns", labels.len(), value.len())))
    }
}

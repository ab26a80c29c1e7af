//! `ai.onnx.ml.LinearClassifier`, and the `ZipMap` behind it.

use std::rc::Rc;

use super::arithmetic::product;
use crate::error::{Error, Result};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Activation, Symbol, Value};
use crate::read::transposed;

/// A label and the scores behind it, transformed as `post_transform` says.
pub(super) fn linear_classifier(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Vec<Value>> {
    let x = node.rows(0)?;
    let labels = node.labels("classlabels_strings", "classlabels_ints")?;
    let mut scores = linear(steps, node, x)?;
    let n_scores = scores.width();
    let single = n_scores == 1 && labels.len() == 2;
    if single {
        scores.affine = scores.affine.for_two_classes();
    }
    let activation = match node.string("post_transform", "NONE")?.as_str() {
        "NONE" => Activation::None,
        "LOGISTIC" => Activation::Logistic,
        "SOFTMAX" if !single => Activation::Softmax,
        other => {
            return Err(Error::unsupported(format!("post_transform {other} over {n_scores} scores")));
        }
    };
    let scores = Rc::new(scores);
    let output: Symbol = scores.with(activation);
    Ok(vec![Value::Label(scores, labels), Value::Rows(Rc::new(output))])
}

/// `x · coefficientsᵀ + intercepts`, one line of coefficients a score.
pub(super) fn linear(steps: &mut StepBuilder, node: &Node<'_>, x: &Symbol) -> Result<Symbol> {
    let coefficients = node.floats("coefficients")?;
    let intercepts = node.floats("intercepts")?;
    let n_features = x.width();
    let n_scores = coefficients.len() / n_features;
    if n_scores == 0 || coefficients.len() % n_features != 0 {
        return Err(Error::malformed(format!(
            "{} coefficients do not fit rows of {n_features} values",
            coefficients.len()
        )));
    }
    // Without an intercept skl2onnx writes one zero for however many targets.
    let is_without = intercepts.iter().all(|intercept| *intercept == 0.0) && intercepts.len() <= 1;
    if !is_without && intercepts.len() != n_scores {
        return Err(Error::malformed(format!("{} intercepts for {n_scores} scores", intercepts.len())));
    }
    // One line of coefficients a score in the file, one column a score here.
    let weights = transposed(&coefficients, n_features, |weight| *weight);
    let mut scores = product(steps, x, weights, n_scores)?;
    if intercepts.iter().any(|intercept| *intercept != 0.0) {
        scores.affine = scores.affine.shifted(|column| intercepts[column]);
    }
    Ok(scores)
}

/// Probabilities as a map by label; the labels are those of the label output.
pub(super) fn zip_map(node: &Node<'_>) -> Result<Value> {
    let x = node.rows(0)?;
    let labels = node.labels("classlabels_strings", "classlabels_int64s")?;
    if labels.len() == x.width() {
        Ok(Value::Rows(x.clone()))
    } else {
        Err(Error::malformed(format!("{} class labels for {} columns", labels.len(), x.width())))
    }
}

//! `ai.onnx.ml.TreeEnsembleClassifier`, `TreeEnsembleRegressor` and `TreeEnsemble`.

mod aggregate;
mod ensemble;
mod nodes;

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::program::{EnsembleKind, EnsembleOutput, EnsemblePart, PostTransform, Step};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Activation, Symbol, Value};
use crate::schema::{Dtype, Labels};
use crate::trees::Precision;
use aggregate::Aggregate;
use nodes::Ensemble;

/// A label, and the scores or probabilities of the classes.
pub(in crate::read::onnx) fn classifier(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Vec<Value>> {
    let labels = node.labels("classlabels_strings", "classlabels_int64s")?;
    let ensemble = nodes::read(steps, node, labels.len(), "class")?;
    let base = node.floats_or_tensor("base_values")?;
    let transform = transform(&node.string("post_transform", "NONE")?)?;
    let all_positive = ensemble.is_positive;
    let kind = match labels.len() {
        2 => {
            let [has_first, has_second] = [0, 1].map(|class| ensemble.outputs.contains(&class));
            EnsembleKind::Two { has_first, has_second, all_positive }
        }
        _ => EnsembleKind::Several,
    };
    check_classes(&labels, &base, kind, transform)?;
    let precision = precision(node)?;
    let output =
        |part| Step::EnsembleOutput(Box::new(EnsembleOutput { precision, base: base.clone(), kind, part }));
    // A base value is a score. Without one, a row is of no class that none of its leaves has a weight for.
    let (sums, votes) = if kind == EnsembleKind::Several && base.is_empty() {
        aggregate::sums_and_votes(steps, node, ensemble, labels.len())?
    } else {
        let sums = aggregate::of(steps, node, ensemble, (labels.len(), Aggregate::Sum), &mut Vec::new())?;
        let votes = steps.push(&sums, output(EnsemblePart::Votes))?;
        (sums, votes)
    };
    let scores = steps.push(&sums, output(EnsemblePart::Scores { transform, rounded: true }))?;
    // The operator does not say which they are. Weights that are never negative are shares of a class.
    let are_probabilities = !matches!(transform, PostTransform::None | PostTransform::Probit) || all_positive;
    let activation = if are_probabilities { Activation::Probabilities } else { Activation::None };
    Ok(vec![
        Value::Label(Rc::new(votes.with(Activation::Votes)), labels),
        Value::from(Symbol { activation, dtype: Dtype::F32, ..scores }),
    ])
}

/// What onnxruntime answers otherwise than the labels say, or not at all.
fn check_classes(labels: &Labels, base: &[f64], kind: EnsembleKind, transform: PostTransform) -> Result<()> {
    if !(base.is_empty() || base.len() == labels.len() || (labels.len() == 2 && base.len() == 1)) {
        return Err(Error::malformed(format!("{} base values for {} classes", base.len(), labels.len())));
    }
    match kind {
        EnsembleKind::Two { has_first: true, has_second: true, .. } if matches!(labels, Labels::Integers(labels) if *labels != [0, 1]) => {
            Err(Error::unsupported(
                "weights for both of two classes, which onnxruntime calls 0 and 1 whatever their labels are",
            ))
        }
        EnsembleKind::Two { has_second: false, .. }
            if transform == PostTransform::Probit && base.len() < 2 =>
        {
            Err(Error::unsupported("post_transform PROBIT over one score of two classes"))
        }
        _ => Ok(()),
    }
}

/// A number a target.
pub(in crate::read::onnx) fn regressor(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let n_targets = n_targets(steps, node)?;
    let ensemble = nodes::read(steps, node, n_targets, "target")?;
    let aggregate = match node.string("aggregate_function", "SUM")?.as_str() {
        "AVERAGE" => Aggregate::Average,
        "SUM" => Aggregate::Sum,
        "MIN" => Aggregate::Least,
        "MAX" => Aggregate::Largest,
        other => {
            return Err(Error::malformed(format!("aggregate_function {other} is none of the operator's")));
        }
    };
    let base = node.floats_or_tensor("base_values")?;
    let transform = transform(&node.string("post_transform", "NONE")?)?;
    values(steps, node, ensemble, (n_targets, aggregate), base, transform)
}

/// The same as version 5 of the operators has it.
pub(in crate::read::onnx) fn ensemble(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let n_targets = n_targets(steps, node)?;
    let ensemble = ensemble::read(steps, node, n_targets)?;
    let aggregate = match node.int("aggregate_function", 1) {
        0 => Aggregate::Average,
        1 => Aggregate::Sum,
        2 => Aggregate::Least,
        3 => Aggregate::Largest,
        other => return Err(Error::malformed(format!("aggregate_function {other} is none of 0 to 3"))),
    };
    let transform = match node.int("post_transform", 0) {
        0 => PostTransform::None,
        1 => PostTransform::Softmax,
        2 => PostTransform::Logistic,
        3 => PostTransform::SoftmaxZero,
        4 => PostTransform::Probit,
        other => return Err(Error::malformed(format!("post_transform {other} is none of 0 to 4"))),
    };
    values(steps, node, ensemble, (n_targets, aggregate), Vec::new(), transform)
}

fn values(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: Ensemble,
    (n_targets, aggregate): (usize, Aggregate),
    mut base: Vec<f64>,
    transform: PostTransform,
) -> Result<Value> {
    if !(base.is_empty() || base.len() == n_targets) {
        return Err(Error::malformed(format!("{} base values for {n_targets} targets", base.len())));
    }
    let precision = precision(node)?;
    let rounded = ensemble.answers_single && precision == Precision::Double;
    let values = aggregate::of(steps, node, ensemble, (n_targets, aggregate), &mut base)?;
    if base.is_empty() && transform == PostTransform::None && !rounded {
        return Ok(Value::from(values));
    }
    let part = EnsemblePart::Scores { transform, rounded };
    let output = EnsembleOutput { precision, base, kind: EnsembleKind::Several, part };
    Ok(Value::from(steps.answer(&values, Step::EnsembleOutput(Box::new(output)))?))
}

/// The type that a node computes in: that of its rows.
fn precision(node: &Node<'_>) -> Result<Precision> {
    Ok(match node.rows(0)?.dtype {
        Dtype::F32 => Precision::Single,
        Dtype::F64 => Precision::Double,
    })
}

/// Bytes that announce a number of targets are few, however many it is.
fn n_targets(steps: &mut StepBuilder, node: &Node<'_>) -> Result<usize> {
    let announced = node.int("n_targets", 1);
    let n_targets = usize::try_from(announced).ok().filter(|n| *n > 0);
    let n_targets = n_targets.ok_or_else(|| Error::malformed(format!("{announced} targets")))?;
    steps.spend(n_targets)?;
    Ok(n_targets)
}

fn transform(name: &str) -> Result<PostTransform> {
    Ok(match name {
        "NONE" => PostTransform::None,
        "LOGISTIC" => PostTransform::Logistic,
        "SOFTMAX" => PostTransform::Softmax,
        "SOFTMAX_ZERO" => PostTransform::SoftmaxZero,
        "PROBIT" => PostTransform::Probit,
        other => return Err(Error::malformed(format!("post_transform {other} is none of the operator's"))),
    })
}

//! `ai.onnx.ml.TreeEnsembleClassifier`, `TreeEnsembleRegressor` and `TreeEnsemble`.

mod ensemble;
mod nodes;

use std::rc::Rc;

use crate::error::{Error, Result};
use crate::program::{EnsembleKind, EnsembleOutput, EnsemblePart, PostTransform, Step};
use crate::read::onnx::node::Node;
use crate::read::onnx::steps::StepBuilder;
use crate::read::onnx::symbol::{Activation, Symbol, Value};
use crate::schema::{Dtype, Labels};
use crate::trees::{Finish, Planting, Precision, Sum};
use nodes::Ensemble;

/// A label, and the scores or probabilities of the classes.
pub(super) fn classifier(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Vec<Value>> {
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
    check_classes(&ensemble, &labels, &base, kind, transform)?;
    let (precision, sums) = sums(steps, node, &ensemble, labels.len(), Finish::Nothing)?;
    let output =
        |part| Step::EnsembleOutput(Box::new(EnsembleOutput { precision, base: base.clone(), kind, part }));
    let votes = steps.push(&sums, output(EnsemblePart::Votes))?;
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
fn check_classes(
    ensemble: &Ensemble,
    labels: &Labels,
    base: &[f64],
    kind: EnsembleKind,
    transform: PostTransform,
) -> Result<()> {
    if !(base.is_empty() || base.len() == labels.len() || (labels.len() == 2 && base.len() == 1)) {
        return Err(Error::malformed(format!("{} base values for {} classes", base.len(), labels.len())));
    }
    match kind {
        EnsembleKind::Several if base.is_empty() && ensemble.outputs.len() < labels.len() => {
            Err(Error::unsupported("a class that no leaf has a weight for"))
        }
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
pub(super) fn regressor(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let n_targets = n_targets(node)?;
    let ensemble = nodes::read(steps, node, n_targets, "target")?;
    let finish = match node.string("aggregate_function", "SUM")?.as_str() {
        "SUM" => Finish::Nothing,
        "AVERAGE" => mean(&ensemble),
        other => return Err(aggregate(other)),
    };
    let base = node.floats_or_tensor("base_values")?;
    let transform = transform(&node.string("post_transform", "NONE")?)?;
    values(steps, node, &ensemble, (n_targets, finish), base, transform)
}

/// The same as version 5 of the operators has it.
pub(super) fn ensemble(steps: &mut StepBuilder, node: &Node<'_>) -> Result<Value> {
    let n_targets = n_targets(node)?;
    let ensemble = ensemble::read(steps, node, n_targets)?;
    let finish = match node.int("aggregate_function", 1) {
        0 => mean(&ensemble),
        1 => Finish::Nothing,
        2 => return Err(aggregate("MIN")),
        _ => return Err(aggregate("MAX")),
    };
    let transform = match node.int("post_transform", 0) {
        0 => PostTransform::None,
        1 => PostTransform::Softmax,
        2 => PostTransform::Logistic,
        3 => PostTransform::SoftmaxZero,
        4 => PostTransform::Probit,
        other => return Err(Error::malformed(format!("post_transform {other} is none of 0 to 4"))),
    };
    values(steps, node, &ensemble, (n_targets, finish), Vec::new(), transform)
}

fn values(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: &Ensemble,
    (n_targets, finish): (usize, Finish),
    base: Vec<f64>,
    transform: PostTransform,
) -> Result<Value> {
    if !(base.is_empty() || base.len() == n_targets) {
        return Err(Error::malformed(format!("{} base values for {n_targets} targets", base.len())));
    }
    let (precision, sums) = sums(steps, node, ensemble, n_targets, finish)?;
    let rounded = ensemble.answers_single && precision == Precision::Double;
    if base.is_empty() && transform == PostTransform::None && !rounded {
        return Ok(Value::from(sums));
    }
    let part = EnsemblePart::Scores { transform, rounded };
    let output = EnsembleOutput { precision, base, kind: EnsembleKind::Several, part };
    Ok(Value::from(steps.answer(&sums, Step::EnsembleOutput(Box::new(output)))?))
}

/// The sums over trees, and the type that they are added in: that of the rows.
fn sums(
    steps: &mut StepBuilder,
    node: &Node<'_>,
    ensemble: &Ensemble,
    n_outputs: usize,
    finish: Finish,
) -> Result<(Precision, Symbol)> {
    let rows = node.rows(0)?;
    let precision = match rows.dtype {
        Dtype::F32 => Precision::Single,
        Dtype::F64 => Precision::Double,
    };
    let mut planting =
        Planting::new(rows.width(), n_outputs, precision).taking_missing(ensemble.takes_missing);
    for tree in &ensemble.trees {
        planting.plant(tree)?;
    }
    let forest = planting.finish(Sum { precision, start: vec![0.0; n_outputs], finish })?;
    Ok((precision, steps.answer(rows, Step::Trees(Box::new(forest)))?))
}

fn n_targets(node: &Node<'_>) -> Result<usize> {
    let n_targets = node.int("n_targets", 1);
    usize::try_from(n_targets)
        .ok()
        .filter(|n| *n > 0)
        .ok_or_else(|| Error::malformed(format!("{n_targets} targets")))
}

#[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 trees")]
fn mean(ensemble: &Ensemble) -> Finish {
    Finish::Divide(ensemble.trees.len() as f64)
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

#[cold]
fn aggregate(name: &str) -> Error {
    Error::unsupported(format!("aggregate_function {name}; sums and averages are read"))
}

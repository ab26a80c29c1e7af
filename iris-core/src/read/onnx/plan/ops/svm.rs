//! `ai.onnx.ml.SVMClassifier` and `SVMRegressor`.

use super::super::call::Call;
use super::super::planner::Planner;
use super::super::value::{Kind, Known, Value};
use super::elementwise::{one, two};
use super::fold::reduced;
use super::linear::{labelled, rows, transformed};
use super::moving::joined;
use super::product::product;
use crate::error::{Error, Result};
use crate::program::{Coupling, FoldNumbers, One, PairVotes, Two, VectorKernel, VectorKernelKind, What};
use crate::read::transposed;
use crate::schema::Labels;

/// A label, and scores of pairs, or probabilities of classes.
pub(super) fn classifier(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Vec<Value>> {
    let labels = call.node.labels("classlabels_strings", "classlabels_ints")?;
    let transform = call.node.string("post_transform", "NONE")?;
    let per_class = call.node.ints("vectors_per_class");
    if per_class.is_empty() {
        return of_weights(planner, call, &labels, &transform);
    }
    let sizes: Vec<usize> = per_class.iter().map(|n| usize::try_from(*n).unwrap_or(usize::MAX)).collect();
    let n_vectors = sizes.iter().try_fold(0usize, |sum, size| sum.checked_add(*size));
    let n_vectors = n_vectors.filter(|n| *n > 0).ok_or_else(|| Error::malformed("no support vectors"))?;
    let n_classes = labels.len();
    if n_classes < 2 || sizes.len() != n_classes {
        return Err(Error::malformed(format!(
            "{} groups of support vectors for {n_classes} classes",
            sizes.len()
        )));
    }
    let scores = pair_scores(planner, call, &sizes, n_vectors)?;
    let n_pairs = scores.len();
    let votes = What::PairVotes(PairVotes { n_classes });
    let votes = planner.direct(&scores, vec![1, n_classes], Kind::Single, votes)?;
    let place = reduced(planner, FoldNumbers::Largest, &votes, &[1], false)?;
    let label = labelled(planner, &place, &labels)?;
    let (a, b) = (call.node.floats("prob_a")?, call.node.floats("prob_b")?);
    if a.is_empty() {
        let scores = match n_pairs {
            // Of two classes the first column is the larger the more it is the second.
            1 => {
                let first = one(planner, One::Neg, &scores)?;
                let both = joined(planner, &[first, scores], 1)?;
                let known = Known { is_reversed: true, ..both.known.clone() };
                both.with(known)
            }
            _ => scores,
        };
        return Ok(vec![label, transformed(planner, scores, &transform, n_pairs == 1)?]);
    }
    if a.len() != n_pairs || b.len() != n_pairs {
        return Err(Error::malformed(format!("{} and {} sigmoids for {n_pairs} pairs", a.len(), b.len())));
    }
    let coupling = What::Coupling(Coupling { n_classes, a: a.into(), b: b.into() });
    let probabilities = planner.direct(&scores, vec![1, n_classes], Kind::Single, coupling)?;
    let probabilities = probabilities.with(Known::within(0.0, 1.0));
    Ok(vec![label, transformed(planner, probabilities, &transform, false)?])
}

/// A linear machine: a score a class.
fn of_weights(
    planner: &mut Planner<'_>,
    call: &Call<'_>,
    labels: &Labels,
    transform: &str,
) -> Result<Vec<Value>> {
    let x = rows(call)?;
    let weights = call.node.floats("coefficients")?;
    let rho = call.node.floats("rho")?;
    let n_classes = labels.len();
    if n_classes < 2 || weights.len() != n_classes * x.len() || rho.is_empty() {
        return Err(Error::unsupported(format!(
            "{} coefficients without support vectors, for {n_classes} classes of {} columns",
            weights.len(),
            x.len()
        )));
    }
    let weights = transposed(&weights, x.len(), |weight| *weight);
    let weights = Value::constant(vec![x.len(), n_classes], x.kind, weights);
    let offset = Value::constant(Vec::new(), x.kind, vec![rho[0]]);
    let scores = product(planner, &x, &weights)?;
    let scores = two(planner, Two::Add, &scores, &offset)?;
    let place = reduced(planner, FoldNumbers::Largest, &scores, &[1], false)?;
    let label = labelled(planner, &place, labels)?;
    Ok(vec![label, transformed(planner, scores, transform, false)?])
}

/// A score for each pair of classes.
fn pair_scores(
    planner: &mut Planner<'_>,
    call: &Call<'_>,
    sizes: &[usize],
    n_vectors: usize,
) -> Result<Value> {
    let kernels = kernels(planner, call, n_vectors)?;
    let coefficients = call.node.floats("coefficients")?;
    let rho = call.node.floats("rho")?;
    let n_classes = sizes.len();
    let n_pairs = n_classes * (n_classes - 1) / 2;
    if coefficients.len() != (n_classes - 1).saturating_mul(n_vectors) || rho.len() != n_pairs {
        return Err(Error::malformed(format!(
            "{} coefficients and {} offsets for {n_classes} classes and {n_vectors} support vectors",
            coefficients.len(),
            rho.len()
        )));
    }
    // A column a pair: of the vectors of either class those coefficients that are against the other.
    planner.steps.spend(n_vectors.saturating_mul(n_pairs))?;
    let starts: Vec<usize> =
        sizes.iter().scan(0, |sum, size| Some(std::mem::replace(sum, *sum + size))).collect();
    let mut weights = vec![0.0; n_vectors * n_pairs];
    let mut pair = 0;
    for first in 0..n_classes {
        for second in first + 1..n_classes {
            for (class, line) in [(first, second - 1), (second, first)] {
                for vector in starts[class]..starts[class] + sizes[class] {
                    weights[vector * n_pairs + pair] = coefficients[line * n_vectors + vector];
                }
            }
            pair += 1;
        }
    }
    let weights = Value::constant(vec![n_vectors, n_pairs], kernels.kind, weights);
    let offsets = Value::constant(vec![1, n_pairs], kernels.kind, rho);
    let scores = product(planner, &kernels, &weights)?;
    two(planner, Two::Add, &scores, &offsets)
}

/// How alike a row is to each of so many support vectors.
fn kernels(planner: &mut Planner<'_>, call: &Call<'_>, n_vectors: usize) -> Result<Value> {
    let x = rows(call)?;
    let n = x.len();
    let vectors = call.node.floats("support_vectors")?;
    if Some(vectors.len()) != n.checked_mul(n_vectors) {
        return Err(Error::malformed(format!(
            "{} numbers of {n_vectors} support vectors for rows of {n} values",
            vectors.len()
        )));
    }
    let kind = match call.node.string("kernel_type", "LINEAR")?.as_str() {
        "LINEAR" => VectorKernelKind::Linear,
        "POLY" => VectorKernelKind::Poly,
        "RBF" => VectorKernelKind::Rbf,
        "SIGMOID" => VectorKernelKind::Sigmoid,
        other => return Err(Error::malformed(format!("kernel_type {other} is none of the operator's"))),
    };
    let parameters = call.node.floats("kernel_params")?;
    let [gamma, coef0, degree] = match parameters[..] {
        [] => [0.0; 3],
        [gamma, coef0, degree] => [gamma, coef0, degree],
        _ => return Err(Error::malformed(format!("{} kernel_params, not 3", parameters.len()))),
    };
    planner.steps.spend(vectors.len())?;
    let kernel = VectorKernel { vectors: vectors.into(), n, kind, gamma, coef0, degree };
    planner.direct(&x, vec![1, n_vectors], Kind::Single, What::Kernel(kernel))
}

/// One number, or for outliers 1 or -1.
pub(super) fn regressor(planner: &mut Planner<'_>, call: &Call<'_>) -> Result<Value> {
    let n_vectors = call.node.int("n_supports", 0);
    let coefficients = call.node.floats("coefficients")?;
    let rho = call.node.floats("rho")?;
    let [offset] = rho[..] else {
        return Err(Error::malformed(format!("{} offsets of a regressor", rho.len())));
    };
    let n_vectors =
        usize::try_from(n_vectors).map_err(|_| Error::malformed(format!("{n_vectors} support vectors")))?;
    let of = if n_vectors == 0 { rows(call)? } else { kernels(planner, call, n_vectors)? };
    if coefficients.len() != of.len() {
        return Err(Error::malformed(format!("{} coefficients for {}", coefficients.len(), of.len())));
    }
    let weights = Value::constant(vec![of.len(), 1], of.kind, coefficients);
    let sum = product(planner, &of, &weights)?;
    let sum = two(planner, Two::Add, &sum, &Value::constant(vec![1, 1], sum.kind, vec![offset]))?;
    if call.node.int("one_class", 0) == 0 {
        let transform = call.node.string("post_transform", "NONE")?;
        return transformed(planner, sum, &transform, true);
    }
    let zero = Value::constant(Vec::new(), sum.kind, vec![0.0]);
    let is_inside = two(planner, Two::Greater, &sum, &zero)?;
    let double = Value::constant(Vec::new(), Kind::Single, vec![2.0]);
    let twice = two(planner, Two::Mul, &Value { kind: Kind::Single, ..is_inside }, &double)?;
    two(planner, Two::Sub, &twice, &Value::constant(Vec::new(), Kind::Single, vec![1.0]))
}

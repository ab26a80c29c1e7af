//! `QuadraticDiscriminantAnalysis`: a normal distribution of all columns in each class.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::gaussian_nb::{by_logarithms, of_groups};
use super::labels;
use crate::error::{Error, Result};
use crate::program::Term;
use crate::read::pickle::{Object, ObjectId};

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    let n_classes = labels.len();
    labels.check(n_classes)?;
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let means = estimator.table("means_", width)?;
    labels.check(means.len() / width)?;
    let priors = estimator.column_numbers("priors_", n_classes)?;
    let (rotations, scalings) =
        (each(estimator, "rotations_", n_classes)?, each(estimator, "scalings_", n_classes)?);
    let (mut parts, mut widths, mut offsets) = (Vec::new(), Vec::new(), Vec::new());
    for (class, (rotation, scaling)) in rotations.iter().zip(scalings).enumerate() {
        let (shape, mut weights) = numbers(estimator, flow, "rotations_", *rotation)?;
        let (_, scales) = numbers(estimator, flow, "scalings_", *scaling)?;
        let rank = scales.len();
        if shape != [width, rank] || rank == 0 || !scales.iter().all(|scale| *scale > 0.0) {
            let message = format!(
                "the rotation of class {class} is of shape {shape:?} for {width} columns and {rank} scales"
            );
            return Err(Error::malformed(message));
        }
        let factors: Vec<f64> = scales.iter().map(|scale| 1.0 / scale.sqrt()).collect();
        for row in weights.chunks_exact_mut(rank) {
            row.iter_mut().zip(&factors).for_each(|(weight, factor)| *weight *= factor);
        }
        let centred = rows.affine.clone().shifted(|column| -means[class * width + column]);
        let affine = flow.times(&centred, weights, rank)?;
        parts.push(flow.mapped(rows.source, affine)?);
        widths.push(rank);
        offsets.push(priors[class].ln() - 0.5 * scales.iter().map(|scale| scale.ln()).sum::<f64>());
    }
    let parts = flow.beside(parts)?;
    let squares = of_groups(flow, parts, widths, Term::Square)?;
    let scores = squares.affine.scaled(|_| -0.5).shifted(|class| offsets[class]);
    let scores = flow.mapped(squares.source, scores)?;
    let scores = flow.alone(scores)?;
    let decision = match n_classes {
        2 => flow.weighted(&scores, &[-1.0, 1.0], 1)?,
        _ => scores.clone(),
    };
    by_logarithms(flow, scores, labels, Some(decision))
}

fn each<'t>(estimator: &Estimator<'t, '_>, name: &str, n: usize) -> Result<&'t [ObjectId]> {
    let id = estimator.required(name)?;
    let items = estimator.objects.items(id).filter(|items| items.len() == n);
    items.ok_or_else(|| estimator.unexpected(name, id))
}

fn numbers(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    name: &str,
    id: ObjectId,
) -> Result<(Vec<usize>, Vec<f64>)> {
    let Object::Array(array) = estimator.objects.get(id) else { return Err(estimator.unexpected(name, id)) };
    flow.spend(array.len())?;
    Ok((array.shape().to_vec(), array.floats(estimator.objects)?))
}

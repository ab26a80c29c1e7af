//! `Nystroem`, `KernelPCA` and `RBFSampler`: columns that stand for a kernel.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::{Function, Step};

pub(super) fn nystroem(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    if !estimator.is_none("kernel_params") {
        return Err(Error::unsupported("its kernel has parameters of its own, which are not read"));
    }
    let kernel = kernel::of_pairs(estimator, "gamma", width)?;
    let (points, n_points) = kernel::points(estimator, flow, "components_", width)?;
    let weights = kernel::turned_weights(estimator, flow, "normalization_", n_points)?;
    kernel::sums(flow, rows, kernel, &points, &weights, &[n_points]).map(Output::from)
}

pub(super) fn kernel_pca(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let gamma = if estimator.get("gamma_").is_some() { "gamma_" } else { "gamma" };
    let kernel = kernel::of_pairs(estimator, gamma, width)?;
    let (points, n_points) = kernel::points(estimator, flow, "X_fit_", width)?;
    let (weights, offsets) = centred_directions(estimator, flow, n_points)?;
    let sums = kernel::sums(flow, rows, kernel, &points, &weights, &[n_points])?;
    flow.mapped(sums.source, sums.affine.shifted(|output| offsets[output])).map(Output::from)
}

/// What each point's kernel counts for each direction of a `KernelPCA`, and what is added.
pub(super) fn centred_directions(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    n_points: usize,
) -> Result<(Vec<f64>, Vec<f64>)> {
    // They were called otherwise before 1.0.
    let named =
        |name: &'static str, old: &'static str| if estimator.get(name).is_some() { name } else { old };
    let values = estimator.numbers(named("eigenvalues_", "lambdas_"))?.values;
    let (mut weights, n_outputs) = estimator.directions(named("eigenvectors_", "alphas_"), n_points)?;
    flow.spend(weights.len())?;
    let centerer = flow.open(estimator.required("_centerer")?)?;
    let of_rows = centerer.column_numbers("K_fit_rows_", n_points)?;
    let of_all = centerer.number("K_fit_all_")?;
    if values.len() != n_outputs {
        let message = format!("{} numbers for {n_outputs} directions", values.len());
        return Err(Error::malformed(message));
    }
    for row in weights.chunks_exact_mut(n_outputs) {
        row.iter_mut().zip(&values).for_each(|(weight, value)| *weight *= scale(*value));
    }
    kernel::finite("eigenvectors_", &weights)?;
    // What is taken from a row of kernels is their mean and that of each point, so that all of it
    // goes into weights and offsets.
    let (mut sums, mut offsets) = (vec![0.0; n_outputs], vec![0.0; n_outputs]);
    for (row, of_row) in weights.chunks_exact(n_outputs).zip(&of_rows) {
        for ((sum, offset), weight) in sums.iter_mut().zip(&mut offsets).zip(row) {
            *sum += weight;
            *offset += (of_all - of_row) * weight;
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 rows")]
    let n = n_points as f64;
    for row in weights.chunks_exact_mut(n_outputs) {
        row.iter_mut().zip(&sums).for_each(|(weight, sum)| *weight -= sum / n);
    }
    Ok((weights, offsets))
}

pub(super) fn rbf_sampler(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let (weights, n_outputs) = estimator.directions("random_weights_", rows.width())?;
    let offsets = estimator.column_numbers("random_offset_", n_outputs)?;
    let angles = flow.times(&rows.affine, weights, n_outputs)?.shifted(|output| offsets[output]);
    let angles = flow.mapped(rows.source, angles)?;
    let cosines = flow.stepped(angles, Step::Function(Function::COS))?;
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let factor = (2.0 / n_outputs as f64).sqrt();
    flow.mapped(cosines.source, cosines.affine.scaled(|_| factor)).map(Output::from)
}

/// What a direction is divided by, turned over; nothing is left of one that the kernel does not have.
fn scale(value: f64) -> f64 {
    if value == 0.0 { 0.0 } else { 1.0 / value.sqrt() }
}

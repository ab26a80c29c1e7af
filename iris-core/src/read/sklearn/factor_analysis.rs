//! `FactorAnalysis`: what rows say of the factors behind their columns, on average.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::matrix_inverse::inverse;
use crate::error::{Error, Result};
use crate::read::transposed;

/// Products that count as much as one number held.
const PRODUCTS_A_NUMBER: usize = 1024;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let mean = estimator.column_numbers("mean_", width)?;
    let noise = estimator.column_numbers("noise_variance_", width)?;
    let components = estimator.table("components_", width)?;
    let n = components.len() / width;
    flow.spend(components.len() + 2 * n.saturating_mul(n))?;
    let products = n.saturating_mul(n).saturating_mul(n + width);
    flow.spend(products / PRODUCTS_A_NUMBER)?;
    let weighted: Vec<f64> =
        components.chunks_exact(width).flat_map(|row| row.iter().zip(&noise).map(|(a, b)| a / b)).collect();
    // The covariance of the factors, given a row: the inverse of 1 + W·Cᵀ.
    let product = |(i, j): (usize, usize)| {
        let (a, b) = (&weighted[i * width..(i + 1) * width], &components[j * width..(j + 1) * width]);
        let sum: f64 = a.iter().zip(b).map(|(a, b)| a * b).sum();
        if i == j { 1.0 + sum } else { sum }
    };
    let matrix: Vec<f64> = (0..n).flat_map(|i| (0..n).map(move |j| (i, j))).map(product).collect();
    let covariance = inverse(matrix, n)
        .ok_or_else(|| Error::malformed("'components_' and 'noise_variance_' leave nothing to invert"))?;
    let affine = rows.affine.clone().shifted(|column| -mean[column]);
    let affine = flow.times(&affine, transposed(&weighted, width, |weight| *weight), n)?;
    let affine = flow.times(&affine, covariance, n)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

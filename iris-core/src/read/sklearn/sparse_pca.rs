//! `SparsePCA` and `MiniBatchSparsePCA`: the components that a row is made of, by a ridge regression on them.

use super::estimator::Estimator;
use super::flow::{Flow, Output, Rows};
use super::kernel;
use super::matrix_inverse::inverse;
use crate::error::{Error, Result};
use crate::read::transposed;

/// Products that count as much as one number held.
const PRODUCTS_A_NUMBER: usize = 1024;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    if estimator.get("normalize_components").is_some_and(|_| !estimator.is_since(0, 22)) {
        return Err(Error::unsupported("components as releases before 0.22 made them are not read"));
    }
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let mean = estimator.column_numbers("mean_", width)?;
    let components = estimator.table("components_", width)?;
    kernel::finite("components_", &components)?;
    let penalty = estimator.number("ridge_alpha")?;
    let n = components.len() / width;
    flow.spend(components.len() + 2 * n.saturating_mul(n))?;
    let products = n.saturating_mul(n).saturating_mul(n + width);
    flow.spend(products / PRODUCTS_A_NUMBER)?;
    let component = |index: usize| &components[index * width..(index + 1) * width];
    let product = |at: usize| {
        let (row, column) = (at / n, at % n);
        let products = component(row).iter().zip(component(column)).map(|(a, b)| a * b);
        let sum: f64 = products.sum();
        if row == column { sum + penalty } else { sum }
    };
    let inverse = inverse((0..n * n).map(product).collect(), n)
        .ok_or_else(|| Error::malformed("'components_' leave nothing to invert"))?;
    let affine = rows.affine.clone().shifted(|column| -mean[column]);
    let affine = flow.times(&affine, transposed(&components, width, |weight| *weight), n)?;
    let affine = flow.times(&affine, inverse, n)?;
    flow.mapped(rows.source, affine).map(Output::from)
}

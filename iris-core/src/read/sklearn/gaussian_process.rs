//! `GaussianProcessRegressor` and `GaussianProcessClassifier`: kernels put together, and what rows alike were.
//!
//! The classifier's probabilities are Laplace's approximation (Rasmussen & Williams, Gaussian
//! processes for machine learning, 2006, algorithm 3.2).

use super::estimator::Estimator;
use super::flow::{Answer, ClassAnswer, Flow, Output, Rows};
use super::gaussian_nb::of_groups;
use super::{kernel, kernel_parts, labels};
use crate::error::{Error, Result};
use crate::program::{Above, Kernel, Laplace, Learned, Step, Term};

/// Products that count as much as one number held.
const PRODUCTS_A_NUMBER: usize = 1024;

pub(super) fn regressor(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let parts = kernel_parts::of(estimator, flow, "kernel_", width)?;
    let (points, n_points) = kernel::points(estimator, flow, "X_train_", width)?;
    let weights = estimator.numbers("alpha_")?;
    kernel::finite("alpha_", &weights.values)?;
    if weights.shape.first() != Some(&n_points) || weights.shape.len() > 2 {
        let message = format!("'alpha_' is of shape {:?} for {n_points} rows", weights.shape);
        return Err(Error::malformed(message));
    }
    let sums = kernel::sums(flow, rows, Kernel::Composed(parts), &points, &weights.values, &[n_points])?;
    let n_targets = sums.width();
    let each = |name: &str, default: f64| -> Result<Vec<f64>> {
        if estimator.is_none(name) {
            return Ok(vec![default; n_targets]);
        }
        match estimator.numbers(name)?.values {
            one if one.len() == 1 => Ok(vec![one[0]; n_targets]),
            several if several.len() == n_targets => Ok(several),
            other => {
                Err(Error::malformed(format!("'{name}' has {} numbers for {n_targets} targets", other.len())))
            }
        }
    };
    let (deviations, means) = (each("_y_train_std", 1.0)?, each("_y_train_mean", 0.0)?);
    let affine = sums.affine.scaled(|target| deviations[target]).shifted(|target| means[target]);
    flow.answer_column(false);
    Ok(Output::Answer(Answer::Values(flow.mapped(sums.source, affine)?)))
}

pub(super) fn classifier(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    flow.visit(estimator.required("base_estimator_")?, rows)
}

/// The classifier of two classes of which the other is made.
pub(super) fn binary(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    let labels = labels::of(estimator, flow)?;
    labels.check(2)?;
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let parts = kernel_parts::of(estimator, flow, "kernel_", width)?;
    let variance = kernel_parts::of_itself(estimator, flow, "kernel_")?;
    let (points, n) = kernel::points(estimator, flow, "X_train_", width)?;
    let (targets, shares) = (estimator.column_numbers("y_train_", n)?, estimator.column_numbers("pi_", n)?);
    let roots = estimator.column_numbers("W_sr_", n)?;
    let (factor, n_columns) = estimator.directions("L_", n)?;
    if n_columns != n {
        return Err(Error::malformed(format!("'L_' has {n_columns} columns for {n} rows")));
    }
    flow.spend(n.saturating_mul(n).saturating_mul(2))?;
    flow.spend(n.saturating_mul(n).saturating_mul(n) / PRODUCTS_A_NUMBER)?;
    let inverse = inverse(&factor, n)?;
    // Of each point: what it says of the latent value, and what of the latent value's uncertainty.
    let mut weights = Vec::with_capacity(n * (n + 1));
    for point in 0..n {
        weights.push(targets[point] - shares[point]);
        weights.extend((0..n).map(|row| inverse[row * n + point] * roots[point]));
    }
    kernel::finite("L_", &weights)?;
    let sums = kernel::sums(flow, rows, Kernel::Composed(parts), &points, &weights, &[n])?;
    let latent = flow.columns(&sums, &[0])?;
    let rest = flow.columns(&sums, &(1..=n).collect::<Vec<usize>>())?;
    let explained = of_groups(flow, rest, vec![n], Term::Square)?;
    let votes = flow.stepped(latent.clone(), Step::Above(Above { threshold: 0.0, or_equal: false }))?;
    let both = flow.beside(vec![latent, explained])?;
    let probability = flow.stepped(both, Step::Learned(Box::new(Learned::Laplace(Laplace { variance }))))?;
    let both = flow.weighted(&probability, &[-1.0, 1.0], 2)?;
    let probabilities = Some(flow.mapped(both.source, both.affine.shifted(|class| [1.0, 0.0][class]))?);
    Ok(Output::Answer(Answer::Classes(ClassAnswer { labels, votes, scores: None, probabilities })))
}

/// The inverse of a matrix of which nothing stands above the diagonal.
fn inverse(factor: &[f64], n: usize) -> Result<Vec<f64>> {
    let mut inverse = vec![0.0; n * n];
    for row in 0..n {
        let diagonal = factor[row * n + row];
        if diagonal == 0.0 || !diagonal.is_finite() {
            return Err(Error::malformed("'L_' has no inverse"));
        }
        let (above, of_row) = inverse.split_at_mut(row * n);
        let of_row = &mut of_row[..n];
        of_row[row] = 1.0;
        for (column, known) in above.chunks_exact(n).enumerate() {
            let weight = factor[row * n + column];
            of_row.iter_mut().zip(known).for_each(|(sum, known)| *sum -= weight * known);
        }
        for value in of_row {
            *value /= diagonal;
        }
    }
    Ok(inverse)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_inverse_undoes_its_matrix() {
        let factor = [2.0, 0.0, 0.0, 1.0, 4.0, 0.0, 3.0, 2.0, 0.5];
        let inverse = inverse(&factor, 3).unwrap();
        for row in 0..3 {
            for column in 0..3 {
                let sum: f64 = (0..3).map(|at| factor[row * 3 + at] * inverse[at * 3 + column]).sum();
                assert_eq!(sum, f64::from(u8::from(row == column)));
            }
        }
        assert!(super::inverse(&[0.0], 1).is_err());
    }
}

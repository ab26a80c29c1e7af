//! `GaussianMixture` and `BayesianGaussianMixture`: normal distributions, of which one is the likeliest.

use super::estimator::Estimator;
use super::flow::{Flow, Numbers, Output, Rows};
use super::gaussian_nb::{by_logarithms, of_groups};
use super::kernel;
use crate::error::{Error, Result};
use crate::program::Term;
use crate::schema::Labels;

pub(super) fn build(estimator: &Estimator<'_, '_>, flow: &mut Flow<'_, '_>, rows: Rows) -> Result<Output> {
    logarithms(estimator, flow, rows, |estimator, n, _| {
        let weights = estimator.column_numbers("weights_", n)?;
        Ok(weights.into_iter().map(f64::ln).collect())
    })
}

pub(super) fn build_bayesian(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
) -> Result<Output> {
    logarithms(estimator, flow, rows, expected)
}

/// What is proportional to each component's probability, by logarithms: `offsets` are what they
/// begin with.
fn logarithms(
    estimator: &Estimator<'_, '_>,
    flow: &mut Flow<'_, '_>,
    rows: Rows,
    offsets: impl FnOnce(&Estimator<'_, '_>, usize, usize) -> Result<Vec<f64>>,
) -> Result<Output> {
    let rows = flow.numbers(rows)?;
    let width = rows.width();
    let means = estimator.table("means_", width)?;
    kernel::finite("means_", &means)?;
    let n = means.len() / width;
    let mut offsets = offsets(estimator, n, width)?;
    let precisions = estimator.numbers("precisions_cholesky_")?;
    kernel::finite("precisions_cholesky_", &precisions.values)?;
    let values = precisions.values.as_slice();
    let shape = precisions.shape.as_slice();
    flow.spend(n.saturating_mul(width).saturating_mul(2))?;
    let spread = match estimator.text("covariance_type") {
        Some("full") if shape == [n, width, width] => {
            let roots: Vec<&[f64]> = values.chunks_exact(width * width).collect();
            turned(flow, &rows, &means, &roots)?
        }
        Some("tied") if shape == [width, width] => turned(flow, &rows, &means, &vec![values; n])?,
        Some("diag") if shape == [n, width] => stretched(flow, &rows, &means, |at| values[at])?,
        Some("spherical") if shape == [n] => stretched(flow, &rows, &means, |at| values[at / width])?,
        _ => {
            return Err(Error::malformed(format!(
                "'precisions_cholesky_' is of shape {shape:?} for {n} components"
            )));
        }
    };
    // The determinant of each root is the product of its diagonal.
    for (component, offset) in offsets.iter_mut().enumerate() {
        *offset += (0..width)
            .map(|column| match estimator.text("covariance_type") {
                Some("full") => values[(component * width + column) * width + column],
                Some("tied") => values[column * width + column],
                Some("diag") => values[component * width + column],
                _ => values[component],
            })
            .map(f64::ln)
            .sum::<f64>();
    }
    let squares = of_groups(flow, spread, vec![width; n], Term::Square)?;
    let scores = squares.affine.scaled(|_| -0.5).shifted(|component| offsets[component]);
    let scores = flow.mapped(squares.source, scores)?;
    by_logarithms(flow, scores, Labels::Integers((0i64..).take(n).collect()), None)
}

/// Rows without each mean, times the root of its precision.
fn turned(flow: &mut Flow<'_, '_>, rows: &Numbers, means: &[f64], roots: &[&[f64]]) -> Result<Numbers> {
    let width = rows.width();
    let mut parts = Vec::new();
    for (mean, root) in means.chunks_exact(width).zip(roots) {
        let centred = rows.affine.clone().shifted(|column| -mean[column]);
        let affine = flow.times(&centred, root.to_vec(), width)?;
        parts.push(flow.mapped(rows.source, affine)?);
    }
    flow.beside(parts)
}

/// The same where each column has a factor of its own.
fn stretched(
    flow: &mut Flow<'_, '_>,
    rows: &Numbers,
    means: &[f64],
    factor: impl Fn(usize) -> f64,
) -> Result<Numbers> {
    let width = rows.width();
    let columns: Vec<usize> = (0..means.len()).map(|at| at % width).collect();
    let each = flow.columns(rows, &columns)?;
    flow.mapped(rows.source, each.affine.shifted(|at| -means[at]).scaled(factor))
}

/// What is expected of logarithms where weights and precisions are distributions themselves.
fn expected(estimator: &Estimator<'_, '_>, n: usize, width: usize) -> Result<Vec<f64>> {
    let (id, name) = (estimator.required("weight_concentration_")?, "weight_concentration_");
    let weights: Vec<f64> = if estimator.text("weight_concentration_prior_type") == Some("dirichlet_process")
    {
        let pair = estimator.objects.items(id).filter(|pair| pair.len() == 2);
        let pair = pair.ok_or_else(|| estimator.unexpected(name, id))?;
        let of = |id| match estimator.objects.get(id) {
            crate::read::pickle::Object::Array(array) if array.len() == n => array.floats(estimator.objects),
            _ => Err(estimator.unexpected(name, id)),
        };
        let (a, b) = (of(pair[0])?, of(pair[1])?);
        let mut left = 0.0;
        a.iter()
            .zip(&b)
            .map(|(a, b)| {
                let of_both = digamma(a + b);
                let weight = digamma(*a) - of_both + left;
                left += digamma(*b) - of_both;
                weight
            })
            .collect()
    } else {
        let concentration = estimator.column_numbers(name, n)?;
        let of_all = digamma(concentration.iter().sum());
        concentration.into_iter().map(|each| digamma(each) - of_all).collect()
    };
    let freedom = estimator.numbers("degrees_of_freedom_")?.values;
    let precision = estimator.column_numbers("mean_precision_", n)?;
    if freedom.len() != n && freedom.len() != 1 {
        return Err(Error::malformed(format!("{} degrees of freedom of {n} components", freedom.len())));
    }
    #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
    let n_columns = width as f64;
    let offset = |(component, weight): (usize, f64)| {
        let freedom = freedom[component.min(freedom.len() - 1)];
        #[expect(clippy::cast_precision_loss, reason = "there are far fewer than 2^53 columns")]
        let halves = (0..width).map(|column| digamma(0.5 * (freedom - column as f64))).sum::<f64>();
        let spread = n_columns * std::f64::consts::LN_2 + halves;
        weight - 0.5 * n_columns * freedom.ln() + 0.5 * (spread - n_columns / precision[component])
    };
    Ok(weights.into_iter().enumerate().map(offset).collect())
}

/// The derivative of the logarithm of the gamma function, of positive numbers: by its recurrence to
/// where the asymptotic series (Abramowitz & Stegun, 6.3.18) is exact.
fn digamma(x: f64) -> f64 {
    let (mut x, mut sum) = (x, 0.0);
    if x.is_nan() || x <= 0.0 {
        return f64::NAN;
    }
    while x < 12.0 {
        sum -= 1.0 / x;
        x += 1.0;
    }
    let inverse = 1.0 / (x * x);
    let series =
        [1.0 / 12.0, -1.0 / 120.0, 1.0 / 252.0, -1.0 / 240.0, 1.0 / 132.0, -691.0 / 32_760.0, 1.0 / 12.0];
    let tail = series.iter().rev().fold(0.0, |tail, term| (tail + term) * inverse);
    sum + x.ln() - 0.5 / x - tail
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digamma_where_it_is_known() {
        // Euler's constant, and what halves have by duplication.
        let euler = 0.577_215_664_901_532_9;
        for (x, expected) in [
            (1.0, -euler),
            (2.0, 1.0 - euler),
            (0.5, -euler - 2.0 * std::f64::consts::LN_2),
            (100.0, 4.600_161_852_738_087),
        ] {
            assert!((digamma(x) - expected).abs() < 2e-15 * (1.0 + expected.abs()), "{x}: {}", digamma(x));
        }
        assert!(digamma(0.0).is_nan());
    }
}

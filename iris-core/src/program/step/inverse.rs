//! From what a regressor was fitted on back to what is asked for, where no [`Function`](super::Function) does it.

use crate::columns::ColumnsMut;
use crate::elementary;

/// What every column is put through.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Inverse {
    /// scipy's `expit`, by the formula that links have.
    Logistic,
    Logit,
    /// Powers by a lambda a column (Box & Cox 1964).
    BoxCox(Vec<f64>),
    /// The same for numbers of either sign (Yeo & Johnson 2000).
    YeoJohnson(Vec<f64>),
    Quantiles(InverseQuantiles),
}

/// From a place among quantiles to the value there.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct InverseQuantiles {
    /// Ascending from 0 to 1, at least one.
    pub(crate) references: Vec<f64>,
    /// As many a column.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Whether what comes is distributed normally, else uniformly.
    pub(crate) is_normal: bool,
}

/// How close to an end of a normal distribution a place counts as on it.
const BOUND: f64 = 1e-7;

impl Inverse {
    pub(super) fn apply(&self, row: &mut [f64]) {
        match self {
            Self::Logistic => row.iter_mut().for_each(|value| *value = crate::math::logistic(*value)),
            Self::Logit => row.iter_mut().for_each(|value| *value = (*value / (1.0 - *value)).ln()),
            Self::BoxCox(lambdas) => each(row, lambdas, box_cox),
            Self::YeoJohnson(lambdas) => each(row, lambdas, yeo_johnson),
            Self::Quantiles(quantiles) => {
                for (value, column) in row.iter_mut().zip(&quantiles.columns) {
                    *value = quantiles.value(*value, column);
                }
            }
        }
    }

    pub(super) fn apply_columns(&self, mut rows: ColumnsMut<'_>) {
        match self {
            Self::Logistic | Self::Logit => self.apply(rows.numbers()),
            Self::BoxCox(lambdas) => each_column(rows, lambdas, box_cox),
            Self::YeoJohnson(lambdas) => each_column(rows, lambdas, yeo_johnson),
            Self::Quantiles(quantiles) => {
                for (values, column) in rows.iter_mut().zip(&quantiles.columns) {
                    for value in values.iter_mut() {
                        *value = quantiles.value(*value, column);
                    }
                }
            }
        }
    }
}

fn each(row: &mut [f64], lambdas: &[f64], of_number: impl Fn(f64, f64) -> f64) {
    row.iter_mut().zip(lambdas).for_each(|(value, lambda)| *value = of_number(*value, *lambda));
}

fn each_column(mut rows: ColumnsMut<'_>, lambdas: &[f64], of_number: impl Fn(f64, f64) -> f64) {
    for (column, lambda) in rows.iter_mut().zip(lambdas) {
        for value in column.iter_mut() {
            *value = of_number(*value, *lambda);
        }
    }
}

/// By the functions of the C library, as in scipy.
fn box_cox(y: f64, lambda: f64) -> f64 {
    if lambda == 0.0 { y.exp() } else { ((lambda * y).ln_1p() / lambda).exp() }
}

fn yeo_johnson(y: f64, lambda: f64) -> f64 {
    if y >= 0.0 {
        if lambda.abs() < f64::EPSILON {
            elementary::exp(y) - 1.0
        } else {
            (y * lambda + 1.0).powf(1.0 / lambda) - 1.0
        }
    } else if (lambda - 2.0).abs() > f64::EPSILON {
        let other = 2.0 - lambda;
        1.0 - (1.0 - other * y).powf(1.0 / other)
    } else {
        1.0 - elementary::exp(-y)
    }
}

impl InverseQuantiles {
    fn value(&self, y: f64, quantiles: &[f64]) -> f64 {
        let n = quantiles.len();
        let place = if self.is_normal { normal_cumulative(y) } else { y };
        if place.is_nan() {
            return place;
        }
        let (bound, is_at_end) = if self.is_normal { (BOUND, false) } else { (0.0, true) };
        if place - bound < 0.0 || (is_at_end && place == 0.0) {
            return quantiles[0];
        }
        if place + bound > 1.0 || (is_at_end && place == 1.0) {
            return quantiles[n - 1];
        }
        let above = self.references.partition_point(|reference| *reference <= place);
        let Some(below) = above.checked_sub(1) else { return quantiles[0] };
        if above == n {
            return quantiles[n - 1];
        }
        let (x0, x1) = (self.references[below], self.references[above]);
        let (y0, y1) = (quantiles[below], quantiles[above]);
        (y1 - y0) / (x1 - x0) * (place - x0) + y0
    }
}

/// How much of a standard normal distribution lies below.
fn normal_cumulative(x: f64) -> f64 {
    0.5 * erfc(-x * std::f64::consts::FRAC_1_SQRT_2)
}

#[cfg(feature = "pickle")]
fn erfc(x: f64) -> f64 {
    libm::erfc(x)
}

/// No reader makes the step that would ask for it.
#[cfg(not(feature = "pickle"))]
fn erfc(_: f64) -> f64 {
    f64::NAN
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(inverse: &Inverse, x: f64) -> f64 {
        let mut row = [x];
        inverse.apply(&mut row);
        row[0]
    }

    #[test]
    fn the_logistic_function_is_that_of_links() {
        assert_eq!(of(&Inverse::Logistic, 0.0), 0.5);
        assert_eq!(of(&Inverse::Logistic, -37.5), crate::math::logistic(-37.5));
        assert_eq!(of(&Inverse::Logit, 0.5), 0.0);
    }

    #[test]
    fn powers_undo_themselves() {
        let close = |found: f64, expected: f64| (found - expected).abs() < 1e-14;
        assert!(close(of(&Inverse::BoxCox(vec![0.0]), 1.0), 1f64.exp()));
        assert!(close(of(&Inverse::BoxCox(vec![0.5]), 2.0), 4.0));
        for x in [-2.5, -0.5, 0.0, 3.0] {
            assert!(close(of(&Inverse::YeoJohnson(vec![1.0]), x), x), "{x}");
        }
        assert!(close(of(&Inverse::YeoJohnson(vec![0.0]), 1.0), 1f64.exp_m1()));
        assert!(close(of(&Inverse::YeoJohnson(vec![2.0]), -1.0), -1f64.exp_m1()));
        assert!(of(&Inverse::YeoJohnson(vec![0.5]), f64::NAN).is_nan());
    }

    #[test]
    fn quantiles_are_read_between_and_at_the_ends() {
        let quantiles = |is_normal| {
            let columns = vec![vec![10.0, 20.0, 60.0]];
            Inverse::Quantiles(InverseQuantiles { references: vec![0.0, 0.5, 1.0], columns, is_normal })
        };
        let uniform = quantiles(false);
        let found = [-1.0, 0.0, 0.25, 0.5, 0.75, 1.0, 2.0].map(|place| of(&uniform, place));
        assert_eq!(found, [10.0, 10.0, 15.0, 20.0, 40.0, 60.0, 60.0]);
        let normal = quantiles(true);
        assert_eq!([of(&normal, -6.0), of(&normal, 0.0), of(&normal, 6.0)], [10.0, 20.0, 60.0]);
        assert!(of(&normal, f64::NAN).is_nan());
    }
}

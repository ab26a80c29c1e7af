//! `PowerTransformer`: powers of each column that make it more like a normal distribution.

use crate::columns::ColumnsMut;
use crate::elementary;
use crate::refused::Refused;

/// A family of powers, and the exponent of each column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Power {
    pub(crate) family: Family,
    pub(crate) lambdas: Vec<f64>,
}

/// Box & Cox 1964, Yeo & Johnson 2000.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Family {
    /// Of positive numbers.
    BoxCox,
    YeoJohnson,
    /// The same by powers, which lose digits near zero, as before 1.9.
    YeoJohnsonByPowers,
}

impl Power {
    /// NaN stays what it is.
    pub(super) fn apply(&self, row: &mut [f64]) -> Result<(), Refused> {
        for (column, (value, lambda)) in row.iter_mut().zip(&self.lambdas).enumerate() {
            *value = self.of_number(*value, *lambda).ok_or(Refused { column })?;
        }
        Ok(())
    }

    pub(super) fn apply_columns(&self, mut rows: ColumnsMut<'_>) -> Result<(), Refused> {
        for (column, (values, lambda)) in rows.iter_mut().zip(&self.lambdas).enumerate() {
            for value in values {
                *value = self.of_number(*value, *lambda).ok_or(Refused { column })?;
            }
        }
        Ok(())
    }

    #[inline]
    fn of_number(&self, value: f64, lambda: f64) -> Option<f64> {
        if value.is_infinite() || (self.family == Family::BoxCox && value <= 0.0) {
            return None;
        }
        Some(match self.family {
            Family::BoxCox => box_cox(value, lambda),
            Family::YeoJohnson => yeo_johnson(value, lambda, power_of_log),
            Family::YeoJohnsonByPowers => yeo_johnson(value, lambda, power),
        })
    }
}

/// By the functions of the C library, as in scipy.
fn box_cox(x: f64, lambda: f64) -> f64 {
    if lambda.abs() < 1e-19 { x.ln() } else { (lambda * x.ln()).exp_m1() / lambda }
}

fn yeo_johnson(x: f64, lambda: f64, power: fn(f64, f64) -> f64) -> f64 {
    let (above, exponent) = if x < 0.0 { (-x, 2.0 - lambda) } else { (x, lambda) };
    let is_zero = if x < 0.0 { (lambda - 2.0).abs() <= f64::EPSILON } else { lambda.abs() < f64::EPSILON };
    let transformed = if is_zero { elementary::ln_1p(above) } else { power(above, exponent) / exponent };
    if x < 0.0 { -transformed } else { transformed }
}

/// (1 + x)^exponent - 1
fn power_of_log(x: f64, exponent: f64) -> f64 {
    elementary::exp_m1(exponent * elementary::ln_1p(x))
}

/// The same.
fn power(x: f64, exponent: f64) -> f64 {
    (x + 1.0).powf(exponent) - 1.0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(family: Family, lambda: f64, x: f64) -> Result<f64, Refused> {
        let mut row = [x];
        Power { family, lambdas: vec![lambda] }.apply(&mut row).map(|()| row[0])
    }

    #[test]
    fn a_lambda_of_one_changes_nothing_but_the_origin() {
        for x in [-3.0, -0.5, 0.0, 0.25, 7.0] {
            for family in [Family::YeoJohnson, Family::YeoJohnsonByPowers] {
                assert!((of(family, 1.0, x).unwrap() - x).abs() < 1e-14, "{x}");
            }
        }
        assert_eq!(of(Family::BoxCox, 1.0, 3.0), Ok(2.0));
    }

    #[test]
    fn lambdas_at_which_a_power_becomes_a_logarithm() {
        assert_eq!(of(Family::YeoJohnson, 0.0, 1.0), Ok(std::f64::consts::LN_2));
        assert_eq!(of(Family::YeoJohnson, 2.0, -1.0), Ok(-std::f64::consts::LN_2));
        assert_eq!(of(Family::BoxCox, 0.0, 2.0), Ok(std::f64::consts::LN_2));
    }

    #[test]
    fn numbers_without_an_answer() {
        for x in [0.0, -1.0] {
            assert_eq!(of(Family::BoxCox, 0.5, x), Err(Refused { column: 0 }));
        }
        assert!(of(Family::BoxCox, 0.5, f64::NAN).unwrap().is_nan());
        assert!(of(Family::YeoJohnson, 0.5, f64::NAN).unwrap().is_nan());
        assert_eq!(of(Family::YeoJohnson, 0.5, f64::INFINITY), Err(Refused { column: 0 }));
    }
}

//! A linear map in single precision, from which missing values are left out.

use crate::refused::Refused;

/// `intercept + sum of weight * value` for each output, as XGBoost's `gblinear` adds up.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct SingleLinear {
    /// Where each sum begins.
    pub(crate) intercepts: Vec<f32>,
    /// A weight an output, feature by feature.
    pub(crate) weights: Vec<f32>,
    pub(crate) takes_missing: bool,
    pub(crate) takes_infinite: bool,
}

impl SingleLinear {
    pub(super) fn n_outputs(&self) -> usize {
        self.intercepts.len()
    }

    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        out.iter_mut().zip(&self.intercepts).for_each(|(sum, intercept)| *sum = f64::from(*intercept));
        for (column, (value, weights)) in
            row.iter().zip(self.weights.chunks_exact(self.n_outputs())).enumerate()
        {
            let value = *value as f32;
            if value.is_nan() {
                continue;
            }
            if value.is_infinite() && !self.takes_infinite {
                // Finite as it came, but too large for single precision.
                return Err(Refused { column });
            }
            for (sum, weight) in out.iter_mut().zip(weights) {
                *sum = f64::from(*sum as f32 + value * weight);
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn linear(takes_infinite: bool) -> SingleLinear {
        let (intercepts, weights) = (vec![0.5, -1.0], vec![0.1, 1.0, 0.2, 2.0]);
        SingleLinear { intercepts, weights, takes_missing: true, takes_infinite }
    }

    #[test]
    fn sums_are_of_single_precision_and_leave_missing_values_out() {
        let mut out = [f64::NAN; 2];
        linear(false).apply(&[3.0, 0.7], &mut out).unwrap();
        assert_eq!(out, [f64::from((0.5f32 + 3.0 * 0.1) + 0.7 * 0.2), f64::from(2.0f32 + 0.7 * 2.0)]);
        linear(false).apply(&[f64::NAN, 2.0], &mut out).unwrap();
        assert_eq!(out, [f64::from(0.5f32 + 2.0 * 0.2), 3.0]);
    }

    #[test]
    fn a_number_too_large_for_single_precision_is_refused_where_infinities_are() {
        let mut out = [f64::NAN; 2];
        assert_eq!(linear(false).apply(&[0.0, 1e300], &mut out).unwrap_err().column, 1);
        linear(true).apply(&[0.0, 1e300], &mut out).unwrap();
        assert_eq!(out, [f64::INFINITY; 2]);
    }
}

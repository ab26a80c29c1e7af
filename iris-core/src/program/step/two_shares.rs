//! From one score to the probabilities of two classes, as scikit-learn's boosters have it.

/// Makes 1 − p and p of a score, where p is the logistic of `factor` times it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct TwoShares {
    pub(crate) factor: f64,
}

impl TwoShares {
    /// Term by term as scipy's `expit`, which is 0 where the exponential overflows.
    pub(super) fn apply(self, row: &[f64], out: &mut [f64]) {
        let second = 1.0 / (1.0 + (-(self.factor * row[0])).exp());
        out.copy_from_slice(&[1.0 - second, second]);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn they_add_up_and_nothing_overflows() {
        for (score, second) in [(0.0, 0.5), (800.0, 1.0), (-800.0, 0.0), (0.5, 1.0 / (1.0 + (-1f64).exp()))] {
            let mut out = [f64::NAN; 2];
            TwoShares { factor: 2.0 }.apply(&[score], &mut out);
            assert_eq!(out, [1.0 - second, second]);
        }
    }
}

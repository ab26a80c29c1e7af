//! `Normalizer`: each row scaled to length one.

/// The norm that a row is divided by; a row of zeroes stays as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Norm {
    /// Sum of absolute values.
    L1,
    /// Euclidean length.
    L2,
    /// Largest absolute value.
    Max,
}

impl Norm {
    pub(crate) fn apply(self, row: &mut [f64]) {
        let largest = row.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        if largest == 0.0 {
            return;
        }
        // Squares overflow near 1e154, so rows beyond are brought down first;
        // a power of two changes no digit.
        if largest > 1e150 {
            for value in &mut *row {
                *value *= 2f64.powi(-600);
            }
        }
        let norm = match self {
            Self::L1 => row.iter().map(|value| value.abs()).sum(),
            Self::L2 => row.iter().map(|value| value * value).sum::<f64>().sqrt(),
            Self::Max => row.iter().fold(0.0, |largest: f64, value| largest.max(value.abs())),
        };
        if norm > 0.0 {
            for value in row {
                *value /= norm;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(norm: Norm, row: [f64; 2]) -> [f64; 2] {
        let mut row = row;
        norm.apply(&mut row);
        row
    }

    #[test]
    fn each_norm_by_its_definition() {
        assert_eq!(normalized(Norm::L1, [3.0, -1.0]), [0.75, -0.25]);
        assert_eq!(normalized(Norm::L2, [3.0, -4.0]), [0.6, -0.8]);
        assert_eq!(normalized(Norm::Max, [3.0, -4.0]), [0.75, -1.0]);
    }

    #[test]
    fn zeroes_stay_and_huge_rows_do_not_overflow() {
        for norm in [Norm::L1, Norm::L2, Norm::Max] {
            assert_eq!(normalized(norm, [0.0, -0.0]), [0.0, -0.0]);
            let row = normalized(norm, [1.5e308, -1.5e308]);
            assert!(row.iter().all(|value| (0.5..=1.0).contains(&value.abs())), "{norm:?} {row:?}");
        }
    }
}

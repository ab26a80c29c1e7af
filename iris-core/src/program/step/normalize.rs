//! `Normalizer`: each row scaled to length one.

use crate::columns::ColumnsMut;

/// Rows divided by their norm; those whose norm is zero, or below the floor, stay as they are.
/// Of a row whose norm overflows nothing is left, as in scikit-learn.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Normalize {
    pub(crate) norm: Norm,
    pub(crate) floor: f64,
}

/// The length of a row.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Norm {
    /// Sum of absolute values.
    L1,
    /// Euclidean length.
    L2,
    /// Largest absolute value.
    Max,
}

impl From<Norm> for Normalize {
    /// Without a floor.
    fn from(norm: Norm) -> Self {
        Self { norm, floor: 0.0 }
    }
}

impl Normalize {
    pub(crate) fn apply(self, row: &mut [f64]) {
        let norm = match self.norm {
            Norm::L1 => row.iter().map(|value| value.abs()).sum(),
            Norm::L2 => row.iter().map(|value| value * value).sum::<f64>().sqrt(),
            Norm::Max => row.iter().fold(0.0, |largest: f64, value| largest.max(value.abs())),
        };
        if norm > 0.0 && norm >= self.floor {
            for value in row {
                *value /= norm;
            }
        }
    }

    /// The same of every row of a block; works in one number a row.
    pub(super) fn apply_columns(self, mut rows: ColumnsMut<'_>, scratch: &mut [f64]) {
        let norms = &mut scratch[..rows.n_rows()];
        norms.fill(0.0);
        for column in rows.iter_mut() {
            let both = norms.iter_mut().zip(column);
            match self.norm {
                Norm::L1 => both.for_each(|(norm, value)| *norm += value.abs()),
                Norm::L2 => both.for_each(|(norm, value)| *norm += *value * *value),
                Norm::Max => both.for_each(|(norm, value)| *norm = norm.max(value.abs())),
            }
        }
        if self.norm == Norm::L2 {
            for norm in &mut *norms {
                *norm = norm.sqrt();
            }
        }
        let divides = |norm: f64| norm > 0.0 && norm >= self.floor;
        // What a row is divided by that stays as it is.
        for norm in &mut *norms {
            *norm = if divides(*norm) { *norm } else { 1.0 };
        }
        for column in rows.iter_mut() {
            column.iter_mut().zip(&*norms).for_each(|(value, norm)| *value /= norm);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn normalized(norm: Norm, row: [f64; 2]) -> [f64; 2] {
        let mut row = row;
        Normalize::from(norm).apply(&mut row);
        row
    }

    #[test]
    fn each_norm_by_its_definition() {
        assert_eq!(normalized(Norm::L1, [3.0, -1.0]), [0.75, -0.25]);
        assert_eq!(normalized(Norm::L2, [3.0, -4.0]), [0.6, -0.8]);
        assert_eq!(normalized(Norm::Max, [3.0, -4.0]), [0.75, -1.0]);
    }

    #[test]
    fn zeroes_stay_and_what_is_too_long_to_tell_vanishes() {
        for norm in [Norm::L1, Norm::L2, Norm::Max] {
            assert_eq!(normalized(norm, [0.0, -0.0]), [0.0, -0.0]);
        }
        // As in scikit-learn, whose norm of such a row is infinite.
        assert_eq!(normalized(Norm::L2, [1e200, 1.0]), [0.0, 0.0]);
        assert_eq!(normalized(Norm::L1, [1.5e308, -1.5e308]), [0.0, -0.0]);
        assert_eq!(normalized(Norm::Max, [1.5e308, -1.5e308]), [1.0, -1.0]);
    }

    #[test]
    fn rows_below_the_floor_stay() {
        for norm in [Norm::L1, Norm::L2, Norm::Max] {
            let step = Normalize { norm, floor: 1e-15 };
            for (row, expected) in [([1e-16, 0.0], [1e-16, 0.0]), ([2e-15, 0.0], [1.0, 0.0])] {
                let mut row = row;
                step.apply(&mut row);
                assert_eq!(row, expected, "{norm:?}");
            }
        }
        assert_eq!(normalized(Norm::L2, [1e-16, 0.0]), [1.0, 0.0]);
    }
}

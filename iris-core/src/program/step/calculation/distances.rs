//! How far a row is from each row of a table.

use super::{Rounding, single};

/// Distances of the row that comes from those of a table, which are as long.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct RowDistances {
    pub(crate) table: Box<[f64]>,
    /// Numbers of a row; not 0.
    pub(crate) n: usize,
    pub(crate) difference: Difference,
}

/// How differences become a distance.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Difference {
    SumOfSquares,
    /// The root of the sum of squares.
    Euclidean,
    SumOfMagnitudes,
    Largest,
    /// The root of the sum of powers of magnitudes.
    Minkowski(f64),
}

impl RowDistances {
    /// Differences are rounded as the file's numbers are, sums once.
    pub(super) fn apply(&self, rounding: Rounding, from: &[f64], to: &mut [f64]) {
        if rounding == Rounding::Single {
            self.each(from, to, single);
        } else {
            self.each(from, to, |x| x);
        }
    }

    #[inline]
    fn each(&self, row: &[f64], to: &mut [f64], rounded: impl Fn(f64) -> f64) {
        for (to, other) in to.iter_mut().zip(self.table.chunks_exact(self.n)) {
            let differences = row.iter().zip(other).map(|(a, b)| rounded(a - b));
            *to = match self.difference {
                Difference::SumOfSquares => differences.map(|x| x * x).sum(),
                Difference::Euclidean => rounded(differences.map(|x| x * x).sum()).sqrt(),
                Difference::SumOfMagnitudes => differences.map(f64::abs).sum(),
                Difference::Largest => differences.map(f64::abs).fold(0.0, f64::max),
                Difference::Minkowski(p) => {
                    rounded(differences.map(|x| rounded(x.abs().powf(p))).sum()).powf(1.0 / p)
                }
            };
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_distance_for_each_row_of_the_table() {
        let of = |difference| {
            let mut to = [0.0; 2];
            let table = [1.0, 1.0, 4.0, 5.0].into();
            RowDistances { table, n: 2, difference }.apply(Rounding::Single, &[1.0, 1.0], &mut to);
            to
        };
        assert_eq!(of(Difference::SumOfSquares), [0.0, 25.0]);
        assert_eq!(of(Difference::Euclidean), [0.0, 5.0]);
        assert_eq!(of(Difference::SumOfMagnitudes), [0.0, 7.0]);
        assert_eq!(of(Difference::Largest), [0.0, 4.0]);
        assert!((of(Difference::Minkowski(3.0))[1] - 91f64.cbrt()).abs() < 1e-6);
    }
}

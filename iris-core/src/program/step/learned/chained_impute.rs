//! `IterativeImputer`: missing values filled in from the other columns, in turn and several times over.

use crate::refused::Refused;

/// What is filled in first, and what then.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct ChainedImpute {
    /// Of each column.
    pub(crate) initial: Vec<f64>,
    /// The value that stands for "missing"; usually NaN.
    pub(crate) missing: f64,
    pub(crate) turns: Vec<Turn>,
}

/// One column, as a weighted sum of all.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Turn {
    pub(crate) column: usize,
    /// One a column; that of its own is 0.
    pub(crate) weights: Vec<f64>,
    pub(crate) intercept: f64,
    /// No less is filled in, and no more.
    pub(crate) least: f64,
    pub(crate) most: f64,
}

impl ChainedImpute {
    pub(crate) fn fills_nan(&self) -> bool {
        self.missing.is_nan()
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        let is_missing = |x: f64| x == self.missing || (x.is_nan() && self.fills_nan());
        let mut n_missing = 0;
        for (column, ((out, x), initial)) in out.iter_mut().zip(row).zip(&self.initial).enumerate() {
            if is_missing(*x) {
                n_missing += 1;
                *out = *initial;
            } else if x.is_finite() {
                *out = *x;
            } else {
                return Err(Refused { column });
            }
        }
        // Of a row that tells nothing scikit-learn asks no estimator.
        if n_missing == 0 || n_missing == row.len() {
            return Ok(());
        }
        for turn in self.turns.iter().filter(|turn| is_missing(row[turn.column])) {
            let products = turn.weights.iter().zip(&*out).map(|(weight, x)| weight * x);
            let sum = products.fold(0.0, |sum, product| sum + product) + turn.intercept;
            out[turn.column] = sum.max(turn.least).min(turn.most);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_filled_in_again_and_again_and_nothing_else() {
        let turn = |column: usize, most: f64| {
            let weights = if column == 0 { vec![0.0, 2.0, 0.0] } else { vec![1.0, 0.0, 1.0] };
            Turn { column, weights, intercept: 0.5, least: f64::NEG_INFINITY, most }
        };
        let turns = vec![turn(0, 100.0), turn(1, 100.0), turn(0, 9.0)];
        let impute = ChainedImpute { initial: vec![1.0, 1.0, 1.0], missing: f64::NAN, turns };
        let of = |row: &[f64]| {
            let mut out = [f64::NAN; 3];
            impute.apply(row, &mut out).map(|()| out)
        };
        let nan = f64::NAN;
        assert_eq!(of(&[3.0, 4.0, 5.0]), Ok([3.0, 4.0, 5.0]));
        assert_eq!(of(&[3.0, nan, 5.0]), Ok([3.0, 8.5, 5.0]));
        assert_eq!(of(&[nan, nan, 5.0]), Ok([9.0, 8.0, 5.0]));
        assert_eq!(of(&[nan, nan, nan]), Ok([1.0; 3]));
        assert_eq!(of(&[nan, f64::INFINITY, 5.0]), Err(Refused { column: 1 }));
    }
}

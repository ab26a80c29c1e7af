//! `SimpleImputer`: missing values replaced by one number a column.

use crate::columns::ColumnsMut;

/// What to look for and what to put there.
#[derive(Debug, Clone)]
pub(crate) struct Impute {
    /// One replacement a column.
    pub(crate) fill: Vec<f64>,
    /// The value that stands for "missing"; usually NaN.
    pub(crate) missing: f64,
}

impl Impute {
    pub(crate) fn fills_nan(&self) -> bool {
        self.missing.is_nan()
    }

    pub(crate) fn apply(&self, row: &mut [f64]) {
        // Rows of single precision hold the sentinel rounded, and scikit-learn finds it there.
        #[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
        let rounded = f64::from(self.missing as f32);
        for (value, fill) in row.iter_mut().zip(&self.fill) {
            let is_missing =
                if self.fills_nan() { value.is_nan() } else { *value == self.missing || *value == rounded };
            if is_missing {
                *value = *fill;
            }
        }
    }

    pub(super) fn apply_columns(&self, mut rows: ColumnsMut<'_>) {
        #[expect(clippy::cast_possible_truncation, reason = "as of a row")]
        let rounded = f64::from(self.missing as f32);
        for (column, fill) in rows.iter_mut().zip(&self.fill) {
            if self.fills_nan() {
                for x in column.iter_mut() {
                    *x = if x.is_nan() { *fill } else { *x };
                }
            } else {
                let is_missing = |x: f64| x == self.missing || x == rounded;
                for x in column.iter_mut() {
                    *x = if is_missing(*x) { *fill } else { *x };
                }
            }
        }
    }
}

/// Two imputers are equal when they do the same, so NaN equals NaN here.
impl PartialEq for Impute {
    fn eq(&self, other: &Self) -> bool {
        self.fill == other.fill && (self.missing == other.missing || (self.fills_nan() && other.fills_nan()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_missing_values_are_replaced() {
        let mut row = [f64::NAN, 2.0, -1.0];
        Impute { fill: vec![7.0, 8.0, 9.0], missing: f64::NAN }.apply(&mut row);
        assert_eq!(row, [7.0, 2.0, -1.0]);
        Impute { fill: vec![7.0, 8.0, 9.0], missing: -1.0 }.apply(&mut row);
        assert_eq!(row, [7.0, 2.0, 9.0]);
        let mut row = [-99.9, f64::from(-99.9f32), -99.8];
        Impute { fill: vec![7.0, 8.0, 9.0], missing: -99.9 }.apply(&mut row);
        assert_eq!(row, [7.0, 8.0, -99.8]);
    }
}

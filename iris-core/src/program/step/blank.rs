//! Values that stand for missing ones, and codes that stand for no category, before a booster sees them.

/// Makes NaN of one value, and -1 of what XGBoost takes for no category where rounding would
/// make 0 of it.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Blank {
    /// The value that stands for missing ones; NaN where none does.
    pub(crate) missing: f32,
    /// Whether 0 does, as in sparse matrices.
    pub(crate) zero_is_missing: bool,
    /// The columns of categories.
    pub(crate) categories: Vec<usize>,
    /// Whether NaN itself is taken.
    pub(crate) takes_missing: bool,
}

impl Blank {
    #[expect(clippy::cast_possible_truncation, reason = "values are compared in single precision")]
    #[expect(clippy::float_cmp, reason = "one value is meant, and none near it")]
    pub(super) fn apply(&self, row: &mut [f64]) {
        if !self.missing.is_nan() {
            row.iter_mut().filter(|x| **x as f32 == self.missing).for_each(|x| *x = f64::NAN);
        }
        if self.zero_is_missing {
            row.iter_mut().filter(|x| **x == 0.0).for_each(|x| *x = f64::NAN);
        }
        for column in &self.categories {
            let code = &mut row[*column];
            if *code < 0.0 && *code > -1.0 {
                *code = -1.0;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_value_is_missing_and_codes_below_zero_are_none() {
        let blank = |missing, row: [f64; 3]| {
            let mut row = row;
            let (categories, zero_is_missing) = (vec![1], false);
            Blank { missing, zero_is_missing, categories, takes_missing: true }.apply(&mut row);
            row
        };
        let row = blank(2.5, [2.5, -0.5, 2.500_000_000_1]);
        assert!(row[0].is_nan() && row[1] == -1.0 && row[2].is_nan());
        assert_eq!(blank(f32::NAN, [2.5, -0.0, -0.5]), [2.5, 0.0, -0.5]);
        let mut row = [0.0, -0.0, 1.0];
        let categories = Vec::new();
        Blank { missing: f32::NAN, zero_is_missing: true, categories, takes_missing: true }.apply(&mut row);
        assert!(row[0].is_nan() && row[1].is_nan() && row[2] == 1.0);
        assert!(blank(f32::INFINITY, [1e300, 0.0, 0.0])[0].is_nan());
    }
}

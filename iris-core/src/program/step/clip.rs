//! `MinMaxScaler(clip=True)`: values held within bounds.

/// Bounds for every column alike.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Clip {
    pub(crate) low: f64,
    pub(crate) high: f64,
}

impl Clip {
    pub(crate) fn apply(self, row: &mut [f64]) {
        // `clamp` keeps NaN, where `max` and `min` would drop it.
        for value in row {
            *value = value.clamp(self.low, self.high);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An imputer behind may still fill it in, as in scikit-learn.
    #[test]
    fn a_missing_value_stays_missing() {
        let mut row = [f64::NAN];
        Clip { low: 0.0, high: 1.0 }.apply(&mut row);
        assert!(row[0].is_nan());
    }

    #[test]
    fn values_beyond_the_bounds_move_to_them() {
        let mut row = [-2.0, 0.25, 9.0];
        Clip { low: 0.0, high: 1.0 }.apply(&mut row);
        assert_eq!(row, [0.0, 0.25, 1.0]);
    }
}

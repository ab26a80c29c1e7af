//! On which side of a threshold a number lies, as a vote for either of two classes.

use crate::columns::{Columns, ColumnsMut};

/// Makes 0 and 1 of a number above the threshold, and 1 and 0 of any other.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Above {
    pub(crate) threshold: f64,
    /// Whether the threshold itself counts as above.
    pub(crate) or_equal: bool,
}

impl Above {
    pub(super) fn apply(self, row: &[f64], out: &mut [f64]) {
        let above = self.of_number(row[0]);
        out.copy_from_slice(&[1.0 - above, above]);
    }

    pub(super) fn apply_columns(self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        let (belows, aboves) = out.numbers().split_at_mut(rows.n_rows());
        for ((below, above), x) in belows.iter_mut().zip(aboves).zip(rows.column(0)) {
            *above = self.of_number(*x);
            *below = 1.0 - *above;
        }
    }

    /// NaN, which is above nothing, stays NaN, so that nobody takes it for an answer.
    #[inline]
    fn of_number(self, x: f64) -> f64 {
        let is_above = x > self.threshold || (self.or_equal && x == self.threshold);
        if x.is_nan() { x } else { f64::from(u8::from(is_above)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_counts_as_told() {
        let vote = |or_equal, x| {
            let mut out = [7.0; 2];
            Above { threshold: 0.5, or_equal }.apply(&[x], &mut out);
            out
        };
        assert_eq!([vote(true, 0.4), vote(true, 0.5), vote(true, 0.6)], [[1.0, 0.0], [0.0, 1.0], [0.0, 1.0]]);
        assert_eq!(vote(false, 0.5), [1.0, 0.0]);
        assert!(vote(true, f64::NAN)[1].is_nan());
    }
}

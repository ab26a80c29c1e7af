//! A row as it is, of which no number may lie below some bound.

use crate::refused::Refused;

/// The bound, and whether a number may be just that.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Floor {
    pub(crate) least: f64,
    pub(crate) or_equal: bool,
}

impl Floor {
    pub(super) fn apply(self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        for (column, (out, x)) in out.iter_mut().zip(row).enumerate() {
            if !(*x > self.least || (self.or_equal && *x == self.least)) {
                return Err(Refused { column });
            }
            *out = *x;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_below_is_refused_by_its_column() {
        let mut out = [f64::NAN; 2];
        let floor = Floor { least: 0.0, or_equal: true };
        assert_eq!(floor.apply(&[0.0, 1.0], &mut out), Ok(()));
        assert_eq!(out, [0.0, 1.0]);
        assert_eq!(floor.apply(&[0.0, -1.0], &mut out), Err(Refused { column: 1 }));
        let above = Floor { or_equal: false, ..floor };
        assert_eq!(above.apply(&[1.0, 0.0], &mut out), Err(Refused { column: 1 }));
        assert_eq!(above.apply(&[f64::NAN, 1.0], &mut out), Err(Refused { column: 0 }));
    }
}

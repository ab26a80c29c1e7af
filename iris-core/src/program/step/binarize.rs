//! `Binarizer`: 1 above a threshold, else 0.

use crate::refused::{Refused, finite};

/// The threshold of every column.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Binarize {
    pub(crate) threshold: f64,
}

impl Binarize {
    pub(super) fn apply(self, row: &mut [f64]) -> Result<(), Refused> {
        finite(row)?;
        for value in row {
            *value = f64::from(u8::from(*value > self.threshold));
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_on_the_threshold_is_not_above_it() {
        let step = Binarize { threshold: 0.5 };
        let mut row = [0.5, 0.500_000_1, -3.0];
        assert_eq!(step.apply(&mut row), Ok(()));
        assert_eq!(row, [0.0, 1.0, 0.0]);
        assert_eq!(step.apply(&mut [1.0, f64::INFINITY]), Err(Refused { column: 1 }));
    }
}

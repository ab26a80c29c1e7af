//! A line through points, of every column: what an isotonic regression has found.

use crate::columns::{Columns, ColumnsMut};
use crate::refused::{Refused, SomeRefused};

/// Points in ascending order, of which there is at least one.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Interpolation {
    pub(crate) x: Vec<f64>,
    pub(crate) y: Vec<f64>,
    pub(crate) outside: Outside,
}

/// What is answered before the first point and behind the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Outside {
    /// What is answered there.
    Nearest,
    Nothing,
    Refused,
}

impl Interpolation {
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        for (column, (out, x)) in out.iter_mut().zip(row).enumerate() {
            *out = self.of(*x).ok_or(Refused { column })?;
        }
        Ok(())
    }

    pub(super) fn apply_columns(
        &self,
        rows: Columns<'_>,
        mut out: ColumnsMut<'_>,
    ) -> Result<(), SomeRefused> {
        for (out, x) in out.numbers().iter_mut().zip(rows.numbers()) {
            *out = self.of(*x).ok_or(SomeRefused)?;
        }
        Ok(())
    }

    fn of(&self, x: f64) -> Option<f64> {
        let last = self.x.len() - 1;
        if !(self.x[0]..=self.x[last]).contains(&x) {
            return match self.outside {
                Outside::Refused => None,
                Outside::Nothing => Some(f64::NAN),
                Outside::Nearest if x.is_nan() => Some(x),
                Outside::Nearest => Some(self.y[if x < self.x[0] { 0 } else { last }]),
            };
        }
        let above = self.x.partition_point(|known| *known <= x);
        if above > last {
            return Some(self.y[last]);
        }
        let (low, high) = (above - 1, above);
        let slope = (self.y[high] - self.y[low]) / (self.x[high] - self.x[low]);
        Some(slope * (x - self.x[low]) + self.y[low])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn between_points_and_beyond_them() {
        let line = |outside| Interpolation { x: vec![0.0, 1.0, 3.0], y: vec![2.0, 4.0, 5.0], outside };
        let of = |outside, x| line(outside).of(x);
        for (x, expected) in [(0.0, 2.0), (0.5, 3.0), (1.0, 4.0), (2.0, 4.5), (3.0, 5.0)] {
            assert_eq!(of(Outside::Refused, x), Some(expected), "{x}");
        }
        assert_eq!([of(Outside::Nearest, -1.0), of(Outside::Nearest, 9.0)], [Some(2.0), Some(5.0)]);
        assert!(of(Outside::Nothing, 9.0).is_some_and(f64::is_nan));
        assert_eq!(of(Outside::Refused, -0.1), None);
        let one = Interpolation { x: vec![1.0], y: vec![7.0], outside: Outside::Nearest };
        assert_eq!([one.of(0.0), one.of(1.0), one.of(2.0)], [Some(7.0); 3]);
    }
}

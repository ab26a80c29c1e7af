//! `QuantileTransformer`: where a value stands among those that were seen.

mod normal;

use crate::columns::ColumnsMut;
use crate::refused::Refused;
use normal::normal_quantile;

/// The quantiles that were seen, and what they become.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Quantiles {
    /// As many as there are quantiles, and at least one.
    pub(crate) references: Vec<f64>,
    /// Ascending, as many a column as there are references.
    pub(crate) columns: Vec<Vec<f64>>,
    /// Whether what is answered is distributed normally, else uniformly.
    pub(crate) is_normal: bool,
}

/// How close to an end a value counts as on it, where the answer is normal.
const BOUND: f64 = 1e-7;

/// The normal quantiles of about [`BOUND`] and one less it, which nothing exceeds.
const LOWEST: f64 = -5.199_337_582_605_575;
const HIGHEST: f64 = 5.199_337_582_703_42;

impl Quantiles {
    /// NaN stays what it is.
    pub(super) fn apply(&self, row: &mut [f64]) -> Result<(), Refused> {
        for (column, (value, quantiles)) in row.iter_mut().zip(&self.columns).enumerate() {
            *value = self.of_number(*value, quantiles).ok_or(Refused { column })?;
        }
        Ok(())
    }

    pub(super) fn apply_columns(&self, mut rows: ColumnsMut<'_>) -> Result<(), Refused> {
        for (column, (values, quantiles)) in rows.iter_mut().zip(&self.columns).enumerate() {
            for value in values {
                *value = self.of_number(*value, quantiles).ok_or(Refused { column })?;
            }
        }
        Ok(())
    }

    #[inline]
    fn of_number(&self, value: f64, quantiles: &[f64]) -> Option<f64> {
        match value {
            _ if value.is_infinite() => None,
            _ if value.is_nan() => Some(value),
            _ => Some(self.place(value, quantiles)),
        }
    }

    fn place(&self, x: f64, quantiles: &[f64]) -> f64 {
        let n = quantiles.len();
        let (first, last) = (quantiles[0], quantiles[n - 1]);
        let is_lowest = if self.is_normal { x - BOUND < first } else { x == first };
        let is_highest = if self.is_normal { x + BOUND > last } else { x == last };
        let place = if is_lowest {
            0.0
        } else if is_highest {
            1.0
        } else {
            // Once from below and once from above, so that among equal
            // quantiles it is the middle.
            let up = interpolated(n, |index| (quantiles[index], self.references[index]), x);
            let down =
                interpolated(n, |index| (-quantiles[n - 1 - index], -self.references[n - 1 - index]), -x);
            0.5 * (up - down)
        };
        if self.is_normal { normal_quantile(place).clamp(LOWEST, HIGHEST) } else { place }
    }
}

/// On the line between the points on either side of `x`, or at the end beyond it.
#[inline]
fn interpolated(n: usize, point: impl Fn(usize) -> (f64, f64), x: f64) -> f64 {
    let (mut low, mut high) = (0, n);
    while low < high {
        let middle = low.midpoint(high);
        if x >= point(middle).0 {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    let Some(before) = low.checked_sub(1) else { return point(0).1 };
    let (x0, y0) = point(before);
    if before == n - 1 || x0 == x {
        return y0;
    }
    let (x1, y1) = point(before + 1);
    (y1 - y0) / (x1 - x0) * (x - x0) + y0
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(is_normal: bool, x: f64) -> f64 {
        let step = Quantiles {
            references: vec![0.0, 0.25, 0.5, 0.75, 1.0],
            columns: vec![vec![0.0, 1.0, 1.0, 1.0, 3.0]],
            is_normal,
        };
        let mut row = [x];
        step.apply(&mut row).unwrap();
        row[0]
    }

    #[test]
    fn among_equal_quantiles_it_is_the_middle() {
        assert_eq!(of(false, 1.0), 0.5);
        assert_eq!(of(true, 1.0), 0.0);
        assert_eq!([of(false, 0.5), of(false, 2.0)], [0.125, 0.875]);
    }

    #[test]
    fn beyond_the_ends_it_is_the_end() {
        assert_eq!([of(false, -1.0), of(false, 0.0), of(false, 3.0), of(false, 9.0)], [0.0, 0.0, 1.0, 1.0]);
        assert_eq!([of(true, -1.0), of(true, 1e-8), of(true, 3.0)], [LOWEST, LOWEST, HIGHEST]);
        assert!(of(true, f64::NAN).is_nan());
    }
}

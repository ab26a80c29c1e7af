//! `KBinsDiscretizer`: the number of the bin that a value falls in.

use crate::columns::ColumnsMut;
use crate::refused::{Refused, finite};

/// The edges between the bins of each column, without the outermost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bins {
    /// Ascending, a list a column.
    pub(crate) edges: Vec<Vec<f64>>,
    /// Whether a value a little below an edge counts as on it, as before 1.1.
    pub(crate) is_tolerant: bool,
    /// Whether values are rounded to single precision before.
    pub(crate) is_single: bool,
}

impl Bins {
    pub(super) fn apply(&self, row: &mut [f64]) -> Result<(), Refused> {
        finite(row)?;
        for (value, edges) in row.iter_mut().zip(&self.edges) {
            *value = self.bin(*value, edges);
        }
        Ok(())
    }

    pub(super) fn apply_columns(&self, mut rows: ColumnsMut<'_>) -> Result<(), Refused> {
        finite(rows.numbers())?;
        for (column, edges) in rows.iter_mut().zip(&self.edges) {
            for value in column.iter_mut() {
                *value = self.bin(*value, edges);
            }
        }
        Ok(())
    }

    #[inline]
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 bins")]
    fn bin(&self, value: f64, edges: &[f64]) -> f64 {
        let mut at = if self.is_single { single(value) } else { value };
        if self.is_tolerant {
            at += 1e-8 + 1e-5 * at.abs();
        }
        edges.partition_point(|edge| *edge <= at) as f64
    }
}

#[expect(clippy::cast_possible_truncation, reason = "this is the rounding")]
fn single(value: f64) -> f64 {
    f64::from(value as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_an_edge_belongs_to_the_bin_above() {
        let step = |is_tolerant| Bins { edges: vec![vec![1.0, 2.0], vec![]], is_tolerant, is_single: false };
        for (value, bin, tolerant_bin) in
            [(0.0, 0.0, 0.0), (1.0, 1.0, 1.0), (0.999_999, 0.0, 1.0), (2.0, 2.0, 2.0), (9.0, 2.0, 2.0)]
        {
            let mut row = [value, value];
            step(false).apply(&mut row).unwrap();
            assert_eq!(row, [bin, 0.0], "{value}");
            let mut row = [value, value];
            step(true).apply(&mut row).unwrap();
            assert_eq!(row, [tolerant_bin, 0.0], "{value}");
        }
        let mut row = [0.999_999_999_9];
        Bins { edges: vec![vec![1.0]], is_tolerant: false, is_single: true }.apply(&mut row).unwrap();
        assert_eq!(row, [1.0]);
        assert_eq!(step(false).apply(&mut [f64::NAN, 0.0]), Err(Refused { column: 0 }));
    }
}

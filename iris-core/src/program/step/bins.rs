//! `KBinsDiscretizer`: the number of the bin that a value falls in.

use super::Refused;

/// The edges between the bins of each column, without the outermost.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Bins {
    /// Ascending, a list a column.
    pub(crate) edges: Vec<Vec<f64>>,
    /// Whether a value a little below an edge counts as on it, as before 1.1.
    pub(crate) is_tolerant: bool,
}

impl Bins {
    #[expect(clippy::cast_precision_loss, reason = "there are fewer than 2^53 bins")]
    pub(super) fn apply(&self, row: &mut [f64]) -> Result<(), Refused> {
        super::finite(row)?;
        for (value, edges) in row.iter_mut().zip(&self.edges) {
            let tolerance = if self.is_tolerant { 1e-8 + 1e-5 * value.abs() } else { 0.0 };
            let at = *value + tolerance;
            *value = edges.partition_point(|edge| *edge <= at) as f64;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_an_edge_belongs_to_the_bin_above() {
        let step = |is_tolerant| Bins { edges: vec![vec![1.0, 2.0], vec![]], is_tolerant };
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
        assert_eq!(step(false).apply(&mut [f64::NAN, 0.0]), Err(Refused { column: 0 }));
    }
}

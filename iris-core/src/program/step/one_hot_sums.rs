//! Weighted sums of a wide `OneHotEncoder`'s columns, of which a row has few that are not zero.

use super::LookUp;
use super::one_hot::index;
use crate::columns::{Columns, ColumnsMut};
use crate::refused::Refused;

/// Looks up for each column which weights are added up; a negative number says none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OneHotSums {
    /// Rows of `weights`, as many as these have.
    pub(crate) places: LookUp,
    /// For each place a number a sum.
    pub(crate) weights: Vec<f64>,
    /// What is added to each sum, of which there is at least one.
    pub(crate) offset: Vec<f64>,
}

impl OneHotSums {
    pub(super) fn n_outputs(&self) -> usize {
        self.offset.len()
    }

    /// The weights that a column adds for a value, if any.
    ///
    /// # Errors
    ///
    /// If the column has no answer for the value.
    #[inline]
    pub(crate) fn weights_of(&self, output: usize, value: f64) -> Result<Option<&[f64]>, Refused> {
        let (column, table) = &self.places.outputs[output];
        let place = table.get(value).ok_or(Refused { column: *column })?;
        let n = self.offset.len();
        Ok((place >= 0.0).then(|| &self.weights[index(place) * n..][..n]))
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        out.fill(0.0);
        for (output, (column, _)) in self.places.outputs.iter().enumerate() {
            if let Some(weights) = self.weights_of(output, row[*column])? {
                out.iter_mut().zip(weights).for_each(|(sum, weight)| *sum += weight);
            }
        }
        out.iter_mut().zip(&self.offset).for_each(|(sum, offset)| *sum += offset);
        Ok(())
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) -> Result<(), Refused> {
        let (n_rows, out) = (rows.n_rows(), out.numbers());
        out.fill(0.0);
        for (output, (column, _)) in self.places.outputs.iter().enumerate() {
            for (row, value) in rows.column(*column).iter().enumerate() {
                if let Some(weights) = self.weights_of(output, *value)? {
                    for (sum, weight) in out[row..].iter_mut().step_by(n_rows).zip(weights) {
                        *sum += weight;
                    }
                }
            }
        }
        for (sums, offset) in out.chunks_exact_mut(n_rows.max(1)).zip(&self.offset) {
            for sum in sums {
                *sum += offset;
            }
        }
        Ok(())
    }

    pub(super) fn tolerates_missing(&self, width: usize) -> Vec<bool> {
        self.places.tolerates_missing(width, &vec![false; self.places.n_outputs()])
    }
}

#[cfg(test)]
mod tests {
    use super::super::{Keys, Otherwise, Table};
    use super::*;

    #[test]
    fn each_column_adds_the_weights_of_its_place() {
        let table = |values: &[f64], unknown| Table {
            keys: Keys::Codes,
            values: values.iter().copied().map(Some).collect(),
            missing: Otherwise::Refuse,
            unknown,
        };
        let outputs = vec![
            (0, table(&[0.0, 1.0], Otherwise::Value(-1.0))),
            (1, table(&[-1.0, 2.0], Otherwise::Refuse)),
        ];
        let weights = vec![1.0, 10.0, 2.0, 20.0, 4.0, 40.0];
        let sums = OneHotSums { places: LookUp { outputs }, weights, offset: vec![0.5, 0.25] };
        let of = |row: &[f64]| {
            let mut out = [f64::NAN; 2];
            sums.apply(row, &mut out).map(|()| out)
        };
        assert_eq!(of(&[1.0, 1.0]), Ok([6.5, 60.25]));
        assert_eq!(of(&[2.0, 0.0]), Ok([0.5, 0.25]));
        assert_eq!(of(&[0.0, 2.0]), Err(Refused { column: 1 }));
    }
}

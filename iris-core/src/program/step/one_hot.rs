//! `OneHotEncoder`: a column a category, of which at most one a feature is 1.

use super::{LookUp, MadeOf};
use crate::columns::{Columns, ColumnsMut};
use crate::refused::Refused;

/// Looks up for each column which output is 1; a negative number says none.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct OneHot {
    /// The outputs' indices, which are below `width`.
    pub(crate) places: LookUp,
    pub(crate) width: usize,
}

impl OneHot {
    pub(crate) fn n_outputs(&self) -> usize {
        self.width
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        out.fill(0.0);
        for (column, table) in &self.places.outputs {
            let place = table.get(row[*column]).ok_or(Refused { column: *column })?;
            if place >= 0.0 {
                out[index(place)] = 1.0;
            }
        }
        Ok(())
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) -> Result<(), Refused> {
        let (n_rows, out) = (rows.n_rows(), out.numbers());
        out.fill(0.0);
        for (column, table) in &self.places.outputs {
            for (row, value) in rows.column(*column).iter().enumerate() {
                let place = table.get(*value).ok_or(Refused { column: *column })?;
                if place >= 0.0 {
                    out[index(place) * n_rows + row] = 1.0;
                }
            }
        }
        Ok(())
    }

    /// What each column is made of.
    pub(super) fn made_of(&self) -> Vec<MadeOf> {
        let mut made_of = vec![MadeOf::Nothing; self.width];
        for (column, table) in &self.places.outputs {
            for place in table.all().filter(|place| *place >= 0.0) {
                made_of[index(place)] = MadeOf::Column(*column);
            }
        }
        made_of
    }

    pub(super) fn tolerates_missing(&self, width: usize) -> Vec<bool> {
        self.places.tolerates_missing(width, &vec![false; self.places.n_outputs()])
    }
}

#[inline]
#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "what the tables hold are indices, or negative"
)]
pub(super) fn index(place: f64) -> usize {
    place as usize
}

#[cfg(test)]
mod tests {
    use super::super::{Keys, Otherwise, Table};
    use super::*;

    #[test]
    fn at_most_one_a_feature() {
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
        let step = OneHot { places: LookUp { outputs }, width: 3 };
        let mut out = [f64::NAN; 3];
        assert_eq!(step.apply(&[1.0, 1.0], &mut out), Ok(()));
        assert_eq!(out, [0.0, 1.0, 1.0]);
        assert_eq!(step.apply(&[2.0, 0.0], &mut out), Ok(()));
        assert_eq!(out, [0.0; 3]);
        assert_eq!(step.apply(&[0.0, 2.0], &mut out), Err(Refused { column: 1 }));
    }
}

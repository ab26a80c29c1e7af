//! One value for another, by a table: what encoders do with categories, and imputers with texts.

use crate::columns::{Columns, ColumnsMut};
use crate::refused::Refused;

/// For each output, the column that it is looked up for, and the table.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct LookUp {
    pub(crate) outputs: Vec<(usize, Table)>,
}

/// What stands for a column's values.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    pub(crate) keys: Keys,
    /// One for each key, by its place; `None` where the key is unknown after all.
    pub(crate) values: Vec<Option<f64>>,
    /// For NaN.
    pub(crate) missing: Otherwise,
    /// For what is no key.
    pub(crate) unknown: Otherwise,
}

/// What is looked for.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Keys {
    /// The codes of texts: 0, 1, …
    Codes,
    /// Numbers in ascending order.
    Numbers(Vec<f64>),
}

/// What stands for a value that is no key.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Otherwise {
    Value(f64),
    /// The value itself.
    Keep,
    Refuse,
}

impl LookUp {
    pub(crate) fn n_outputs(&self) -> usize {
        self.outputs.len()
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) -> Result<(), Refused> {
        for (out, (column, table)) in out.iter_mut().zip(&self.outputs) {
            *out = table.get(row[*column]).ok_or(Refused { column: *column })?;
        }
        Ok(())
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) -> Result<(), Refused> {
        for (out, (column, table)) in out.iter_mut().zip(&self.outputs) {
            for (out, value) in out.iter_mut().zip(rows.column(*column)) {
                *out = table.get(*value).ok_or(Refused { column: *column })?;
            }
        }
        Ok(())
    }

    pub(super) fn tolerates_missing(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        let mut tolerated = vec![true; width];
        for ((column, table), behind) in self.outputs.iter().zip(behind) {
            tolerated[*column] &= match table.missing {
                Otherwise::Value(value) => !value.is_nan() || *behind,
                Otherwise::Keep => *behind,
                Otherwise::Refuse => false,
            };
        }
        tolerated
    }

    /// Infinities go through where a column is looked up for nothing.
    pub(super) fn tolerates_infinite(&self, width: usize, behind: &[bool]) -> Vec<bool> {
        let mut tolerated = vec![true; width];
        for ((column, table), behind) in self.outputs.iter().zip(behind) {
            tolerated[*column] &= table.keeps_all() && *behind;
        }
        tolerated
    }

    /// Where values are kept they are still the column's, as behind an imputer.
    pub(super) fn origins(&self) -> Vec<Option<usize>> {
        let keeps = |table: &Table| matches!(table.unknown, Otherwise::Keep);
        self.outputs.iter().map(|(column, table)| keeps(table).then_some(*column)).collect()
    }
}

impl Table {
    /// The table in which nothing stands for anything else.
    #[cfg(any(test, feature = "boosters"))]
    pub(crate) fn keeping() -> Self {
        let keys = Keys::Numbers(Vec::new());
        Self { keys, values: Vec::new(), missing: Otherwise::Keep, unknown: Otherwise::Keep }
    }

    /// Every value that it gives instead of another.
    pub(super) fn all(&self) -> impl Iterator<Item = f64> {
        let instead = |otherwise: &Otherwise| match otherwise {
            Otherwise::Value(value) => Some(*value),
            Otherwise::Keep | Otherwise::Refuse => None,
        };
        let otherwise = [instead(&self.missing), instead(&self.unknown)];
        self.values.iter().copied().chain(otherwise).flatten()
    }

    fn keeps_all(&self) -> bool {
        let keeps = matches!((self.missing, self.unknown), (Otherwise::Keep, Otherwise::Keep));
        keeps && self.values.is_empty()
    }

    /// What stands for a value, unless it is refused.
    #[inline]
    pub(crate) fn get(&self, value: f64) -> Option<f64> {
        if value.is_nan() {
            return self.missing.instead_of(value);
        }
        let found = self.place(value).and_then(|place| self.values.get(place).copied().flatten());
        found.or_else(|| self.unknown.instead_of(value))
    }

    #[inline]
    fn place(&self, value: f64) -> Option<usize> {
        match &self.keys {
            #[expect(
                clippy::cast_possible_truncation,
                clippy::cast_sign_loss,
                reason = "a code is a small whole number; what is none saturates and is no key"
            )]
            Keys::Codes => Some(value as u32 as usize),
            Keys::Numbers(keys) => {
                let place = keys.partition_point(|key| *key < value);
                (keys.get(place) == Some(&value)).then_some(place)
            }
        }
    }
}

impl Otherwise {
    #[inline]
    fn instead_of(self, value: f64) -> Option<f64> {
        match self {
            Self::Value(other) => Some(other),
            Self::Keep => Some(value),
            Self::Refuse => None,
        }
    }
}

/// Two are equal when they do the same, so NaN equals NaN here.
impl PartialEq for Otherwise {
    fn eq(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Value(a), Self::Value(b)) => a.to_bits() == b.to_bits(),
            (Self::Keep, Self::Keep) | (Self::Refuse, Self::Refuse) => true,
            _ => false,
        }
    }
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        let bits =
            |values: &[Option<f64>]| values.iter().map(|value| value.map(f64::to_bits)).collect::<Vec<_>>();
        self.keys == other.keys
            && bits(&self.values) == bits(&other.values)
            && (self.missing, self.unknown) == (other.missing, other.unknown)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn table(keys: Keys, missing: Otherwise, unknown: Otherwise) -> Table {
        Table { keys, values: vec![Some(10.0), Some(20.0)], missing, unknown }
    }

    #[test]
    fn codes_and_numbers_are_found_and_what_is_no_key_is_treated_as_told() {
        let codes = table(Keys::Codes, Otherwise::Value(-1.0), Otherwise::Refuse);
        assert_eq!(
            [0.0, 1.0, 2.0, f64::NAN].map(|code| codes.get(code)),
            [Some(10.0), Some(20.0), None, Some(-1.0)]
        );
        let numbers =
            table(Keys::Numbers(vec![-1.5, 0.0]), Otherwise::Refuse, Otherwise::Value(f64::INFINITY));
        assert_eq!(numbers.get(-1.5), Some(10.0));
        assert_eq!(numbers.get(-0.0), Some(20.0));
        assert_eq!(numbers.get(0.5), Some(f64::INFINITY));
        assert_eq!(numbers.get(f64::NAN), None);
    }

    #[test]
    fn the_column_refused_is_named() {
        let tables = vec![
            (2, table(Keys::Codes, Otherwise::Keep, Otherwise::Keep)),
            (0, table(Keys::Codes, Otherwise::Refuse, Otherwise::Refuse)),
        ];
        let step = LookUp { outputs: tables };
        let mut out = [0.0; 2];
        assert_eq!(step.apply(&[0.0, 9.0, 7.0], &mut out), Ok(()));
        assert_eq!(out, [7.0, 10.0]);
        assert_eq!(step.apply(&[5.0, 9.0, 7.0], &mut out), Err(Refused { column: 0 }));
        assert_eq!(step.tolerates_missing(3, &[true, true]), [false, true, true]);
        assert_eq!(step.origins(), [Some(2), None]);
    }

    #[test]
    fn infinities_are_taken_where_nothing_is_looked_up() {
        let codes = table(Keys::Codes, Otherwise::Keep, Otherwise::Keep);
        let step = LookUp { outputs: vec![(0, Table::keeping()), (1, codes), (3, Table::keeping())] };
        assert_eq!(step.tolerates_infinite(4, &[true, true, false]), [true, false, true, false]);
        let mut out = [0.0; 3];
        assert_eq!(step.apply(&[f64::INFINITY, 0.0, 7.0, f64::NAN], &mut out), Ok(()));
        assert!(out[0] == f64::INFINITY && out[1] == 10.0 && out[2].is_nan());
    }
}

//! The columns that a forest asks about: a feature's values, prepared once a row.
//!
//! What a library does with missing values, zeros and categories becomes a value
//! that the one comparison of the kernels decides as the library would.

use std::collections::HashMap;
use std::ops::Range;

use multiversion::multiversion;

use super::Missing;
use super::key::Key;
use crate::refused::Refused;

/// Rows whose values lie side by side, column by column.
pub(super) const LANES: usize = 16;

/// One column: which feature, and what is made of its value.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) struct Column {
    pub(super) feature: usize,
    pub(super) form: Form,
}

/// What is made of a value before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum Form {
    /// The number. What goes left at every threshold is −∞, what goes right is NaN.
    Number(Missing),
    /// 0 where the value is this one (by its bits), or missing and `missing_is_equal`; else 1.
    Equals { bits: u64, missing_is_equal: bool },
    /// A place in a set of categories: 0 for what is missing, else the category
    /// and 1; -1 for what is no category.
    Category,
    /// The same, but a number with a fraction is no category.
    Member,
    /// The same of the lowest byte of the whole number; 0 also for what is below zero, unless it `wraps`.
    Byte { wraps: bool },
}

/// The columns of a forest, each once, in the order in which they were asked for.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct Columns {
    pub(super) list: Vec<Column>,
    pub(super) takes_infinite: bool,
}

/// Columns as they are found.
#[derive(Debug, Default)]
pub(super) struct Finder {
    list: Vec<Column>,
    known: HashMap<Column, u32>,
}

/// Values this near to zero are zero to LightGBM: its `kZeroThreshold`, written in single precision.
#[expect(clippy::cast_possible_truncation, reason = "as in LightGBM")]
pub(crate) const ZERO: f64 = 1e-35_f64 as f32 as f64;

/// From here on no number is a category's.
const MAX_CATEGORY: f64 = 16_777_216.0;

impl Finder {
    /// The place of a column, the same for the same column.
    pub(super) fn place(&mut self, column: Column) -> u32 {
        let Self { list, known } = self;
        *known.entry(column).or_insert_with(|| {
            list.push(column);
            u32::try_from(list.len() - 1).expect("a column has a node, and these are counted in 32 bits")
        })
    }

    pub(super) fn finish(self, takes_infinite: bool) -> Columns {
        Columns { list: self.list, takes_infinite }
    }
}

impl Columns {
    /// Keys of a row: the least of all, at which leaves ask, and one a column.
    pub(super) fn n_keys(&self) -> usize {
        self.list.len() + 1
    }

    /// Writes what the trees ask about of a row.
    pub(super) fn keys<K: Key>(&self, row: &[f64], to: &mut [K]) -> Result<(), Refused> {
        let (least, to) = to.split_first_mut().expect("there is room for the least");
        *least = K::LEAST;
        for (to, column) in to.iter_mut().zip(&self.list) {
            *to = self.key(*column, row[column.feature])?;
        }
        Ok(())
    }

    /// Writes the same of up to [`LANES`] rows of a block, in which the values
    /// of a feature lie side by side, `n_rows` of them.
    pub(super) fn tile<K: Key>(
        &self,
        block: &[f64],
        n_rows: usize,
        rows: Range<usize>,
        to: &mut [[K; LANES]],
    ) -> Result<(), Refused> {
        let (least, to) = to.split_first_mut().expect("there is room for the least");
        *least = [K::LEAST; LANES];
        for (to, column) in to.iter_mut().zip(&self.list) {
            let values = &block[column.feature * n_rows..][rows.clone()];
            let is_infinite = |any, value: &f64| any | K::rounded(*value).is_infinite();
            if !self.takes_infinite && values.iter().fold(false, is_infinite) {
                return Err(Refused { column: column.feature });
            }
            keys(column.form, values, to);
        }
        Ok(())
    }

    #[inline(always)]
    fn key<K: Key>(&self, column: Column, value: f64) -> Result<K, Refused> {
        let value = K::rounded(value);
        if value.is_infinite() && !self.takes_infinite {
            // Finite as it came, but too large for single precision.
            return Err(Refused { column: column.feature });
        }
        Ok(column.form.key(value))
    }
}

impl Form {
    /// What is compared in the place of a value.
    #[inline(always)]
    pub(super) fn key<K: Key>(self, value: f64) -> K {
        match self {
            Self::Number(missing) => K::of(number(missing, value)),
            Self::Equals { bits, missing_is_equal } => {
                let is_equal = if value.is_nan() { missing_is_equal } else { value == f64::from_bits(bits) };
                K::from_place(i32::from(!is_equal))
            }
            Self::Byte { wraps } if value.is_nan() || (value < 0.0 && !wraps) => K::from_place(0),
            Self::Byte { .. } => K::from_place(i32::from(lowest_byte(value)) + 1),
            Self::Member if value.fract() != 0.0 => K::from_place(if value.is_nan() { 0 } else { -1 }),
            Self::Member | Self::Category => K::from_place(category(value)),
        }
    }
}

/// What converting a number to a byte gives on most machines: by way of 32
/// bits with a sign, of which a number that has no place there leaves none.
#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "this is the conversion")]
fn lowest_byte(value: f64) -> u8 {
    if value.abs() < f64::from(1u32 << 31) { value as i32 as u8 } else { 0 }
}

/// The keys of a column's values, in loops without branches.
#[multiversion(targets("x86_64+avx512f+avx512bw+avx512cd+avx512dq+avx512vl", "x86_64+avx2"))]
fn keys<K: Key>(form: Form, values: &[f64], to: &mut [K]) {
    #[inline(always)]
    fn each<K: Key>(values: &[f64], to: &mut [K], key: impl Fn(f64) -> K) {
        to.iter_mut().zip(values).for_each(|(to, value)| *to = key(K::rounded(*value)));
    }
    match form {
        Form::Number(Missing::Left) => each(values, to, |value| K::of(number(Missing::Left, value))),
        Form::Number(Missing::Right) => each(values, to, |value| K::of(number(Missing::Right, value))),
        Form::Number(Missing::Zero) => each(values, to, |value| K::of(number(Missing::Zero, value))),
        form => each(values, to, |value| form.key(value)),
    }
}

#[inline(always)]
fn number(missing: Missing, value: f64) -> f64 {
    let is_missing = match missing {
        Missing::Left | Missing::Right | Missing::Zero => value.is_nan(),
        Missing::OrZeroLeft | Missing::OrZeroRight => value.is_nan() || value.abs() <= ZERO,
    };
    match missing {
        _ if !is_missing => value,
        Missing::Left | Missing::OrZeroLeft => f64::NEG_INFINITY,
        Missing::Right | Missing::OrZeroRight => f64::NAN,
        Missing::Zero => 0.0,
    }
}

#[expect(clippy::cast_possible_truncation, reason = "it is whole, and small enough")]
fn category(value: f64) -> i32 {
    let category = value.trunc();
    match () {
        () if value.is_nan() => 0,
        () if (0.0..MAX_CATEGORY).contains(&category) => category as i32 + 1,
        () => -1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_goes_where_the_library_sends_it_at_every_threshold() {
        for threshold in [f64::NEG_INFINITY, -1.0, 0.0, f64::MAX, f64::INFINITY] {
            let is_left = |missing, value| number(missing, value) <= threshold;
            assert!(is_left(Missing::Left, f64::NAN) && is_left(Missing::OrZeroLeft, -1e-35));
            assert!(!is_left(Missing::Right, f64::NAN) && !is_left(Missing::OrZeroRight, 0.0));
        }
        assert_eq!(number(Missing::Zero, f64::NAN), 0.0);
        assert_eq!(number(Missing::OrZeroLeft, 2e-35), 2e-35);
        let zero = f64::from(1e-35f32);
        assert_eq!(number(Missing::OrZeroLeft, zero), f64::NEG_INFINITY);
        assert_eq!(number(Missing::OrZeroLeft, zero.next_up()), zero.next_up());
    }

    #[test]
    fn categories_are_whole_parts_from_one_on() {
        let of = |value| Form::Category.key::<i64>(value);
        assert_eq!([of(f64::NAN), of(0.0), of(3.7), of(-0.5)], [0, 1, 4, 1]);
        assert_eq!([of(-1.0), of(1e300), of(f64::INFINITY)], [-1; 3]);
    }

    #[test]
    fn a_byte_is_what_is_left_of_a_number() {
        let of = |value| Form::Byte { wraps: false }.key::<i32>(value);
        let wrapped = |value| Form::Byte { wraps: true }.key::<i32>(value);
        assert_eq!([wrapped(f64::NAN), wrapped(-0.5), wrapped(-3.0), wrapped(-1e30)], [0, 1, 254, 1]);
        assert_eq!([of(f64::NAN), of(-0.5), of(-0.0), of(3.7)], [0, 0, 1, 4]);
        assert_eq!([of(255.0), of(256.0), of(300.9), of(1e30), of(f64::INFINITY)], [256, 1, 45, 1, 1]);
    }

    #[test]
    fn a_member_has_no_fraction() {
        let of = |value| Form::Member.key::<i32>(value);
        assert_eq!(
            [of(f64::NAN), of(0.0), of(3.0), of(3.5), of(-0.5), of(f64::INFINITY)],
            [0, 1, 4, -1, -1, -1]
        );
    }

    #[test]
    fn a_value_is_this_one_or_another() {
        let form = Form::Equals { bits: 2f64.to_bits(), missing_is_equal: true };
        assert_eq!([2.0, 2.5, f64::NAN].map(|value| form.key::<i32>(value)), [0, 1, 0]);
    }
}

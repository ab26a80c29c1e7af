//! What leaves add: a number that the node itself holds where it can, else the
//! place of the leaf's numbers in a table, in which equal ones are kept once.

use std::collections::HashMap;

use bytemuck::Pod;

use super::key::Key;

/// The type in which leaves are added.
pub(super) trait Number: Pod {
    fn from_f64(value: f64) -> Self;

    fn to_f64(self) -> f64;

    fn plus(self, other: Self) -> Self;
}

/// A key that may hold the number of a leaf, where a question has its threshold.
pub(super) trait Holds<T: Number>: Key {
    /// `None` of numbers that have more bits than a key.
    fn hold(number: T) -> Option<Self>;

    /// What it holds; of no meaning where it was given none.
    fn held(self) -> T;
}

/// The numbers that leaves add.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Leaves<T> {
    /// The payload of a leaf is the number.
    Held,
    /// The payload is where its numbers begin in here.
    Table(Vec<T>),
}

/// What a kernel is to give for the leaves whose numbers begin at a place.
pub(super) enum Payloads<'a, T> {
    Held(&'a [f64]),
    /// Where in the table they begin, by where they began.
    Table {
        table: Vec<T>,
        places: Vec<u32>,
    },
}

impl<'a, T: Number> Payloads<'a, T> {
    /// Of leaves of one number each.
    pub(super) fn of_numbers<K: Holds<T>>(values: &'a [f64]) -> Self {
        if K::hold(T::from_f64(0.0)).is_some() {
            return Self::Held(values);
        }
        // Few are equal where each leaf has a number of its own.
        Self::in_table(values)
    }

    /// Of leaves of one number each, whose places stay as they are.
    pub(super) fn in_table(values: &'a [f64]) -> Self {
        let table = values.iter().map(|value| T::from_f64(*value)).collect();
        Self::Table { table, places: (0u32..).take(values.len()).collect() }
    }

    /// Of leaves of which some have several numbers: where each leaf's begin, and how many there are.
    pub(super) fn of_vectors(values: &'a [f64], leaves: impl Iterator<Item = (u32, usize)>) -> Self {
        let mut known: HashMap<Vec<u64>, u32> = HashMap::new();
        let mut table = Vec::new();
        let mut places = vec![0; values.len()];
        for (place, width) in leaves {
            let numbers = &values[place as usize..][..width];
            let bits: Vec<u64> = numbers.iter().map(|number| number.to_bits()).collect();
            places[place as usize] = *known.entry(bits).or_insert_with(|| {
                table.extend(numbers.iter().map(|number| T::from_f64(*number)));
                u32::try_from(table.len() - width).expect("places of all numbers were 32 bits long")
            });
        }
        Self::Table { table, places }
    }

    /// The payload of the leaf whose numbers begin here.
    #[expect(clippy::cast_possible_wrap, reason = "places are below 2^31")]
    pub(super) fn of<K: Holds<T>>(&self, place: u32) -> K {
        match self {
            Self::Held(values) => K::hold(T::from_f64(values[place as usize])).unwrap_or(K::LEAST),
            Self::Table { places, .. } => K::from_place(places[place as usize] as i32),
        }
    }

    pub(super) fn finish(self) -> Leaves<T> {
        match self {
            Self::Held(_) => Leaves::Held,
            Self::Table { table, .. } => Leaves::Table(table),
        }
    }
}

impl Number for f32 {
    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the leaves of such a sum have single precision")]
    fn from_f64(value: f64) -> Self {
        value as Self
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        f64::from(self)
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
}

impl Number for f64 {
    #[inline(always)]
    fn from_f64(value: f64) -> Self {
        value
    }

    #[inline(always)]
    fn to_f64(self) -> f64 {
        self
    }

    #[inline(always)]
    fn plus(self, other: Self) -> Self {
        self + other
    }
}

impl Holds<f32> for i32 {
    fn hold(number: f32) -> Option<Self> {
        Some(number.to_bits().cast_signed())
    }

    #[inline(always)]
    fn held(self) -> f32 {
        f32::from_bits(self.cast_unsigned())
    }
}

impl Holds<f64> for i32 {
    fn hold(_: f64) -> Option<Self> {
        None
    }

    #[inline(always)]
    fn held(self) -> f64 {
        0.0
    }
}

impl Holds<f64> for i64 {
    fn hold(number: f64) -> Option<Self> {
        Some(number.to_bits().cast_signed())
    }

    #[inline(always)]
    fn held(self) -> f64 {
        f64::from_bits(self.cast_unsigned())
    }
}

impl Holds<f32> for i64 {
    fn hold(number: f32) -> Option<Self> {
        Some(Self::from(number.to_bits()))
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "it is 32 bits long")]
    fn held(self) -> f32 {
        f32::from_bits(self as u32)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_hold_what_fits_and_places_else() {
        let values = [0.5, -3.0];
        let payloads = Payloads::<f32>::of_numbers::<i32>(&values);
        assert_eq!(Holds::<f32>::held(payloads.of::<i32>(1)), -3.0);
        let payloads = Payloads::<f64>::of_numbers::<i64>(&values);
        assert_eq!(Holds::<f64>::held(payloads.of::<i64>(0)), 0.5);
        let payloads = Payloads::<f64>::of_numbers::<i32>(&values);
        assert_eq!(payloads.of::<i32>(1), 1);
        assert_eq!(payloads.finish(), Leaves::Table(values.to_vec()));
    }

    #[test]
    fn equal_leaves_are_kept_once() {
        let values = [0.0, 1.0, 0.25, 0.75, 0.0, 1.0];
        let payloads = Payloads::<f64>::of_vectors(&values, [(0, 2), (2, 2), (4, 2)].into_iter());
        assert_eq!([0, 2, 4].map(|place| payloads.of::<i32>(place)), [0, 2, 0]);
        assert_eq!(payloads.finish(), Leaves::Table(vec![0.0, 1.0, 0.25, 0.75]));
    }
}

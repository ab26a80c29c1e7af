//! Numbers as integers that lie in the same order: these compare in one cycle,
//! and one comparison also decides about NaN.

use bytemuck::Pod;

/// An integer for a number of one precision: zeros are equal, NaN is above all.
pub(super) trait Key: Pod + Ord {
    /// Below every number.
    const LEAST: Self;

    /// The nearest number of the precision.
    fn rounded(value: f64) -> f64;

    /// Of a value that has been rounded to the precision.
    fn of(value: f64) -> Self;

    /// A whole number as it is: a place in a set of categories, or in a table.
    fn from_place(place: i32) -> Self;

    /// The other way.
    fn place(self) -> i32;
}

impl Key for i32 {
    const LEAST: Self = Self::MIN;

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
    fn rounded(value: f64) -> f64 {
        f64::from(value as f32)
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "the value has single precision already")]
    fn of(value: f64) -> Self {
        // Adding zero makes -0 and 0 one.
        let single = value as f32 + 0.0;
        let bits = single.to_bits().cast_signed();
        if single.is_nan() { Self::MAX } else { bits ^ ((bits >> 31) & Self::MAX) }
    }

    #[inline(always)]
    fn from_place(place: i32) -> Self {
        place
    }

    #[inline(always)]
    fn place(self) -> i32 {
        self
    }
}

impl Key for i64 {
    const LEAST: Self = Self::MIN;

    #[inline(always)]
    fn rounded(value: f64) -> f64 {
        value
    }

    #[inline(always)]
    fn of(value: f64) -> Self {
        let value = value + 0.0;
        let bits = value.to_bits().cast_signed();
        if value.is_nan() { Self::MAX } else { bits ^ ((bits >> 63) & Self::MAX) }
    }

    #[inline(always)]
    fn from_place(place: i32) -> Self {
        Self::from(place)
    }

    #[inline(always)]
    #[expect(clippy::cast_possible_truncation, reason = "it is a place, as from_place makes it")]
    fn place(self) -> i32 {
        self as i32
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_lie_as_their_numbers_do() {
        let numbers = [f64::NEG_INFINITY, -1e30, -1.0, -1e-40, 0.0, 1e-40, 0.5, 1.0, 1e30, f64::INFINITY];
        for (index, a) in numbers.iter().enumerate() {
            assert!(i32::LEAST < i32::of(*a) && i64::LEAST < i64::of(*a));
            assert!(i32::of(*a) < i32::of(f64::NAN) && i64::of(*a) < i64::of(-f64::NAN));
            for b in &numbers[index + 1..] {
                assert!(i32::of(*a) < i32::of(*b) && i64::of(*a) < i64::of(*b), "{a} {b}");
            }
        }
        assert_eq!((i32::of(-0.0), i64::of(-0.0)), (0, 0));
        assert_eq!((i32::from_place(-1).place(), i64::from_place(-1).place()), (-1, -1));
    }
}

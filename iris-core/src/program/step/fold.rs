//! Groups of numbers that become one group: what `ai.onnx.ml`'s ensembles do with trees but adding them up.

use crate::trees::Precision;

/// The numbers of a row stand in groups of as many as it makes.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Fold {
    /// Numbers of a group; not 0.
    pub(crate) width: usize,
    pub(crate) by: FoldBy,
    /// Added where there is a number, one each; or empty.
    pub(crate) base: Vec<f64>,
    /// The type that it is added in.
    pub(crate) precision: Precision,
}

/// What the numbers of a place become.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum FoldBy {
    /// The least, if one is less than the number that stands for none.
    Least { none: f64 },
    /// The largest, if one is larger than the number that stands for none.
    Largest { none: f64 },
    /// The first group's, if the second's is a count above 0.
    Counted,
    /// The same, but where there is none it is less than any other, and no 0.
    Votes,
}

impl Fold {
    /// Makes `to` of `from`. Where there is no number it is 0.
    pub(super) fn apply(&self, from: &[f64], to: &mut [f64]) {
        for (place, to) in to.iter_mut().enumerate() {
            let mut numbers = from.iter().skip(place).step_by(self.width).copied();
            let number = match self.by {
                FoldBy::Least { none } => best(numbers, none, |number, least| number < least),
                FoldBy::Largest { none } => best(numbers, none, |number, largest| number > largest),
                FoldBy::Counted | FoldBy::Votes => {
                    let sum = numbers.next();
                    sum.filter(|_| numbers.next().is_some_and(|count| count > 0.0))
                }
            };
            *to = match number {
                Some(number) => self.based(number, place),
                None if self.by == FoldBy::Votes => f64::MIN,
                None => 0.0,
            };
        }
    }

    fn based(&self, number: f64, place: usize) -> f64 {
        let Some(base) = self.base.get(place) else { return number };
        match self.precision {
            #[expect(clippy::cast_possible_truncation, reason = "rounding is what is meant")]
            Precision::Single => f64::from((number + base) as f32),
            Precision::Double => number + base,
        }
    }
}

/// Of equal numbers the first, which tells 0 from -0.
fn best(numbers: impl Iterator<Item = f64>, none: f64, is_better: impl Fn(f64, f64) -> bool) -> Option<f64> {
    let mut best = none;
    for number in numbers {
        // What is no number stays, so that nobody takes it for an answer.
        if is_better(number, best) || number.is_nan() {
            best = number;
        }
    }
    Some(best).filter(|best| *best != none)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn folded(by: FoldBy, from: &[f64]) -> Vec<f64> {
        based(by, from, Vec::new())
    }

    fn based(by: FoldBy, from: &[f64], base: Vec<f64>) -> Vec<f64> {
        let mut to = vec![f64::NAN; 2];
        Fold { width: 2, by, base, precision: Precision::Double }.apply(from, &mut to);
        to
    }

    #[test]
    fn the_least_and_the_largest_of_each_place_and_zero_where_there_is_none() {
        let least = FoldBy::Least { none: f64::MAX };
        let largest = FoldBy::Largest { none: f64::MIN };
        assert_eq!(folded(least, &[1.0, f64::MAX, -2.0, f64::MAX, 3.0, f64::MAX]), [-2.0, 0.0]);
        assert_eq!(folded(largest, &[-1.0, f64::MIN, -2.0, -7.0, -3.0, -8.0]), [-1.0, -7.0]);
        assert_eq!(folded(largest, &[]), [0.0, 0.0]);
        let zeros: Vec<u64> = folded(least, &[-0.0, 0.0, 0.0, -0.0]).into_iter().map(f64::to_bits).collect();
        assert_eq!(zeros, [(-0.0f64).to_bits(), 0f64.to_bits()]);
        assert!(folded(least, &[f64::NAN, 1.0])[0].is_nan());
    }

    #[test]
    fn who_was_not_counted_is_below_all() {
        assert_eq!(folded(FoldBy::Votes, &[-3.0, 0.0, 1.0, 0.0]), [-3.0, f64::MIN]);
    }

    #[test]
    fn a_base_is_added_to_numbers_only() {
        let base = || vec![0.5, 0.25];
        assert_eq!(based(FoldBy::Counted, &[-3.0, 0.0, 1.0, 0.0], base()), [-2.5, 0.0]);
        let largest = FoldBy::Largest { none: f64::MIN };
        assert_eq!(based(largest, &[f64::MIN, 1.0, f64::MIN, 2.0], base()), [0.0, 2.25]);
    }
}

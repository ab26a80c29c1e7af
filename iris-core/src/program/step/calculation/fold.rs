//! Functions of many numbers.

use super::{Operand, number};

/// What the numbers of a group become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fold {
    Sum,
    Mean,
    Product,
    Max,
    Min,
    SumOfSquares,
    SumOfMagnitudes,
    Length,
    LogOfSum,
    LogOfExponentials,
    /// The place of the first of the largest.
    Largest,
    /// The place of the last of the largest.
    LastLargest,
    Smallest,
    LastSmallest,
}

/// Groups of `n` numbers that stand `inner` apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Groups {
    pub(crate) n: usize,
    pub(crate) inner: usize,
}

impl Fold {
    pub(super) fn apply(self, Groups { n, inner }: Groups, operand: &Operand, from: &[f64], to: &mut [f64]) {
        let Some(numbers) = operand.slice(from, to.len() * n) else { return };
        for (place, to) in to.iter_mut().enumerate() {
            let start = place / inner * inner * n + place % inner;
            let group = numbers.get(start..).unwrap_or_default();
            *to = self.of(group.iter().step_by(inner).take(n).copied(), n);
        }
    }

    fn of(self, numbers: impl Iterator<Item = f64> + Clone, n: usize) -> f64 {
        match self {
            Self::Sum => numbers.sum(),
            Self::Mean => numbers.sum::<f64>() / number(n),
            Self::Product => numbers.product(),
            Self::Max => numbers.fold(f64::NEG_INFINITY, f64::max),
            Self::Min => numbers.fold(f64::INFINITY, f64::min),
            Self::SumOfSquares => numbers.map(|x| x * x).sum(),
            Self::SumOfMagnitudes => numbers.map(f64::abs).sum(),
            Self::Length => numbers.map(|x| x * x).sum::<f64>().sqrt(),
            Self::LogOfSum => numbers.sum::<f64>().ln(),
            Self::LogOfExponentials => {
                let largest = numbers.clone().fold(f64::NEG_INFINITY, f64::max);
                let shift = if largest.is_finite() { largest } else { 0.0 };
                numbers.map(|x| (x - shift).exp()).sum::<f64>().ln() + shift
            }
            Self::Largest => place(numbers, |x, best| x > best),
            Self::LastLargest => place(numbers, |x, best| x >= best),
            Self::Smallest => place(numbers, |x, best| x < best),
            Self::LastSmallest => place(numbers, |x, best| x <= best),
        }
    }
}

fn place(numbers: impl Iterator<Item = f64>, is_better: impl Fn(f64, f64) -> bool) -> f64 {
    let mut best = (0, f64::NAN);
    for (place, x) in numbers.enumerate() {
        if place == 0 || is_better(x, best.1) {
            best = (place, x);
        }
    }
    number(best.0)
}

/// Each e^x by the sum of its group, or the logarithm of that.
pub(super) fn softmax(n: usize, is_logarithm: bool, from: &[f64], to: &mut [f64]) {
    for (to, group) in to.chunks_exact_mut(n).zip(from.chunks_exact(n)) {
        let largest = group.iter().copied().fold(f64::NEG_INFINITY, f64::max);
        to.iter_mut().zip(group).for_each(|(to, x)| *to = (x - largest).exp());
        let sum: f64 = to.iter().sum();
        if is_logarithm {
            let log = sum.ln();
            to.iter_mut().zip(group).for_each(|(to, x)| *to = x - largest - log);
        } else {
            for to in to {
                *to /= sum;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(fold: Fold, numbers: &[f64]) -> f64 {
        let mut to = [f64::NAN];
        let groups = Groups { n: numbers.len(), inner: 1 };
        fold.apply(groups, &Operand::Input { start: 0 }, numbers, &mut to);
        to[0]
    }

    #[test]
    fn each_fold_does_what_its_name_says() {
        let numbers = [3.0, -4.0, 3.0];
        let cases = [
            (Fold::Sum, 2.0),
            (Fold::Product, -36.0),
            (Fold::Max, 3.0),
            (Fold::Min, -4.0),
            (Fold::SumOfSquares, 34.0),
            (Fold::SumOfMagnitudes, 10.0),
            (Fold::Largest, 0.0),
            (Fold::LastLargest, 2.0),
            (Fold::Smallest, 1.0),
            (Fold::LastSmallest, 1.0),
            (Fold::Mean, 2.0 / 3.0),
            (Fold::Length, 34f64.sqrt()),
            (Fold::LogOfSum, 2f64.ln()),
        ];
        for (fold, expected) in cases {
            assert_eq!(of(fold, &numbers), expected, "{fold:?}");
        }
        assert_eq!(of(Fold::LogOfExponentials, &[1000.0]), 1000.0);
        assert_eq!(of(Fold::LogOfExponentials, &[f64::NEG_INFINITY; 2]), f64::NEG_INFINITY);
    }

    #[test]
    fn groups_stand_apart() {
        let numbers = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0];
        let mut to = [0.0; 4];
        let groups = Groups { n: 2, inner: 2 };
        Fold::Sum.apply(groups, &Operand::Input { start: 0 }, &numbers, &mut to);
        assert_eq!(to, [4.0, 6.0, 12.0, 14.0]);
    }

    #[test]
    fn shares_of_large_numbers_do_not_overflow() {
        let mut to = [0.0; 4];
        softmax(2, false, &[1000.0, 1000.0, 0.0, -1e9], &mut to);
        assert_eq!(to, [0.5, 0.5, 1.0, 0.0]);
        softmax(2, true, &[1000.0, 1000.0, 0.0, -1e9], &mut to);
        assert_eq!(to, [-(2f64.ln()), -(2f64.ln()), 0.0, -1e9]);
    }
}

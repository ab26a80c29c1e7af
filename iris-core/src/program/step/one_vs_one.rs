//! `OneVsOneClassifier`: what the classifiers of pairs say, as a score a class.

use crate::columns::{Columns, ColumnsMut};

/// Votes of the pairs, and their confidences to tell equal votes apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct OneVsOne {
    pub(crate) n_classes: usize,
}

impl OneVsOne {
    /// How many pairs so many classes are; `None` if there are too many to count.
    pub(crate) fn n_pairs(n_classes: usize) -> Option<usize> {
        Some(n_classes.checked_mul(n_classes.checked_sub(1)?)? / 2)
    }

    /// The row has what each pair predicts, 1 for the second class and 0 for
    /// the first, then how confident each is of the second.
    pub(super) fn apply(self, row: &[f64], out: &mut [f64]) {
        let (predictions, confidences) = row.split_at(row.len() / 2);
        out.fill(0.0);
        self.each_pair(confidences, |confidence, first, second| {
            out[first] -= confidence;
            out[second] += confidence;
        });
        // Less than a third of a vote, so that no vote is overruled.
        for sum in &mut *out {
            *sum /= 3.0 * (sum.abs() + 1.0);
        }
        self.each_pair(predictions, |prediction, first, second| {
            if prediction == 0.0 {
                out[first] += 1.0;
            } else if prediction == 1.0 {
                out[second] += 1.0;
            }
        });
    }

    pub(super) fn apply_columns(self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        let n_pairs = rows.width() / 2;
        out.numbers().fill(0.0);
        for (confidences, (first, second)) in rows.range(n_pairs..2 * n_pairs).iter().zip(self.pairs()) {
            out.column(first).iter_mut().zip(confidences).for_each(|(sum, x)| *sum -= x);
            out.column(second).iter_mut().zip(confidences).for_each(|(sum, x)| *sum += x);
        }
        for sum in out.numbers() {
            *sum /= 3.0 * (sum.abs() + 1.0);
        }
        for (predictions, (first, second)) in rows.range(0..n_pairs).iter().zip(self.pairs()) {
            // What is added where there is no vote changes no number, not even a zero's sign.
            let vote = |is_vote: bool| if is_vote { 1.0 } else { -0.0 };
            out.column(first).iter_mut().zip(predictions).for_each(|(sum, x)| *sum += vote(*x == 0.0));
            out.column(second).iter_mut().zip(predictions).for_each(|(sum, x)| *sum += vote(*x == 1.0));
        }
    }

    fn each_pair(self, numbers: &[f64], mut of_pair: impl FnMut(f64, usize, usize)) {
        self.pairs().zip(numbers).for_each(|((first, second), number)| of_pair(*number, first, second));
    }

    fn pairs(self) -> impl Iterator<Item = (usize, usize)> {
        (0..self.n_classes)
            .flat_map(move |first| (first + 1..self.n_classes).map(move |second| (first, second)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn votes_and_a_third_of_the_confidence() {
        let step = OneVsOne { n_classes: 3 };
        let mut out = [f64::NAN; 3];
        step.apply(&[1.0, 0.0, 1.0, 2.0, -1.0, 0.5], &mut out);
        let third = |x: f64| x / (3.0 * (x.abs() + 1.0));
        assert_eq!(out, [1.0 + third(-1.0), 1.0 + third(1.5), 1.0 + third(-0.5)]);
        assert_eq!((OneVsOne::n_pairs(3), OneVsOne::n_pairs(0)), (Some(3), None));
    }
}

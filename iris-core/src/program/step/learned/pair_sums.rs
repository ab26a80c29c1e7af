//! The decision values of pairs of classes, of what each class's support vectors say in each.

use crate::columns::{Columns, ColumnsMut};

/// An intercept for each pair: 0 and 1, 0 and 2, …, 1 and 2, ….
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct PairSums {
    n_classes: usize,
    intercepts: Vec<f64>,
}

impl PairSums {
    /// `None` if these are not as many intercepts as there are pairs.
    pub(crate) fn new(n_classes: usize, intercepts: Vec<f64>) -> Option<Self> {
        let n_pairs = super::super::OneVsOne::n_pairs(n_classes)?;
        (n_classes > 1 && intercepts.len() == n_pairs).then_some(Self { n_classes, intercepts })
    }

    pub(super) fn n_outputs(&self) -> usize {
        self.intercepts.len()
    }

    /// The row has for each class the sums of its support vectors against every other class, in their order.
    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        for ((out, [a, b]), intercept) in out.iter_mut().zip(self.sums()).zip(&self.intercepts) {
            *out = row[a] + row[b] + intercept;
        }
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        for ((out, [a, b]), intercept) in out.iter_mut().zip(self.sums()).zip(&self.intercepts) {
            let both = rows.column(a).iter().zip(rows.column(b));
            out.iter_mut().zip(both).for_each(|(out, (a, b))| *out = a + b + intercept);
        }
    }

    /// For each pair the two sums that it is made of.
    fn sums(&self) -> impl Iterator<Item = [usize; 2]> {
        let n = self.n_classes;
        (0..n).flat_map(move |i| (i + 1..n).map(move |j| [i * (n - 1) + j - 1, j * (n - 1) + i]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_pair_has_both_sides() {
        let sums = PairSums::new(3, vec![0.5, 0.25, 0.125]).unwrap();
        let mut out = [f64::NAN; 3];
        // Of class 0 against 1 and 2, of 1 against 0 and 2, of 2 against 0 and 1.
        sums.apply(&[1.0, 2.0, 10.0, 20.0, 100.0, 200.0], &mut out);
        assert_eq!(out, [11.5, 102.25, 220.125]);
        assert!(PairSums::new(3, vec![0.0; 2]).is_none() && PairSums::new(1, Vec::new()).is_none());
    }
}

//! Sums of squares or of products, by groups of columns: quadratic forms, one a class.

use crate::columns::{Columns, ColumnsMut};

/// How columns are added up.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct GroupSums {
    /// Columns of each group, side by side.
    pub(crate) widths: Vec<usize>,
    pub(crate) term: Term,
}

/// What is added of each column.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Term {
    Square,
    /// Its product with the column as far behind all groups' columns.
    Product,
}

impl GroupSums {
    pub(super) fn n_outputs(&self) -> usize {
        self.widths.len()
    }

    fn other(&self) -> usize {
        match self.term {
            Term::Square => 0,
            Term::Product => self.widths.iter().sum(),
        }
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        let others = &row[self.other()..];
        let mut start = 0;
        for (out, width) in out.iter_mut().zip(&self.widths) {
            let end = start + width;
            let pairs = row[start..end].iter().zip(&others[start..end]);
            *out = pairs.fold(0.0, |sum, (a, b)| sum + a * b);
            start = end;
        }
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        let other = self.other();
        let mut column = 0;
        for (out, width) in out.iter_mut().zip(&self.widths) {
            out.fill(0.0);
            for _ in 0..*width {
                let pairs = rows.column(column).iter().zip(rows.column(other + column));
                out.iter_mut().zip(pairs).for_each(|(sum, (a, b))| *sum += a * b);
                column += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn squares_and_products_by_groups() {
        let mut out = [f64::NAN; 2];
        GroupSums { widths: vec![2, 1], term: Term::Square }.apply(&[3.0, 4.0, 2.0], &mut out);
        assert_eq!(out, [25.0, 4.0]);
        let products = GroupSums { widths: vec![1, 2], term: Term::Product };
        products.apply(&[1.0, 2.0, 3.0, 10.0, 20.0, 30.0], &mut out);
        assert_eq!(out, [10.0, 130.0]);
    }
}

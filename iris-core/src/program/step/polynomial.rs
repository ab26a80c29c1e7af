//! `PolynomialFeatures`: the columns, and products of them.

use crate::columns::{Columns, ColumnsMut};

/// Products, each of an earlier output with a column.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Polynomial {
    /// Whether the first output is 1.
    pub(crate) has_bias: bool,
    /// The columns, which come behind the bias.
    pub(crate) n_inputs: usize,
    /// Of each further output the earlier one and the column that it is the product of.
    pub(crate) products: Vec<(usize, usize)>,
}

impl Polynomial {
    pub(crate) fn n_outputs(&self) -> usize {
        usize::from(self.has_bias) + self.n_inputs + self.products.len()
    }

    pub(super) fn apply(&self, row: &[f64], out: &mut [f64]) {
        let start = usize::from(self.has_bias);
        out[..start].fill(1.0);
        out[start..start + row.len()].copy_from_slice(row);
        for (place, (earlier, column)) in (start + row.len()..).zip(&self.products) {
            out[place] = out[*earlier] * row[*column];
        }
    }

    pub(super) fn apply_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        let start = usize::from(self.has_bias);
        let (bias, rest) = out.numbers().split_at_mut(start * rows.n_rows());
        bias.fill(1.0);
        rest[..rows.numbers().len()].copy_from_slice(rows.numbers());
        for (place, (earlier, column)) in (start + rows.width()..).zip(&self.products) {
            let (before, product) = out.before(place);
            let factors = before.column(*earlier).iter().zip(rows.column(*column));
            product.iter_mut().zip(factors).for_each(|(product, (a, b))| *product = a * b);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn products_of_products() {
        let step = Polynomial { has_bias: true, n_inputs: 2, products: vec![(1, 0), (2, 0), (2, 1), (5, 1)] };
        let mut out = [f64::NAN; 7];
        assert_eq!(step.n_outputs(), out.len());
        step.apply(&[2.0, 3.0], &mut out);
        assert_eq!(out, [1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 27.0]);
    }
}

//! Matrix products.

use super::Operand;

/// So many matrices with rows of `n`, each times one with rows of `n_columns`.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Product {
    pub(crate) left: Operand,
    pub(crate) right: Operand,
    pub(crate) n_rows: usize,
    pub(crate) n: usize,
    pub(crate) n_columns: usize,
}

impl Product {
    /// Operands stand one behind the other; sums are of double precision, and rounded once.
    pub(super) fn apply(&self, from: &[f64], to: &mut [f64]) {
        let Self { n_rows, n, n_columns, .. } = *self;
        if n_columns == 0 || n_rows == 0 {
            return;
        }
        let n_matrices = to.len() / (n_rows * n_columns);
        let left = self.left.slice(from, n_matrices * n_rows * n);
        let right = self.right.slice(from, n_matrices * n * n_columns);
        to.fill(0.0);
        let (Some(left), Some(right)) = (left, right) else { return };
        for (place, to) in to.chunks_exact_mut(n_columns).enumerate() {
            let matrix = place / n_rows;
            let row = &left[place * n..(place + 1) * n];
            let right = &right[matrix * n * n_columns..(matrix + 1) * n * n_columns];
            if n_columns == 1 {
                to[0] = row.iter().zip(right).map(|(x, weight)| x * weight).sum();
                continue;
            }
            for (x, weights) in row.iter().zip(right.chunks_exact(n_columns)) {
                to.iter_mut().zip(weights).for_each(|(to, weight)| *to += x * weight);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_by_a_matrix_and_two_matrices_by_two() {
        let right = Operand::Constants([1.0, 2.0, 3.0, 4.0].into());
        let product = Product { left: Operand::Input { start: 1 }, right, n_rows: 1, n: 2, n_columns: 2 };
        let mut to = [f64::NAN; 2];
        product.apply(&[9.0, 10.0, 1.0], &mut to);
        assert_eq!(to, [13.0, 24.0]);
        let right = Operand::Constants([1.0, 2.0, 3.0, 4.0].into());
        let product = Product { left: Operand::Input { start: 0 }, right, n_rows: 1, n: 2, n_columns: 1 };
        product.apply(&[1.0, 1.0, 2.0, 0.5], &mut to);
        assert_eq!(to, [3.0, 8.0]);
    }
}

//! Products of a block's columns with a matrix.

use multiversion::multiversion;

use super::{Columns, ColumnsMut};

/// Rows whose sums are kept in registers together.
const ROWS: usize = 8;

/// `to[j] = Σ_i from[i] · weights[i][j] + offset[j]`, with `weights` row-major.
///
/// Each sum adds its products in the order of the inputs, and the offset last,
/// as the forms for one row do, so that the bits are theirs.
#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
pub(crate) fn products(from: Columns<'_>, weights: &[f64], offset: &[f64], to: ColumnsMut<'_>) {
    let n_rows = from.n_rows;
    let product = Product { from, weights, offset };
    for first in (0..n_rows - n_rows % ROWS).step_by(ROWS) {
        product.of_rows::<ROWS>(first, to.numbers);
    }
    for row in n_rows - n_rows % ROWS..n_rows {
        product.of_rows::<1>(row, to.numbers);
    }
}

struct Product<'a> {
    from: Columns<'a>,
    weights: &'a [f64],
    offset: &'a [f64],
}

impl Product<'_> {
    /// All outputs of `R` rows, as many outputs together as there are registers for.
    #[inline(always)]
    fn of_rows<const R: usize>(&self, first: usize, to: &mut [f64]) {
        let n_outputs = self.offset.len();
        let mut output = 0;
        while output + 4 <= n_outputs {
            self.tile::<R, 4>(first, output, to);
            output += 4;
        }
        if output + 2 <= n_outputs {
            self.tile::<R, 2>(first, output, to);
            output += 2;
        }
        if output < n_outputs {
            self.tile::<R, 1>(first, output, to);
        }
    }

    #[inline(always)]
    fn tile<const R: usize, const C: usize>(&self, row: usize, output: usize, to: &mut [f64]) {
        let n_rows = self.from.n_rows;
        let mut sums = [[0.0; R]; C];
        for (column, weights) in self.from.iter().zip(self.weights.chunks_exact(self.offset.len())) {
            let (values, weights) = (exactly::<R>(&column[row..]), exactly::<C>(&weights[output..]));
            for c in 0..C {
                for r in 0..R {
                    sums[c][r] += values[r] * weights[c];
                }
            }
        }
        let offset = exactly::<C>(&self.offset[output..]);
        for c in 0..C {
            let to = &mut to[(output + c) * n_rows + row..][..R];
            for r in 0..R {
                to[r] = sums[c][r] + offset[c];
            }
        }
    }
}

#[inline(always)]
fn exactly<const N: usize>(numbers: &[f64]) -> &[f64; N] {
    numbers.first_chunk().expect("a tile lies within its block")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_row_is_what_it_is_alone(
            shape in (1..20usize, 0..6usize, 1..12usize),
            numbers in prop::collection::vec(-1e3..1e3f64, 300),
        ) {
            let (n_rows, n_inputs, n_outputs) = shape;
            let from = Columns::new(&numbers[..n_rows * n_inputs], n_rows);
            let (weights, offset) = (&numbers[120..][..n_inputs * n_outputs], &numbers[280..][..n_outputs]);
            let mut to = vec![f64::NAN; n_rows * n_outputs];
            products(from, weights, offset, ColumnsMut::new(&mut to, n_rows));
            for row in 0..n_rows {
                for output in 0..n_outputs {
                    let mut sum = 0.0;
                    for input in 0..n_inputs {
                        sum += from.column(input)[row] * weights[input * n_outputs + output];
                    }
                    prop_assert_eq!(to[output * n_rows + row].to_bits(), (sum + offset[output]).to_bits());
                }
            }
        }
    }
}

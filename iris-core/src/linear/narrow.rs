//! The kernel for few weights: few outputs are summed in registers, of several rows at once; more where they end up.

use multiversion::multiversion;

use crate::affine::add_scaled;
use crate::columns::{Columns, ColumnsMut, products};

/// Weights of `n_features` by as many outputs as there are intercepts, row-major: for each feature the outputs lie
/// side by side.
///
/// A sum begins at zero, adds its products in the order of the features and the intercept last, as the other
/// kernels' do: the bits are theirs.
#[derive(Debug)]
pub(super) struct Narrow {
    n_features: usize,
    /// With zeros behind them, so that there are [`SIDE_BY_SIDE`] outputs wherever one begins.
    weights: Vec<f64>,
    intercepts: Vec<f64>,
}

/// Outputs whose sums are kept in registers together.
const SIDE_BY_SIDE: usize = 4;
/// Outputs up to which a row is read anew for the next of them, as that costs less than sums in memory.
const FEW: usize = 16;

impl Narrow {
    /// Rows scored together.
    pub(super) const BLOCK: usize = 8;

    /// From row-major weights.
    pub(super) fn new(mut weights: Vec<f64>, intercepts: Vec<f64>) -> Self {
        let n_features = weights.len() / intercepts.len();
        // A hundred megabytes must not become two hundred for four numbers more.
        weights.reserve_exact(SIDE_BY_SIDE);
        weights.extend([0.0; SIDE_BY_SIDE]);
        Self { n_features, weights, intercepts }
    }

    pub(super) fn n_features(&self) -> usize {
        self.n_features
    }

    pub(super) fn weight(&self, feature: usize, output: usize) -> f64 {
        self.weights[feature * self.intercepts.len() + output]
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// The scores of a block of rows, a column a class.
    pub(super) fn score_columns(&self, rows: Columns<'_>, out: ColumnsMut<'_>) {
        products(rows, &self.weights[..self.n_features * self.intercepts.len()], &self.intercepts, out);
    }

    /// The scores of `rows` into `out`, both row-major.
    pub(super) fn evaluate(&self, rows: &[f64], out: &mut [f64]) {
        evaluate(self, rows, out);
    }

    /// All outputs of `R` rows, where they are few.
    #[inline(always)]
    fn outputs<const R: usize, V: Iterator<Item = [f64; R]>>(&self, values: impl Fn() -> V, out: &mut [f64]) {
        let n_outputs = self.intercepts.len();
        for first in (0..n_outputs).step_by(SIDE_BY_SIDE) {
            let sums = self.sums(first, values());
            for (sums, out) in sums.iter().zip(out.chunks_exact_mut(n_outputs)) {
                let outputs = out[first..].iter_mut().zip(&self.intercepts[first..]);
                outputs.zip(sums).for_each(|((out, intercept), sum)| *out = sum + intercept);
            }
        }
    }

    /// The sums of outputs from the first on; of those that are not there, anything.
    #[inline(always)]
    fn sums<const R: usize>(
        &self,
        first: usize,
        values: impl Iterator<Item = [f64; R]>,
    ) -> [[f64; SIDE_BY_SIDE]; R] {
        let mut sums = [[0.0; SIDE_BY_SIDE]; R];
        for (feature, values) in values.enumerate() {
            let weights = &self.weights[feature * self.intercepts.len() + first..][..SIDE_BY_SIDE];
            for r in 0..R {
                for c in 0..SIDE_BY_SIDE {
                    sums[r][c] += values[r] * weights[c];
                }
            }
        }
        sums
    }

    /// All outputs of a block of rows, where they are many, or there is nothing to sum up.
    #[inline(always)]
    fn many_outputs(&self, rows: &[f64], out: &mut [f64]) {
        let n_outputs = self.intercepts.len();
        out.fill(0.0);
        for feature in 0..self.n_features {
            let weights = &self.weights[feature * n_outputs..][..n_outputs];
            for (row, out) in rows.chunks_exact(self.n_features).zip(out.chunks_exact_mut(n_outputs)) {
                add_scaled(out, row[feature], weights);
            }
        }
        for out in out.chunks_exact_mut(n_outputs) {
            out.iter_mut().zip(&self.intercepts).for_each(|(out, intercept)| *out += intercept);
        }
    }
}

#[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
fn evaluate(kernel: &Narrow, rows: &[f64], out: &mut [f64]) {
    let (n_features, n_outputs) = (kernel.n_features, kernel.intercepts.len());
    if n_outputs > FEW || n_features == 0 {
        return kernel.many_outputs(rows, out);
    }
    let blocks = rows.chunks(Narrow::BLOCK * n_features).zip(out.chunks_mut(Narrow::BLOCK * n_outputs));
    for (rows, out) in blocks {
        if rows.len() == Narrow::BLOCK * n_features {
            kernel.outputs(|| eight(rows, n_features), out);
            continue;
        }
        for (row, out) in rows.chunks_exact(n_features).zip(out.chunks_exact_mut(n_outputs)) {
            kernel.outputs(|| row.iter().map(|value| [*value]), out);
        }
    }
}

/// What eight rows have of one feature after the other. Zipped, since indices into several slices are each checked.
#[inline(always)]
#[expect(clippy::many_single_char_names, reason = "one for each row")]
fn eight(rows: &[f64], n_features: usize) -> impl Iterator<Item = [f64; 8]> {
    let [a, b, c, d, e, f, g, h] = std::array::from_fn(|row| &rows[row * n_features..][..n_features]);
    let one_half = a.iter().zip(b).zip(c.iter().zip(d));
    let other_half = e.iter().zip(f).zip(g.iter().zip(h));
    one_half.zip(other_half).map(|(((a, b), (c, d)), ((e, f), (g, h)))| [*a, *b, *c, *d, *e, *f, *g, *h])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sums_are_those_of_one_product_after_the_other() {
        let numbers = |n: usize, step: usize| -> Vec<f64> {
            (0..n).map(|index| f64::from(u16::try_from(index * step % 1_009).unwrap()) / 77.0 - 6.0).collect()
        };
        for (n_features, n_outputs, n_rows) in [
            (1, 1, 1),
            (3, 1, 9),
            (5, 2, 8),
            (7, 3, 17),
            (4, 4, 3),
            (6, 5, 16),
            (9, 16, 11),
            (2, 17, 10),
            (0, 3, 4),
        ] {
            let (weights, rows) = (numbers(n_features * n_outputs, 577), numbers(n_rows * n_features, 331));
            let kernel = Narrow::new(weights.clone(), numbers(n_outputs, 91));
            let mut scores = vec![f64::NAN; n_rows * n_outputs];
            kernel.evaluate(&rows, &mut scores);
            for (index, scores) in scores.chunks(n_outputs).enumerate() {
                let row = &rows[index * n_features..][..n_features];
                for (output, score) in scores.iter().enumerate() {
                    let products = row.iter().enumerate().map(|(f, x)| x * weights[f * n_outputs + output]);
                    let sum = products.fold(0.0, |sum, product| sum + product) + kernel.intercepts[output];
                    assert_eq!(score.to_bits(), sum.to_bits(), "{n_features} {n_outputs} {n_rows}");
                }
            }
        }
    }
}

//! Kernels whose shape is known to the compiler.

use multiversion::multiversion;

use super::{Link, NotFinite, Winner, all_finite};
use crate::math::{argmax, exp_nonpositive};

/// Weights of `F` features by up to `LANES` classes; the lanes past `C` are zero.
#[derive(Debug)]
pub(super) struct Fixed<const F: usize, const C: usize> {
    weights: [[f64; LANES]; F],
    intercepts: [f64; LANES],
}

/// Classes padded to a whole vector of numbers.
const LANES: usize = 4;

/// Rows worked on together; their scores stay in the first-level cache.
const BLOCK: usize = 64;

impl<const F: usize, const C: usize> Fixed<F, C> {
    /// From `F × C` row-major weights and `C` intercepts.
    pub(super) fn new(weights: &[f64], intercepts: &[f64]) -> Self {
        let padded = |values: &[f64]| std::array::from_fn(|c| if c < C { values[c] } else { 0.0 });
        Self { weights: std::array::from_fn(|f| padded(&weights[f * C..])), intercepts: padded(intercepts) }
    }

    /// Even and odd features are summed apart: half the latency of one sum.
    #[inline(always)]
    fn lanes(&self, row: &[f64; F]) -> [f64; LANES] {
        // Adding to -0.0 changes nothing, not even a zero's sign.
        let mut sums = [self.intercepts, [-0.0; LANES]];
        for f in 0..F {
            for (sum, weight) in sums[f % 2].iter_mut().zip(&self.weights[f]) {
                *sum += row[f] * weight;
            }
        }
        std::array::from_fn(|c| sums[0][c] + sums[1][c])
    }

    #[inline(always)]
    fn evaluate(&self, row: &[f64; F]) -> [f64; C] {
        let lanes = self.lanes(row);
        std::array::from_fn(|c| lanes[c])
    }

    #[inline(always)]
    fn checked(&self, row: &[f64]) -> Result<[f64; C], NotFinite> {
        let row: &[f64; F] = row.try_into().expect("the predictor checked the row's length");
        let lanes = self.lanes(row);
        let scores = std::array::from_fn(|c| lanes[c]);
        // One test does for all lanes; only scores near the limit fail it wrongly.
        let sum = (lanes[0] + lanes[2]) + (lanes[1] + lanes[3]);
        if sum.is_finite() || all_finite(&scores) { Ok(scores) } else { Err(NotFinite { row: 0 }) }
    }

    #[inline(always)]
    pub(super) fn class(&self, row: &[f64]) -> Result<usize, NotFinite> {
        self.checked(row).map(|scores| argmax(&scores))
    }

    #[inline(always)]
    pub(super) fn winner(&self, row: &[f64], link: Link) -> Result<Winner, NotFinite> {
        let mut out = [0.0; C];
        self.probabilities(row, link, &mut out)
    }

    #[inline(always)]
    pub(super) fn probabilities(
        &self,
        row: &[f64],
        link: Link,
        out: &mut [f64],
    ) -> Result<Winner, NotFinite> {
        let mut scores = self.checked(row)?;
        let class_index = argmax(&scores);
        link.apply(&mut scores);
        out.copy_from_slice(&scores);
        let probability = link.has_probabilities().then(|| super::link::largest(&scores));
        Ok(Winner { class_index, probability })
    }

    #[inline(always)]
    pub(super) fn scores(&self, row: &[f64], mirrored: bool, out: &mut [f64]) -> Result<(), NotFinite> {
        let scores = self.checked(row)?;
        out.copy_from_slice(&scores[usize::from(mirrored)..]);
        Ok(())
    }

    #[inline(always)]
    fn class_batch(&self, rows: &[f64], out: &mut [u32]) -> Result<(), NotFinite> {
        let (rows, _) = rows.as_chunks::<F>();
        for (block, (rows, out)) in rows.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).enumerate() {
            // 0·s is 0 for a finite score and NaN for any other, so one sum
            // checks a whole block.
            let mut poison = 0.0;
            for (row, class) in rows.iter().zip(out) {
                let scores = self.evaluate(row);
                let (mut best, mut best_class) = (scores[0], 0u32);
                poison += scores[0] * 0.0;
                for (class, score) in (1u32..).zip(&scores[1..]) {
                    poison += score * 0.0;
                    let better = *score > best;
                    best = if better { *score } else { best };
                    best_class = if better { class } else { best_class };
                }
                *class = best_class;
            }
            if poison != 0.0 {
                return Err(self.first_not_finite(rows, block));
            }
        }
        Ok(())
    }

    #[inline(always)]
    fn probability_batch(&self, link: Link, rows: &[f64], out: &mut [f64]) -> Result<(), NotFinite> {
        let (rows, _) = rows.as_chunks::<F>();
        let (out, _) = out.as_chunks_mut::<C>();
        for (block, (rows, out)) in rows.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).enumerate() {
            let finite = if link == Link::Softmax {
                self.softmax_block(rows, out)
            } else {
                self.link_block(link, rows, out)
            };
            if !finite {
                return Err(self.first_not_finite(rows, block));
            }
        }
        Ok(())
    }

    /// The softmax of up to `BLOCK` rows, one array a class so that each step
    /// is a loop over rows; the operations on a row are those of `Link::apply`.
    #[inline(always)]
    fn softmax_block(&self, rows: &[[f64; F]], out: &mut [[f64; C]]) -> bool {
        let mut scores = [[0.0; BLOCK]; C];
        let mut poison = 0.0;
        for (r, row) in rows.iter().enumerate() {
            let values = self.evaluate(row);
            for c in 0..C {
                scores[c][r] = values[c];
                poison += values[c] * 0.0;
            }
        }
        if poison != 0.0 {
            return false;
        }
        let mut largest = [f64::NEG_INFINITY; BLOCK];
        let mut total = [0.0; BLOCK];
        for class in &scores {
            for r in 0..BLOCK {
                largest[r] = if class[r] > largest[r] { class[r] } else { largest[r] };
            }
        }
        for class in &mut scores {
            for r in 0..BLOCK {
                class[r] = exp_nonpositive(class[r] - largest[r]);
            }
        }
        for class in &scores {
            for r in 0..BLOCK {
                total[r] += class[r];
            }
        }
        for total in &mut total {
            *total = 1.0 / *total;
        }
        for (r, out) in out.iter_mut().enumerate() {
            for c in 0..C {
                out[c] = scores[c][r] * total[r];
            }
        }
        true
    }

    #[inline(always)]
    fn link_block(&self, link: Link, rows: &[[f64; F]], out: &mut [[f64; C]]) -> bool {
        for (row, out) in rows.iter().zip(out) {
            *out = self.evaluate(row);
            if !all_finite(out) {
                return false;
            }
            link.apply(out);
        }
        true
    }

    #[cold]
    fn first_not_finite(&self, rows: &[[f64; F]], block: usize) -> NotFinite {
        let row = rows.iter().position(|row| !all_finite(&self.evaluate(row)));
        NotFinite { row: block * BLOCK + row.expect("the block holds a score that is not finite") }
    }
}

/// One entry point a shape, compiled for each level of vector instructions.
macro_rules! batch_kernels {
    ($f:literal, $c:literal, $class:ident, $probability:ident) => {
        #[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
        pub(super) fn $class(kernel: &Fixed<$f, $c>, rows: &[f64], out: &mut [u32]) -> Result<(), NotFinite> {
            kernel.class_batch(rows, out)
        }

        #[multiversion(targets("x86_64+avx512f+avx512dq+avx512vl", "x86_64+avx2"))]
        pub(super) fn $probability(
            kernel: &Fixed<$f, $c>,
            link: Link,
            rows: &[f64],
            out: &mut [f64],
        ) -> Result<(), NotFinite> {
            kernel.probability_batch(link, rows, out)
        }
    };
}

batch_kernels!(4, 2, class_batch_4x2, probability_batch_4x2);
batch_kernels!(4, 3, class_batch_4x3, probability_batch_4x3);

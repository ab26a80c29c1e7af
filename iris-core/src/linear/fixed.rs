//! Kernels whose shape is known to the compiler.

use multiversion::multiversion;

use super::link::{softmax, softmax_of};
use super::{Link, NotFinite, Winner, all_finite};
use crate::columns::{Columns, ColumnsMut};
use crate::math::{argmax, largest};
use crate::scratch::Memory;

/// Weights of `F` features by `C` classes.
#[derive(Debug)]
pub(super) struct Fixed<const F: usize, const C: usize> {
    weights: [[f64; C]; F],
    intercepts: [f64; C],
}

/// Rows worked on together; their scores stay in the first-level cache.
const BLOCK: usize = 32;

impl<const F: usize, const C: usize> Fixed<F, C> {
    /// From `F × C` row-major weights and `C` intercepts.
    pub(super) fn new(weights: &[f64], intercepts: &[f64]) -> Self {
        Self {
            weights: std::array::from_fn(|f| std::array::from_fn(|c| weights[f * C + c])),
            intercepts: std::array::from_fn(|c| intercepts[c]),
        }
    }

    pub(super) fn weight(&self, feature: usize, output: usize) -> f64 {
        self.weights[feature][output]
    }

    pub(super) fn intercepts(&self) -> &[f64] {
        &self.intercepts
    }

    /// Even and odd features are summed apart: half the latency of one sum.
    #[inline(always)]
    fn evaluate(&self, row: &[f64; F]) -> [f64; C] {
        // Adding to -0.0 changes nothing, not even a zero's sign.
        let mut sums = [self.intercepts, [-0.0; C]];
        for f in 0..F {
            for (sum, weight) in sums[f % 2].iter_mut().zip(&self.weights[f]) {
                *sum += row[f] * weight;
            }
        }
        std::array::from_fn(|c| sums[0][c] + sums[1][c])
    }

    /// The scores of a block of rows, a column a class.
    #[inline(always)]
    pub(super) fn score_columns(&self, rows: Columns<'_>, mut out: ColumnsMut<'_>) {
        let n_rows = rows.n_rows();
        let features: [&[f64]; F] = std::array::from_fn(|f| rows.column(f));
        let numbers = out.numbers();
        for r in 0..n_rows {
            let scores = self.evaluate(&std::array::from_fn(|f| features[f][r]));
            for c in 0..C {
                numbers[c * n_rows + r] = scores[c];
            }
        }
    }

    #[inline(always)]
    fn checked(&self, row: &[f64]) -> Result<[f64; C], NotFinite> {
        let row = row.try_into().expect("the model checked the row's length");
        let scores = self.evaluate(row);
        if all_finite(&scores) { Ok(scores) } else { Err(NotFinite { row: 0 }) }
    }

    #[inline(always)]
    pub(super) fn class(&self, row: &[f64], _: Memory<'_>) -> Result<usize, NotFinite> {
        self.checked(row).map(|scores| argmax(&scores))
    }

    #[inline(always)]
    pub(super) fn winner(&self, row: &[f64], link: Link, _: Memory<'_>) -> Result<Winner, NotFinite> {
        self.linked(row, link).map(|(_, winner)| winner)
    }

    #[inline(always)]
    pub(super) fn probabilities(
        &self,
        row: &[f64],
        link: Link,
        out: &mut [f64],
    ) -> Result<Winner, NotFinite> {
        let (probabilities, winner) = self.linked(row, link)?;
        *exactly(out) = probabilities;
        Ok(winner)
    }

    #[inline(always)]
    fn linked(&self, row: &[f64], link: Link) -> Result<([f64; C], Winner), NotFinite> {
        let scores = self.checked(row)?;
        let (class_index, largest) = largest(&scores);
        // Returned at once, so that the other links don't force the scores into memory.
        if link == Link::Softmax {
            let (probabilities, probability) = softmax_of(scores, largest);
            return Ok((probabilities, Winner { class_index, probability: Some(probability) }));
        }
        let (probabilities, probability) = rarely_linked(scores, link);
        Ok((probabilities, Winner { class_index, probability }))
    }

    #[inline(always)]
    pub(super) fn scores(&self, row: &[f64], mirrored: bool, out: &mut [f64]) -> Result<(), NotFinite> {
        let scores = self.checked(row)?;
        if mirrored {
            out[0] = scores[1];
        } else {
            *exactly(out) = scores;
        }
        Ok(())
    }

    #[inline(always)]
    fn class_batch(&self, rows: &[f64], out: &mut [u32]) -> Result<(), NotFinite> {
        let (rows, _) = rows.as_chunks::<F>();
        for (block, (rows, out)) in rows.chunks(BLOCK).zip(out.chunks_mut(BLOCK)).enumerate() {
            let mut finite = true;
            for (row, class) in rows.iter().zip(out) {
                let scores = self.evaluate(row);
                let (mut best, mut best_class) = (scores[0], 0u32);
                finite &= scores[0].is_finite();
                for (class, score) in (1u32..).zip(&scores[1..]) {
                    finite &= score.is_finite();
                    let better = *score > best;
                    best = if better { *score } else { best };
                    best_class = if better { class } else { best_class };
                }
                *class = best_class;
            }
            if !finite {
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
            let finite = match <&[[f64; F]; BLOCK]>::try_from(rows) {
                Ok(rows) if link == Link::Softmax => self.softmax_block(rows, out),
                _ => self.link_block(link, rows, out),
            };
            if !finite {
                return Err(self.first_not_finite(rows, block));
            }
        }
        Ok(())
    }

    /// The softmax of a whole block: a loop over rows without a branch, whose
    /// answers lie one array a class, becomes vectors that hold a row a lane.
    #[inline(always)]
    fn softmax_block(&self, rows: &[[f64; F]; BLOCK], out: &mut [[f64; C]]) -> bool {
        let mut classes = [[0.0; BLOCK]; C];
        let mut finite = true;
        for r in 0..BLOCK {
            let mut values = self.evaluate(&rows[r]);
            for value in values {
                finite &= value.is_finite();
            }
            softmax(&mut values);
            for c in 0..C {
                classes[c][r] = values[c];
            }
        }
        for (r, out) in out.iter_mut().enumerate().take(BLOCK) {
            for c in 0..C {
                out[c] = classes[c][r];
            }
        }
        finite
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

/// Out of line: long, and what few models have.
#[inline(never)]
fn rarely_linked<const C: usize>(mut scores: [f64; C], link: Link) -> ([f64; C], Option<f64>) {
    link.apply(&mut scores);
    (scores, link.has_probabilities().then(|| largest(&scores).1))
}

#[inline(always)]
fn exactly<const C: usize>(out: &mut [f64]) -> &mut [f64; C] {
    out.try_into().expect("the model checked the buffer's length")
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

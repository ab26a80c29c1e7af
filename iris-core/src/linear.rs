//! The linear family: one score a class or a target, then a link.

mod block;
mod fixed;
mod general;
pub(crate) mod link;
mod narrow;
mod quantization;
mod wide;

use crate::affine::Affine;
use crate::math::argmax;
use crate::scratch::Memory;
use fixed::Fixed;
use general::General;
pub use link::Link;
pub use quantization::Quantization;
use quantization::drawn;
pub(crate) use quantization::{DRAWN, Deviation};

/// Scores `x·W + b`, one a class or a target, and the link that makes
/// probabilities of them.
///
/// Every kernel adds a score's products in one fixed order, whether it works on
/// a row or on a batch, so both give the same bits.
#[derive(Debug)]
pub(crate) struct Linear {
    kernel: Kernel,
    link: Link,
    n_classes: usize,
    mirrored: bool,
    /// The values of features that came to it as zeros, where steps were folded into it; else empty.
    centre: Vec<f64>,
}

/// Chosen once, when the model is built: a loop whose bounds the compiler knows
/// answers a small row several times faster than one over run-time shapes.
#[derive(Debug)]
enum Kernel {
    F4C2(Fixed<4, 2>),
    F4C3(Fixed<4, 3>),
    General(General),
}

/// Calls the same method of whichever kernel the model has.
macro_rules! each_kernel {
    ($kernel:expr, $inner:ident => $call:expr) => {
        match $kernel {
            Kernel::F4C2($inner) => $call,
            Kernel::F4C3($inner) => $call,
            Kernel::General($inner) => $call,
        }
    };
}

/// The answer for one row: the class and, where the link gives one, its probability.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Winner {
    pub(crate) class_index: usize,
    pub(crate) probability: Option<f64>,
}

/// A score that is not a finite number, found in this row of the batch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct NotFinite {
    pub(crate) row: usize,
}

impl Linear {
    /// One score for each of several classes.
    pub(crate) fn classifier(scores: Affine, link: Link) -> Self {
        let (n_features, centre) = (scores.n_inputs(), scores.centre().to_vec());
        let (weights, intercepts) = scores.into_dense();
        let mirrored = intercepts.len() == 2
            && weights.chunks_exact(2).chain([&*intercepts]).all(|pair| pair[0] == -pair[1]);
        Self { mirrored, centre, ..Self::new(n_features, weights, intercepts, link) }
    }

    /// One number for each target.
    pub(crate) fn regressor(values: Affine) -> Self {
        let (n_features, centre) = (values.n_inputs(), values.centre().to_vec());
        let (weights, intercepts) = values.into_dense();
        Self { centre, ..Self::new(n_features, weights, intercepts, Link::Identity) }
    }

    fn new(n_features: usize, weights: Vec<f64>, intercepts: Vec<f64>, link: Link) -> Self {
        let n_classes = intercepts.len();
        let kernel = match (n_features, n_classes) {
            (4, 2) => Kernel::F4C2(Fixed::new(&weights, &intercepts)),
            (4, 3) => Kernel::F4C3(Fixed::new(&weights, &intercepts)),
            _ => Kernel::General(General::new(weights, intercepts)),
        };
        Self { kernel, link, n_classes, mirrored: false, centre: Vec::new() }
    }

    /// Numbers that it makes of a row before the link: one a class or a target.
    pub(crate) fn n_outputs(&self) -> usize {
        self.n_classes
    }

    /// Numbers that a call on one row works in.
    #[inline]
    pub(crate) fn row_len(&self) -> usize {
        match &self.kernel {
            Kernel::F4C2(_) | Kernel::F4C3(_) => 0,
            Kernel::General(kernel) => kernel.row_len(),
        }
    }

    /// Numbers that a call on a batch works in.
    pub(crate) fn batch_len(&self) -> usize {
        match &self.kernel {
            Kernel::F4C2(_) | Kernel::F4C3(_) => 0,
            Kernel::General(kernel) => kernel.batch_len(),
        }
    }

    /// What makes probabilities of the scores.
    #[cfg(feature = "onnx")]
    pub(crate) fn link(&self) -> Link {
        self.link
    }

    /// Columns of the decision function: one a class, or one in all where a
    /// binary model's two scores are each other's negative.
    pub(crate) fn n_scores(&self) -> usize {
        if self.mirrored { 1 } else { self.n_classes }
    }

    /// The weights of a feature, one an output of [`n_outputs`](Self::n_outputs).
    pub(crate) fn weights(&self, feature: usize) -> impl Iterator<Item = f64> {
        (0..self.n_classes)
            .map(move |output| each_kernel!(&self.kernel, kernel => kernel.weight(feature, output)))
    }

    /// Keeps the weights in fewer bits and says what that does to scores; `None` where it does
    /// nothing, since there are too few weights for it to pay, or no more bits.
    pub(crate) fn quantize(&mut self, to: Quantization) -> Option<Deviation> {
        let exact = self.scores_of_drawn();
        let Kernel::General(General::Wide(wide)) = &mut self.kernel else { return None };
        if !wide.quantize(to) {
            return None;
        }
        let quantized = self.scores_of_drawn();
        let size = |scores: &[f64]| scores.iter().fold(0.0_f64, |largest, score| largest.max(score.abs()));
        let differences: Vec<f64> = exact.iter().zip(&quantized).map(|(a, b)| a - b).collect();
        let rows = exact.chunks_exact(self.n_classes).zip(quantized.chunks_exact(self.n_classes));
        Some(Deviation {
            largest: size(&differences) / size(&exact).max(f64::MIN_POSITIVE),
            other_classes: rows.filter(|(a, b)| argmax(a) != argmax(b)).count(),
        })
    }

    /// The scores of [`DRAWN`] rows around the values that are zero to this.
    fn scores_of_drawn(&self) -> Vec<f64> {
        let Kernel::General(kernel) = &self.kernel else { return Vec::new() };
        let n_features = kernel.n_features();
        let centres = (0..n_features).map(|feature| self.centre(feature)).cycle();
        let rows: Vec<f64> =
            drawn().zip(centres).map(|(x, centre)| x + centre).take(DRAWN * n_features).collect();
        let mut scores = vec![0.0; DRAWN * self.n_classes];
        kernel.evaluate(&rows, &mut scores);
        scores
    }

    /// What is added to the products, one an output.
    pub(crate) fn intercepts(&self) -> &[f64] {
        each_kernel!(&self.kernel, kernel => kernel.intercepts())
    }

    /// The value of a feature that came to the estimator as zero.
    pub(crate) fn centre(&self, feature: usize) -> f64 {
        self.centre.get(feature).copied().unwrap_or(0.0)
    }

    /// The first of the outputs that are scores: of two that mirror each other the second alone.
    pub(crate) fn first_score(&self) -> usize {
        usize::from(self.mirrored)
    }

    /// The class with the largest score.
    #[inline(always)]
    pub(crate) fn class(&self, row: &[f64], memory: Memory<'_>) -> Result<usize, NotFinite> {
        each_kernel!(&self.kernel, kernel => kernel.class(row, memory))
    }

    /// The class with the largest score, and its probability.
    #[inline(always)]
    pub(crate) fn winner(&self, row: &[f64], memory: Memory<'_>) -> Result<Winner, NotFinite> {
        each_kernel!(&self.kernel, kernel => kernel.winner(row, self.link, memory))
    }

    /// The same with every class's probability written to `out`, `n_classes` long.
    #[inline(always)]
    pub(crate) fn probabilities(&self, row: &[f64], out: &mut [f64]) -> Result<Winner, NotFinite> {
        each_kernel!(&self.kernel, kernel => kernel.probabilities(row, self.link, out))
    }

    /// The scores, or a regressor's values, into `n_scores` numbers.
    #[inline(always)]
    pub(crate) fn scores(&self, row: &[f64], out: &mut [f64]) -> Result<(), NotFinite> {
        let mirrored = self.mirrored;
        each_kernel!(&self.kernel, kernel => kernel.scores(row, mirrored, out))
    }

    /// `class` for every row of a row-major batch.
    pub(crate) fn class_batch(
        &self,
        rows: &[f64],
        out: &mut [u32],
        memory: Memory<'_>,
    ) -> Result<(), NotFinite> {
        match &self.kernel {
            Kernel::F4C2(kernel) => fixed::class_batch_4x2(kernel, rows, out),
            Kernel::F4C3(kernel) => fixed::class_batch_4x3(kernel, rows, out),
            Kernel::General(kernel) => general::class_batch(kernel, rows, out, memory),
        }
    }

    /// `probabilities` for every row of a row-major batch, into row-major `out`.
    pub(crate) fn probability_batch(&self, rows: &[f64], out: &mut [f64]) -> Result<(), NotFinite> {
        match &self.kernel {
            Kernel::F4C2(kernel) => fixed::probability_batch_4x2(kernel, self.link, rows, out),
            Kernel::F4C3(kernel) => fixed::probability_batch_4x3(kernel, self.link, rows, out),
            Kernel::General(kernel) => general::probability_batch(kernel, self.link, rows, out),
        }
    }
}

/// Whether every score is finite.
#[inline(always)]
fn all_finite(scores: &[f64]) -> bool {
    // One test does for all; only finite scores near the limit fail it wrongly.
    scores.iter().sum::<f64>().is_finite() || scores.iter().all(|score| score.is_finite())
}

/// A class index as batches write it.
#[expect(
    clippy::cast_possible_truncation,
    reason = "a model that fits in memory has fewer than 2^32 classes"
)]
pub(crate) fn class_number(class_index: usize) -> u32 {
    class_index as u32
}

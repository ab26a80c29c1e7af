//! In how many bits the weights of a wide linear model are kept.

/// How a linear model keeps its weights, for [`Reader::quantization`](crate::Reader::quantization).
///
/// A model whose weights no cache holds is as fast as they come from memory, so fewer bits are
/// fewer nanoseconds. What is rounded is the weights, once, when the model is read; products with
/// [`Bfloat16`](Self::Bfloat16), and sums of 64 of them, are in single precision, all else in double. Smaller models, trees and models through other kernels stay as
/// they are: nothing would be gained.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Quantization {
    /// As the file has them, in four bytes where that loses nothing.
    #[default]
    Exact,
    /// Single precision: 24 bits of mantissa.
    Float32,
    /// The upper half of single precision: 8 bits of mantissa.
    Bfloat16,
}

impl Quantization {
    /// What is called so in file formats, flags and messages.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exact => "exact",
            Self::Float32 => "float32",
            Self::Bfloat16 => "bfloat16",
        }
    }
}

/// What became of a model's scores, measured.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Deviation {
    /// The largest difference of a score, as a share of the largest score.
    pub(crate) largest: f64,
    /// Rows whose largest score is another's.
    pub(crate) other_classes: usize,
}

/// Rows that are drawn to measure it.
pub(crate) const DRAWN: usize = 64;

/// Numbers of mean 0 and variance 1, as scaled features have them; always the same.
pub(super) fn drawn() -> impl Iterator<Item = f64> {
    let mut state: u64 = 0x9e37_79b9_7f4a_7c15;
    std::iter::repeat_with(move || {
        // Steele & Vigna's linear congruential generator; its upper bits are good enough.
        state = state.wrapping_mul(0xd134_2543_de82_ef95).wrapping_add(1);
        let uniform = f64::from(u32::try_from(state >> 32).unwrap_or_default()) / f64::from(u32::MAX);
        (uniform - 0.5) * 12.0_f64.sqrt()
    })
}

//! What the benchmarks work on: rows from a seed, and passes through them.

pub mod bodies;
pub mod collector;
pub mod wide;

use std::hint::black_box;
use std::time::{Duration, Instant};

/// Rows that a single-row benchmark goes through: too many for a branch
/// predictor to learn by heart, few enough to stay in the first-level cache.
pub const N_ROWS: usize = 1_024;

/// Sepal length and width, petal length and width, in cm, uniform over Fisher's
/// data and one range beyond it on either side; the first rows of one sequence.
///
/// The sequence of `iris-core/testdata/README.md`: `SplitMix64` from 20260101.
#[must_use]
pub fn random_rows(n_rows: usize) -> Vec<[f64; 4]> {
    const LOW: [f64; 4] = [0.7, -0.4, -4.9, -2.3];
    const HIGH: [f64; 4] = [11.5, 6.8, 12.8, 4.9];
    let mut uniform = uniform();
    (0..n_rows).map(|_| std::array::from_fn(|i| LOW[i] + (HIGH[i] - LOW[i]) * uniform())).collect()
}

/// Numbers from 0 up to 1, from the same seed.
pub fn uniform() -> impl FnMut() -> f64 {
    let mut state = 20_260_101u64;
    move || {
        state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = state;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^= z >> 31;
        #[expect(clippy::cast_precision_loss, reason = "53 bits fit")]
        let mantissa = (z >> 11) as f64;
        mantissa * 2f64.powi(-53)
    }
}

/// How long `n_rows` take, one after the other: as many passes as that needs
/// through the same [`N_ROWS`] rows. For criterion's `iter_custom`.
pub fn one_row<T>(n_rows: u64, mut work: impl FnMut(&[f64]) -> T) -> Duration {
    let rows = random_rows(N_ROWS);
    let passes = n_rows.div_ceil(N_ROWS as u64);
    let start = Instant::now();
    for _ in 0..passes {
        for row in &rows {
            black_box(work(black_box(row)));
        }
    }
    #[expect(clippy::cast_precision_loss, reason = "far fewer than 2^53 rows are timed")]
    let share = n_rows as f64 / (passes * N_ROWS as u64) as f64;
    start.elapsed().mul_f64(share)
}

/// Reads every number once and does next to nothing with it: what a batch of
/// this size costs at the least, since it has to be read.
#[must_use]
pub fn read(rows: &[[f64; 4]]) -> u64 {
    rows.as_flattened().iter().fold(0, |bits, value| bits ^ value.to_bits())
}

/// The example of the repository's README, run with the others: here, for no crate that is published may look outside.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
mod readme {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_are_those_of_the_test_data() {
        let rows = random_rows(5);
        assert_eq!(rows[0][0], 10.937_854_946_996_396);
        assert_eq!(rows[4][3], 4.654_200_673_125_333);
    }
}

//! How long requests for predictions took, counted up to a moment.

use super::histogram::{Histogram, REQUEST_BOUNDS};
use crate::clock::seconds;

/// Requests by their duration, in the buckets of the histograms of requests.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Asked {
    buckets: [u64; REQUEST_BOUNDS.len() + 1],
}

impl Asked {
    /// Adds what a histogram has counted.
    pub(super) fn count_in(&mut self, histogram: &Histogram) {
        self.buckets.iter_mut().zip(histogram.counts()).for_each(|(mine, theirs)| *mine += theirs);
    }

    pub(crate) fn add(&mut self, other: &Self) {
        self.buckets.iter_mut().zip(other.buckets).for_each(|(mine, theirs)| *mine += theirs);
    }

    /// What was counted after `before`.
    pub(crate) fn since(&self, before: &Self) -> Self {
        let mut since = self.clone();
        since.buckets.iter_mut().zip(before.buckets).for_each(|(now, then)| *now = now.saturating_sub(then));
        since
    }

    pub(crate) fn count(&self) -> u64 {
        self.buckets.iter().sum()
    }

    /// The duration in seconds below which this share lies, in its bucket by a
    /// straight line; what is beyond all bounds counts as the last of them.
    #[expect(clippy::cast_precision_loss, reason = "counts stay below 2^53")]
    pub(crate) fn quantile(&self, share: f64) -> Option<f64> {
        let count = self.count();
        if count == 0 {
            return None;
        }
        let rank = share.clamp(0.0, 1.0) * count as f64;
        let (mut below, mut lower) = (0.0, 0.0);
        for (bound, n) in REQUEST_BOUNDS.iter().map(|bound| seconds(*bound)).zip(self.buckets) {
            let n = n as f64;
            if n > 0.0 && below + n >= rank {
                return Some(lower + (bound - lower) * (rank - below) / n);
            }
            (below, lower) = (below + n, bound);
        }
        Some(lower)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(durations: impl IntoIterator<Item = u64>) -> Asked {
        let mut histogram = Histogram::new(&REQUEST_BOUNDS);
        durations.into_iter().for_each(|nanos| histogram.observe(nanos, || None));
        let mut asked = Asked::default();
        asked.count_in(&histogram);
        asked
    }

    #[test]
    fn a_quantile_lies_in_its_bucket() {
        assert_eq!(of([]).quantile(0.5), None);
        // All between 10 and 25 µs: half of them, half of the way.
        let even = of([12_000; 4]);
        assert!((even.quantile(0.5).unwrap() - 17.5e-6).abs() < 1e-12);
        assert!((even.quantile(1.0).unwrap() - 25e-6).abs() < 1e-12);
        // 99 of a hundred at most 10 µs, one between 5 and 10 ms.
        let tail = of([5_000; 99].into_iter().chain([6_000_000]));
        assert!(tail.quantile(0.99).unwrap() <= 10e-6);
        assert!((5e-3..=10e-3).contains(&tail.quantile(0.999).unwrap()));
        assert_eq!(of([u64::MAX]).quantile(0.5), Some(10.0));
    }

    #[test]
    fn what_came_since_is_the_difference() {
        let (before, mut now) = (of([1_000, 2_000_000]), of([1_000, 2_000_000]));
        now.add(&of([30_000]));
        assert_eq!((now.count(), now.since(&before)), (3, of([30_000])));
    }
}

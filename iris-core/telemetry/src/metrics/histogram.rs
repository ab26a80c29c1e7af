//! A histogram of durations with fixed bounds.

use crate::context::{SpanId, TraceId};
use crate::record::Record;

/// OpenTelemetry's bounds for requests, which begin at 5 ms, and finer ones
/// below: in nanoseconds.
pub(super) static REQUEST_BOUNDS: [u64; 22] = [
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    2_500_000,
    5_000_000,
    10_000_000,
    25_000_000,
    50_000_000,
    75_000_000,
    100_000_000,
    250_000_000,
    500_000_000,
    750_000_000,
    1_000_000_000,
    2_500_000_000,
    5_000_000_000,
    7_500_000_000,
    10_000_000_000,
];

/// From 100 ns to a second.
pub(super) static STAGE_BOUNDS: [u64; 16] = [
    100,
    250,
    500,
    1_000,
    2_500,
    5_000,
    10_000,
    25_000,
    50_000,
    100_000,
    250_000,
    500_000,
    1_000_000,
    10_000_000,
    100_000_000,
    1_000_000_000,
];

/// A trace to look at for an example of what a bucket counted.
#[derive(Debug, Clone, Copy)]
pub(super) struct Exemplar {
    pub(super) trace_id: TraceId,
    pub(super) span_id: SpanId,
    /// Nanoseconds since 1970.
    pub(super) unix_nanos: u64,
}

impl Exemplar {
    pub(super) fn of(record: &Record, epoch: u64) -> Self {
        let Record { trace_id, span_id, end, .. } = *record;
        Self { trace_id, span_id, unix_nanos: epoch + end.as_nanos() }
    }
}

/// Counts by upper bound; the last bucket has none.
#[derive(Debug, Clone)]
pub(super) struct Histogram {
    bounds: &'static [u64],
    /// Empty until something is observed.
    buckets: Vec<Bucket>,
    sum: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Bucket {
    count: u64,
    /// The first one that it counted since the last page, with its duration.
    exemplar: Option<(Exemplar, u64)>,
    exemplar_is_new: bool,
}

/// One line of a histogram.
#[derive(Debug)]
pub(super) struct Line {
    /// In nanoseconds; `None` for infinity.
    pub(super) bound: Option<u64>,
    /// Durations up to the bound.
    pub(super) cumulative: u64,
    pub(super) exemplar: Option<(Exemplar, u64)>,
}

impl Histogram {
    pub(super) const fn new(bounds: &'static [u64]) -> Self {
        Self { bounds, buckets: Vec::new(), sum: 0 }
    }

    /// Counts one; `exemplar` is asked for only where there is none yet.
    pub(super) fn observe(&mut self, nanos: u64, exemplar: impl FnOnce() -> Option<Exemplar>) {
        if self.buckets.is_empty() {
            self.buckets.resize(self.bounds.len() + 1, Bucket::default());
        }
        let bucket = &mut self.buckets[self.bounds.partition_point(|bound| *bound < nanos)];
        bucket.count += 1;
        if !bucket.exemplar_is_new
            && let Some(exemplar) = exemplar()
        {
            (bucket.exemplar, bucket.exemplar_is_new) = (Some((exemplar, nanos)), true);
        }
        self.sum += nanos;
    }

    pub(super) fn renew_exemplars(&mut self) {
        self.buckets.iter_mut().for_each(|bucket| bucket.exemplar_is_new = false);
    }

    pub(super) fn merge(&mut self, other: &Self) {
        self.buckets.resize(self.bounds.len() + 1, Bucket::default());
        for (mine, theirs) in self.buckets.iter_mut().zip(&other.buckets) {
            mine.count += theirs.count;
            mine.exemplar = theirs.exemplar.or(mine.exemplar);
        }
        self.sum += other.sum;
    }

    /// What each bucket has counted; nothing while all are empty.
    pub(super) fn counts(&self) -> impl Iterator<Item = u64> + '_ {
        self.buckets.iter().map(|bucket| bucket.count)
    }

    pub(super) fn count(&self) -> u64 {
        self.counts().sum()
    }

    /// The sum of what was observed, in nanoseconds.
    pub(super) fn sum(&self) -> u64 {
        self.sum
    }

    pub(super) fn lines(&self) -> impl Iterator<Item = Line> + '_ {
        let bounds = self.bounds.iter().map(|bound| Some(*bound)).chain([None]);
        bounds.enumerate().scan(0, |cumulative, (index, bound)| {
            let bucket = self.buckets.get(index).copied().unwrap_or_default();
            *cumulative += bucket.count;
            Some(Line { bound, cumulative: *cumulative, exemplar: bucket.exemplar })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cumulative(histogram: &Histogram) -> Vec<u64> {
        histogram.lines().map(|line| line.cumulative).collect()
    }

    #[test]
    fn a_bound_belongs_to_its_own_bucket() {
        let mut histogram = Histogram::new(&[10, 20]);
        for nanos in [0, 10, 11, 20, 21, u64::MAX / 2] {
            histogram.observe(nanos, || None);
        }
        assert_eq!(cumulative(&histogram), [2, 4, 6]);
        assert_eq!((histogram.count(), histogram.sum()), (6, 62 + u64::MAX / 2));
    }

    #[test]
    fn merging_adds() {
        let mut one = Histogram::new(&[10, 20]);
        let mut other = one.clone();
        one.observe(5, || None);
        other.observe(15, || None);
        other.observe(25, || None);
        one.merge(&other);
        assert_eq!((cumulative(&one), one.sum()), (vec![1, 2, 3], 45));
    }
}

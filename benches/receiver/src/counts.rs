//! What came in so far.

use std::sync::atomic::{AtomicU64, Ordering};

/// Counters that any thread adds to.
#[derive(Debug, Default)]
pub(crate) struct Counts {
    pub(crate) bodies: Counter,
    pub(crate) spans: Counter,
    pub(crate) other_spans: Counter,
    pub(crate) roots: Counter,
    pub(crate) sampled_traces: Counter,
    pub(crate) mismatches: Counter,
    pub(crate) refused: Counter,
}

/// A number that only grows.
#[derive(Debug, Default)]
pub(crate) struct Counter(AtomicU64);

impl Counter {
    /// Adds, and returns what there was before.
    pub(crate) fn add(&self, more: u64) -> u64 {
        self.0.fetch_add(more, Ordering::Relaxed)
    }

    pub(crate) fn get(&self) -> u64 {
        self.0.load(Ordering::Relaxed)
    }
}

impl Counts {
    pub(crate) fn json(&self) -> String {
        let members = [
            ("bodies", &self.bodies),
            ("spans", &self.spans),
            ("other_spans", &self.other_spans),
            ("roots", &self.roots),
            ("sampled_traces", &self.sampled_traces),
            ("mismatches", &self.mismatches),
            ("refused", &self.refused),
        ]
        .map(|(name, counter)| format!("\"{name}\":{}", counter.get()));
        format!("{{{}}}", members.join(","))
    }
}

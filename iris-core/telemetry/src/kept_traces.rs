//! Traces kept for longer than the last ones: the slowest, those that somebody
//! has asked for, and the loading of models.

use std::collections::VecDeque;
use std::time::Duration;

use crate::clock::Tick;
use crate::context::TraceId;
use crate::models::Models;
use crate::record::Kind;
use crate::trace::{Stored, Trace};
use crate::view::View;

/// How many of the slowest are kept of each time.
const SLOWEST: usize = 16;

/// For how long a request is among the slowest; then others get their turn, and
/// those before are kept once more as long.
const TURN: Duration = Duration::from_secs(30);

/// How many are kept that somebody has asked for, and how many loads.
const WATCHED: usize = 32;
const LOADS: usize = 16;

/// They are kept where somebody may look.
#[derive(Debug)]
pub(super) struct KeptTraces {
    /// Of this turn, the slowest first.
    slowest: Vec<Stored>,
    slowest_before: Vec<Stored>,
    turn: Tick,
    /// A request that took no more, in nanoseconds, is not among them.
    threshold: u64,
    watched: VecDeque<Stored>,
    loads: VecDeque<Stored>,
}

impl KeptTraces {
    /// Nothing is kept but loads, until [`watch`](Self::watch).
    pub(super) fn new() -> Self {
        Self {
            slowest: Vec::new(),
            slowest_before: Vec::new(),
            turn: Tick::now(),
            threshold: u64::MAX,
            watched: VecDeque::new(),
            loads: VecDeque::new(),
        }
    }

    /// Keeps the slowest from now on.
    pub(super) fn watch(&mut self) {
        if self.threshold == u64::MAX {
            self.threshold = 0;
        }
    }

    /// Takes a trace if it is one to be kept: a comparison or two for most.
    #[inline]
    pub(super) fn offer(&mut self, view: &View<'_>, epoch: u64) {
        let record = view.record;
        if record.trace_id.is_watched() {
            push(&mut self.watched, WATCHED, Stored::new(view, epoch));
        }
        match record.kind {
            Kind::ModelLoading => push(&mut self.loads, LOADS, Stored::new(view, epoch)),
            Kind::Prediction if record.duration() > self.threshold => self.insert(view, epoch),
            _ => {}
        }
    }

    #[cold]
    fn insert(&mut self, view: &View<'_>, epoch: u64) {
        let duration = view.record.duration();
        let place = self.slowest.partition_point(|stored| stored.duration() >= duration);
        self.slowest.insert(place, Stored::new(view, epoch));
        self.slowest.truncate(SLOWEST);
        if let [.., last] = &self.slowest[..]
            && self.slowest.len() == SLOWEST
        {
            self.threshold = last.duration();
        }
    }

    /// Lets others be the slowest once these have had their time.
    pub(super) fn turn(&mut self, now: Tick) {
        if self.threshold < u64::MAX && u128::from(now.since(self.turn)) >= TURN.as_nanos() {
            self.slowest_before = std::mem::take(&mut self.slowest);
            (self.turn, self.threshold) = (now, 0);
        }
    }

    /// The slowest of the last half minute or minute, the slowest first.
    pub(super) fn slowest(&self, models: &Models) -> Vec<Trace> {
        let mut all: Vec<&Stored> = self.slowest.iter().chain(&self.slowest_before).collect();
        all.sort_by_key(|stored| std::cmp::Reverse(stored.duration()));
        all.into_iter().take(SLOWEST).map(|stored| stored.trace(models)).collect()
    }

    /// The last loads, the newest first.
    pub(super) fn loads(&self, models: &Models) -> Vec<Trace> {
        self.loads.iter().rev().map(|stored| stored.trace(models)).collect()
    }

    /// All that are kept, some perhaps twice.
    pub(super) fn all(&self) -> impl Iterator<Item = &Stored> {
        self.watched.iter().chain(&self.slowest).chain(&self.slowest_before).chain(&self.loads)
    }
}

fn push(to: &mut VecDeque<Stored>, limit: usize, stored: Stored) {
    if to.len() >= limit {
        to.pop_front();
    }
    to.push_back(stored);
}

impl TraceId {
    /// What the first eight bytes of a trace's id say for it to be kept longer
    /// than others of its age: `irispage`, as the page names its own requests,
    /// to find them again among many thousands.
    pub const WATCHED: u64 = u64::from_be_bytes(*b"irispage");

    fn is_watched(self) -> bool {
        self.0 >> 64 == u128::from(Self::WATCHED)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::origin::Endpoint;
    use crate::record::Record;

    fn offer(kept: &mut KeptTraces, kind: Kind, trace: u128, nanos: u64) {
        let start = Tick::now();
        let mut record = Record::new(kind, Endpoint::CALL, start);
        record.trace_id = TraceId(trace);
        record.end = Tick::at(start.as_nanos() + nanos);
        kept.offer(&View::new(&record, &[]), 0);
    }

    fn durations(kept: &KeptTraces) -> Vec<u128> {
        kept.slowest(&Models::default()).iter().map(|trace| trace.duration.as_nanos()).collect()
    }

    #[test]
    fn the_slowest_are_kept_once_somebody_may_look() {
        let mut kept = KeptTraces::new();
        offer(&mut kept, Kind::Prediction, 1, 1_000);
        assert!(durations(&kept).is_empty());
        kept.watch();
        for nanos in (1..=100).rev().chain(101..=200) {
            offer(&mut kept, Kind::Prediction, 1, nanos);
            offer(&mut kept, Kind::HealthCheck, 1, 10_000);
        }
        assert_eq!(durations(&kept), (185..=200).rev().collect::<Vec<u128>>());
    }

    #[test]
    fn a_turn_later_others_are_the_slowest() {
        let mut kept = KeptTraces::new();
        kept.watch();
        let kept_since = kept.turn;
        (1..=20).for_each(|nanos| offer(&mut kept, Kind::Prediction, 1, nanos * 1_000));
        let later = |seconds: u64| Tick::at(kept_since.as_nanos() + seconds * 1_000_000_000);
        kept.turn(later(29));
        offer(&mut kept, Kind::Prediction, 1, 7);
        assert_eq!(durations(&kept).len(), 16, "their time is not over");
        kept.turn(later(30));
        offer(&mut kept, Kind::Prediction, 1, 7);
        let found = durations(&kept);
        assert_eq!((found[0], found.len(), found[15]), (20_000, 16, 5_000));
        kept.turn(later(60));
        assert_eq!(durations(&kept), [7]);
        kept.turn(later(90));
        assert!(durations(&kept).is_empty());
    }

    #[test]
    fn what_is_asked_for_is_kept_whatever_else_comes() {
        let mut kept = KeptTraces::new();
        let asked = u128::from(TraceId::WATCHED) << 64;
        offer(&mut kept, Kind::Prediction, asked | 5, 1);
        (0..1_000).for_each(|trace| offer(&mut kept, Kind::Prediction, trace, 1_000));
        let ids = |kept: &KeptTraces| {
            kept.all().map(|stored| stored.trace(&Models::default()).trace_id.0).collect::<Vec<_>>()
        };
        assert_eq!(ids(&kept), [asked | 5]);
        (10..42).for_each(|trace| offer(&mut kept, Kind::Prediction, asked | trace, 1));
        assert!(ids(&kept).len() == WATCHED && !ids(&kept).contains(&(asked | 5)));
    }

    #[test]
    fn loads_are_kept_and_the_newest_told_first() {
        let mut kept = KeptTraces::new();
        (1..=20).for_each(|trace| offer(&mut kept, Kind::ModelLoading, trace, 1));
        let loads: Vec<u128> = kept.loads(&Models::default()).iter().map(|trace| trace.trace_id.0).collect();
        assert_eq!(loads, (5..=20).rev().collect::<Vec<_>>());
    }
}

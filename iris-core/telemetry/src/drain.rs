//! Emptying the rings, and deriving everything from what was in them.

use std::collections::VecDeque;
use std::sync::Arc;
use std::time::{SystemTime, UNIX_EPOCH};

use tracing::warn;

use super::kept_traces::KeptTraces;
use super::lines::{Line, Lines};
use super::metrics::Metrics;
use super::models::Models;
use super::queue::Queue;
use super::rings::{Reader, Rings};
use super::slot::{self, Slot};
use super::trace::{Stored, Trace};
use super::view::View;
use crate::clock::Tick;
use crate::context::TraceId;

/// Traces kept for looking at: few enough to leave the cache to requests.
const RECENT: usize = 256;

/// Where records go beside the metrics and the last traces.
#[derive(Debug)]
pub(super) struct Destinations {
    pub(super) console: bool,
    pub(super) access_log: bool,
    pub(super) export: bool,
}

/// What the draining thread works on; a scrape of the metrics works on it too.
#[derive(Debug)]
pub(super) struct Drain {
    to: Destinations,
    readers: Vec<Reader>,
    metrics: Metrics,
    recent: VecDeque<Stored>,
    kept: KeptTraces,
    /// Of rings whose threads are gone.
    dropped: u64,
    used_at_most: usize,
    /// Times that the thread woke whose work this is.
    pub(super) wakeups: u64,
    overflow_is_known: bool,
    lines: Arc<Lines>,
}

/// What the rings have counted.
#[derive(Debug)]
pub(super) struct Totals {
    pub(super) metrics: Metrics,
    pub(super) dropped: u64,
    pub(super) used_at_most: usize,
    pub(super) wakeups: u64,
}

impl Drain {
    pub(super) fn new(to: Destinations, lines: Arc<Lines>) -> Self {
        Self {
            to,
            readers: Vec::new(),
            metrics: Metrics::default(),
            recent: VecDeque::with_capacity(RECENT),
            kept: KeptTraces::new(),
            dropped: 0,
            used_at_most: 0,
            wakeups: 0,
            overflow_is_known: false,
            lines,
        }
    }

    /// Takes what is in the rings. Returns whether there was anything.
    pub(super) fn round(&mut self, rings: &Rings, pending: &Queue) -> bool {
        let epoch = epoch();
        let mut readers = std::mem::take(&mut self.readers);
        rings.take_new(&mut readers);
        let mut any = false;
        readers.retain_mut(|reader| {
            any |= reader.drain(|first, second| self.take([first, second], pending, epoch));
            let done = reader.is_done();
            if done {
                let (dropped, used) = reader.counts(&mut self.metrics);
                self.dropped += dropped;
                self.used_at_most = self.used_at_most.max(used);
            }
            !done
        });
        self.readers = readers;
        any
    }

    fn take(&mut self, parts: [&[Slot]; 2], pending: &Queue, epoch: u64) {
        slot::for_each(parts.into_iter().flatten(), |view| self.observe(view, epoch));
        self.store_last(parts, epoch);
        if self.to.export {
            let overflowed = pending.push(parts, epoch);
            if overflowed && !self.overflow_is_known {
                warn!(
                    buffer_bytes = pending.limit(),
                    "the buffer of waiting traces is full: the oldest are dropped"
                );
            }
            // Said again only for another outage, between which the buffer drains.
            let is_fuller = || pending.level().bytes > pending.limit() / 2;
            self.overflow_is_known = overflowed || (self.overflow_is_known && is_fuller());
        }
    }

    fn observe(&mut self, view: &View<'_>, epoch: u64) {
        let record = view.record;
        self.metrics.observe(view, Some(epoch));
        let write = |line| self.lines.push(line, || Stored::new(view, epoch));
        if self.to.access_log {
            write(Line::Access);
        }
        if record.is_logged_as_failure() {
            write(Line::Failure);
        }
        if !record.sampled {
            return;
        }
        if self.to.console {
            write(Line::Console);
        }
        self.metrics.recorded += 1;
        self.kept.offer(view, epoch);
    }

    /// Stores the last traces of a round: what those before them would push out
    /// again is not copied.
    fn store_last(&mut self, parts: [&[Slot]; 2], epoch: u64) {
        let all = || parts.into_iter().flatten();
        let n_slots = parts[0].len() + parts[1].len();
        let traces = all().rev().zip((0..n_slots).rev()).filter(|(slot, _)| slot.begins_a_trace());
        let first = traces.map(|(_, index)| index).nth(RECENT - 1).unwrap_or(0);
        slot::for_each(all().skip(first), |view| {
            if view.record.sampled {
                if self.recent.len() >= RECENT {
                    self.recent.pop_front();
                }
                self.recent.push_back(Stored::new(view, epoch));
            }
        });
    }

    /// The last traces, the newest first.
    pub(super) fn recent(&self, models: &Models) -> Vec<Trace> {
        self.recent.iter().rev().map(|stored| stored.trace(models)).collect()
    }

    /// Those kept of a trace, the newest first.
    pub(super) fn find(&self, trace_id: TraceId, models: &Models) -> Vec<Trace> {
        let mut found = Vec::new();
        let mut known = Vec::new();
        for stored in self.recent.iter().rev().chain(self.kept.all()) {
            if stored.trace_id() == trace_id && !known.contains(&stored.span_id()) {
                known.push(stored.span_id());
                found.push(stored.trace(models));
            }
        }
        found.sort_by_key(|trace| std::cmp::Reverse(trace.start));
        found
    }

    /// The traces kept for longer than the last ones.
    pub(super) fn kept(&mut self) -> &mut KeptTraces {
        &mut self.kept
    }

    /// What is counted, for a page on which exemplars are shown.
    pub(super) fn totals_of_page(&mut self) -> Totals {
        let totals = self.totals();
        self.metrics.renew_exemplars();
        totals
    }

    pub(super) fn totals(&self) -> Totals {
        let mut metrics = Metrics::default();
        metrics.merge(&self.metrics);
        let (mut dropped, mut used_at_most) = (self.dropped, self.used_at_most);
        for reader in &self.readers {
            let (ring_dropped, used) = reader.counts(&mut metrics);
            dropped += ring_dropped;
            used_at_most = used_at_most.max(used);
        }
        Totals { metrics, dropped, used_at_most, wakeups: self.wakeups }
    }
}

/// When the clock of the records stood at 0, in nanoseconds since 1970. Read
/// anew for each round, so that it follows the system's corrections, but the
/// same for all of a trace.
pub(super) fn epoch() -> u64 {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let nanos = u64::try_from(now.as_nanos()).unwrap_or(u64::MAX);
    nanos.saturating_sub(Tick::now().as_nanos())
}

//! What there is to be seen of telemetry: metrics, statistics, traces, the last minutes.

use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use super::{Shared, Telemetry};
use crate::clock::Tick;
use crate::connections::Door;
use crate::context::TraceId;
use crate::drain::{self, Drain, Totals};
use crate::exports::Exports;
use crate::history::{History, Levels};
use crate::live::{ConnectionCounts, Live};
use crate::metrics::{Format, Page, figures, write_page};
use crate::rings;
use crate::statistics::{self, ModelStatistics};
use crate::trace::Trace;

impl Telemetry {
    /// All metrics, up to the last request. Takes up to a few milliseconds
    /// under load.
    #[must_use]
    pub fn metrics(&self, format: Format) -> String {
        self.owner.shared.metrics(format)
    }

    /// What each model has been used for, up to the last request.
    #[must_use]
    pub fn statistics(&self) -> Vec<ModelStatistics> {
        let shared = &self.owner.shared;
        let totals = shared.totals();
        statistics::statistics(&totals.metrics, &shared.models, drain::epoch())
    }

    /// The last 256 traces, the newest first.
    #[must_use]
    pub fn recent(&self) -> Vec<Trace> {
        let shared = &self.owner.shared;
        let mut drain = shared.lock_drain();
        shared.drain(&mut drain);
        drain.recent(&shared.models)
    }

    /// Those kept of one trace, the newest first: of the last 256, of the slowest
    /// and of those that somebody [watches](TraceId::WATCHED).
    #[must_use]
    pub fn traces(&self, trace_id: TraceId) -> Vec<Trace> {
        let shared = &self.owner.shared;
        let mut drain = shared.lock_drain();
        shared.drain(&mut drain);
        drain.find(trace_id, &shared.models)
    }

    /// Keeps the last minutes and the slowest traces from now on, for
    /// [`live`](Self::live) to show: once a second the thread that drains adds up
    /// what it has counted. No request does anything for it.
    pub fn keep_history(&self) {
        let shared = &self.owner.shared;
        let mut drain = shared.lock_drain();
        drain.kept().watch();
        let begin = || History::new(&drain.totals().metrics, &shared.models);
        shared.history.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert_with(begin);
    }

    /// What there is to see of this moment and, where they are [kept](Self::keep_history),
    /// of the last minutes. Takes up to a few milliseconds under load.
    #[must_use]
    pub fn live(&self) -> Live {
        self.owner.shared.live()
    }
}

impl Shared {
    /// Ends a second of the history, if there is one and it is time.
    pub(super) fn remember(&self, drain: &mut Drain) {
        let mut history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(history) = history.as_mut().filter(|history| history.is_due()) else { return };
        let connections = self.connections.open_by(Door::Http) + self.connections.open_by(Door::Grpc);
        let levels = Levels { in_flight: self.in_flight(), connections };
        history.end_second(&drain.totals().metrics, &self.models, levels);
        drain.kept().turn(Tick::now());
    }

    /// Requests being answered.
    fn in_flight(&self) -> i64 {
        let counters = self.in_flight.lock().unwrap_or_else(PoisonError::into_inner);
        counters.iter().map(|counter| counter.0.load(Ordering::Relaxed)).sum()
    }

    /// What was counted, up to the last request.
    fn totals(&self) -> Totals {
        let mut drain = self.lock_drain();
        self.drain(&mut drain);
        drain.totals_of_page()
    }

    fn exports(&self, totals: &Totals) -> Exports {
        let level = self.pending.level();
        Exports {
            is_on: self.exports,
            recorded: totals.metrics.recorded,
            exported: self.sent.exported.load(Ordering::Relaxed),
            retries: self.sent.retries.load(Ordering::Relaxed),
            wakeups: totals.wakeups,
            dropped: [
                ("ring_full", totals.dropped),
                ("buffer_full", level.dropped),
                ("refused", self.sent.refused.load(Ordering::Relaxed)),
            ],
            dropped_lines: self.lines.dropped(),
            rejected_spans: self.sent.rejected_spans.load(Ordering::Relaxed),
            pending: level.traces,
            buffer_bytes: level.bytes,
            buffer_limit: self.pending.limit(),
            ring_used_at_most: totals.used_at_most,
            ring_slots: rings::capacity(),
        }
    }

    fn metrics(&self, format: Format) -> String {
        let totals = self.totals();
        let page = Page {
            models: &self.models,
            connections: &self.connections,
            in_flight: self.in_flight(),
            exports: &self.exports(&totals),
            kept: &self.kept,
        };
        write_page(format, &totals.metrics, &page)
    }

    fn live(&self) -> Live {
        let mut drain = self.lock_drain();
        self.drain(&mut drain);
        let totals = drain.totals();
        let kept = drain.kept();
        let (slowest, loads) = (kept.slowest(&self.models), kept.loads(&self.models));
        drop(drain);
        let history = self.history.lock().unwrap_or_else(PoisonError::into_inner);
        let seconds = history.as_ref().map(History::seconds).unwrap_or_default();
        drop(history);
        Live {
            seconds,
            models: statistics::statistics(&totals.metrics, &self.models, drain::epoch()),
            slowest,
            loads,
            exports: self.exports(&totals),
            connections: ConnectionCounts::of(&self.connections),
            figures: self.kept.figures(),
            started: figures().start_time_seconds,
        }
    }
}

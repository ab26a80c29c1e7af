//! What a request took, for the answer itself to say.

use crate::clock::Tick;
use crate::context::{SpanId, TraceId};
use crate::record::{Record, Stage};

/// How long a request and its stages took, for the answer itself to say.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    // No whole record: what became of a request is moved often.
    start: Tick,
    end: Tick,
    boundaries: [Tick; 4],
    n_stages: u8,
    ids: Option<(TraceId, SpanId)>,
}

impl Timing {
    pub(crate) fn of(record: &Record) -> Self {
        let Record { start, end, boundaries, n_stages, .. } = *record;
        let ids = record.sampled.then_some((record.trace_id, record.span_id));
        Self { start, end, boundaries, n_stages, ids }
    }

    /// The stages that were reached, by the names of their spans, with nanoseconds.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        let reached = Stage::ALL.into_iter().take(self.n_stages.into());
        let times = self.boundaries.iter().zip(&self.boundaries[1..]);
        reached.zip(times).map(|(stage, (start, end))| (stage.name(), end.since(*start)))
    }

    /// Nanoseconds of the whole request, so far as it is known.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.end.since(self.start)
    }

    /// The trace and the request's span, if they are recorded.
    #[must_use]
    pub fn ids(&self) -> Option<(TraceId, SpanId)> {
        self.ids
    }
}

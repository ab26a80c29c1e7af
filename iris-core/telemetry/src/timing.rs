//! What a request took, for the answer itself to say.

use crate::context::{SpanId, TraceId};
use crate::record::{Record, Stage};

/// How long a request and its stages took, for the answer itself to say.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    pub(crate) record: Record,
}

impl Timing {
    /// The stages that were reached, by the names of their spans, with nanoseconds.
    pub fn stages(&self) -> impl Iterator<Item = (&'static str, u64)> + '_ {
        Stage::ALL.into_iter().filter_map(|stage| {
            let (start, end) = self.record.stage(stage)?;
            Some((stage.name(), end.since(start)))
        })
    }

    /// Nanoseconds of the whole request, so far as it is known.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.record.duration()
    }

    /// The trace and the request's span, if they are recorded.
    #[must_use]
    pub fn ids(&self) -> Option<(TraceId, SpanId)> {
        self.record.sampled.then_some((self.record.trace_id, self.record.span_id))
    }
}

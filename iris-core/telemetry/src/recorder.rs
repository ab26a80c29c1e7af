//! Where finished records go.

use std::fmt;
use std::sync::Arc;

use iris_core::spans::has_named_features;
use iris_core::{ErrorClass, Schema};

use crate::clock::Tick;
use crate::context::{SpanId, TraceId};
use crate::origin::{Endpoint, Origin};
use crate::record::{Kind, Record, Stage};
use crate::recording::Recording;
#[cfg(feature = "opentelemetry")]
use crate::settings::Propagators;

/// What takes records: [`Telemetry`](crate::Telemetry), and nothing else.
pub(crate) trait Sink: Send + Sync + fmt::Debug {
    /// Which headers it reads.
    #[cfg(feature = "opentelemetry")]
    fn propagators(&self) -> Propagators;

    /// The ids of a request that begins, and whether it is recorded.
    fn begin(&self, origin: &Origin<'_>, accept_tracestate: &mut dyn FnMut(&str)) -> Ids;

    /// Takes a finished record.
    fn end(&self, record: &Record, tail: &[u8]);

    /// Introduces a model; the number returned stands for it in records.
    fn model(&self, name: &str, version: &str, schema: &Schema) -> u32;
}

/// A model as records name it, from [`Recorder::model`]; by default none.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct RecordedModel {
    pub(crate) number: u32,
    /// Whether the features have span attributes of their own.
    pub(crate) has_named_features: bool,
}

/// The place of a request in a trace.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Ids {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    /// With whether it is a span of another process.
    pub(crate) parent: Option<(SpanId, bool)>,
    pub(crate) sampled: bool,
}

impl RecordedModel {
    /// Whether the features are the four that have span attributes of their own.
    #[inline]
    #[must_use]
    pub fn has_named_features(self) -> bool {
        self.has_named_features
    }
}

/// Records what is done with models: nothing, unless a [`Telemetry`](crate::Telemetry) made it.
///
/// Independent of it, `tracing` spans are made for whoever subscribes to them.
#[derive(Debug, Clone, Default)]
pub struct Recorder {
    sink: Option<Arc<dyn Sink>>,
    timed: bool,
}

impl Recorder {
    pub(crate) fn new(sink: Arc<dyn Sink>) -> Self {
        Self { sink: Some(sink), timed: false }
    }

    /// Introduces a model, or finds it again, for the requests that turn out to be its.
    #[must_use]
    pub fn model(&self, name: &str, version: &str, schema: &Schema) -> RecordedModel {
        let number = self.sink.as_ref().map_or(0, |sink| sink.model(name, version, schema));
        RecordedModel { number, has_named_features: has_named_features(schema) }
    }

    /// The same, measuring requests for [`Timing`] even if nothing records them.
    #[must_use]
    pub fn timed(self) -> Self {
        Self { timed: true, ..self }
    }

    /// Whether requests are measured at all.
    #[inline]
    #[must_use]
    pub fn is_on(&self) -> bool {
        self.sink.is_some() || self.timed
    }

    /// The present, if requests are measured.
    #[inline]
    #[must_use]
    pub fn now(&self) -> Option<Tick> {
        self.is_on().then(Tick::now)
    }

    /// Counts a request that makes no spans, such as one for a page.
    pub fn count(&self, origin: &Origin<'_>, status: u16, fault: Option<ErrorClass>) {
        let Some(recording) = self.begin(Kind::Other, origin, false) else { return };
        match fault {
            None => recording.succeed(status),
            Some(fault) => recording.fail(status, fault, None),
        };
    }

    /// Begins a record, if anything listens: this, or a subscriber that wants it `in_span`.
    #[inline]
    pub(crate) fn begin(&self, kind: Kind, origin: &Origin<'_>, in_span: bool) -> Option<Recording<'_>> {
        let listens = self.is_on() || in_span;
        let mut recording = listens.then(|| Recording::new(self.sink.as_deref(), self.timed, kind, origin));
        if let (true, Some(recording)) = (in_span, &mut recording) {
            recording.open_span(origin);
        }
        recording
    }
}

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

/// Names an endpoint in a sentence.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.method, if self.method.is_empty() { "" } else { " " }, self.route)
    }
}

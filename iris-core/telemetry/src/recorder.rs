//! Where finished records go.

use std::fmt;
use std::sync::Arc;

use iris_core::{ErrorClass, Schema};

use crate::clock::Tick;
use crate::context::{ContextHeaders, SpanId, TraceId};
use crate::origin::{Endpoint, Origin};
use crate::record::{Kind, Record, Stage, Tail};
use crate::request::has_named_features;

/// What takes records; the feature `otel` has the one implementation.
pub(crate) trait Sink: Send + Sync + fmt::Debug {
    /// The ids of a request that begins, and whether it is recorded.
    fn begin(&self, headers: &ContextHeaders<'_>, accept_tracestate: &mut dyn FnMut(&str)) -> Ids;

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
    pub(crate) parent_id: SpanId,
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
        if let Some(mut active) = self.begin(Kind::Other, origin) {
            active.outcome(status, fault);
            active.end();
        }
    }

    #[inline]
    pub(crate) fn begin(&self, kind: Kind, origin: &Origin<'_>) -> Option<Recording<'_>> {
        self.is_on().then(|| Recording::new(self, kind, origin))
    }
}

/// How long a request and its stages took, for the answer itself to say.
#[derive(Debug, Clone, Copy)]
pub struct Timing {
    record: Record,
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

/// A record being filled in.
#[derive(Debug)]
pub(crate) struct Recording<'t> {
    timed: bool,
    sink: Option<&'t dyn Sink>,
    pub(crate) record: Record,
    pub(crate) tail: Tail,
}

impl<'t> Recording<'t> {
    fn new(recorder: &'t Recorder, kind: Kind, origin: &Origin<'_>) -> Self {
        let now = Tick::now();
        let start = origin.started.map_or(now, |started| started.min(now));
        let mut record = Record::new(kind, origin.endpoint, start);
        let mut tail = Tail::default();
        record.boundaries[0] = now;
        record.http_version = origin.http_version;
        let sink = recorder.sink.as_deref();
        if let (Some(sink), true) = (sink, kind != Kind::Other) {
            let ids = sink.begin(&origin.headers, &mut |text| tail.tracestate(&mut record, text));
            (record.trace_id, record.span_id) = (ids.trace_id, ids.span_id);
            (record.parent_id, record.sampled) = (ids.parent_id, ids.sampled);
        }
        if let Some(path) = origin.path {
            tail.path(&mut record, path);
        }
        Self { timed: recorder.timed, sink, record, tail }
    }

    /// Ends a stage; the next one begins with it. One that was left out took no time.
    #[inline]
    pub(crate) fn stage_ends(&mut self, stage: Stage) {
        let Record { boundaries, n_stages, .. } = &mut self.record;
        let index = stage as u8;
        while *n_stages < index {
            boundaries[usize::from(*n_stages) + 1] = boundaries[usize::from(*n_stages)];
            *n_stages += 1;
        }
        boundaries[usize::from(index) + 1] = Tick::now();
        *n_stages = index + 1;
    }

    pub(crate) fn outcome(&mut self, status: u16, fault: Option<ErrorClass>) {
        (self.record.status, self.record.fault) = (status, fault);
    }

    /// Hands the record over. A request whose stages are all done ends with the
    /// last. Returns what it took, if anybody asked.
    #[inline]
    pub(crate) fn end(mut self) -> Option<Timing> {
        self.record.end = match self.record.n_stages {
            3 => self.record.boundaries[3],
            _ => Tick::now(),
        };
        if let Some(sink) = self.sink {
            sink.end(&self.record, self.tail.as_bytes());
        }
        self.timed.then_some(Timing { record: self.record })
    }
}

/// Names an endpoint in a sentence.
impl fmt::Display for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{}{}", self.method, if self.method.is_empty() { "" } else { " " }, self.route)
    }
}

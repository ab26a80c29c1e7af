//! A request being recorded: its record, filled in as it goes on, and its span.

use std::fmt::Display;
use std::sync::Arc;

use iris_core::ErrorClass;
use tracing::Span;

use crate::agents;
use crate::clock::Tick;
use crate::contract::Spans;
use crate::models::ModelInfo;
use crate::origin::Origin;
use crate::record::{Kind, Record, Stage, Tail};
#[cfg(feature = "opentelemetry")]
use crate::settings::Propagators;
use crate::sink::{RecordedModel, Sink};
use crate::timing::Timing;
use crate::tracing_spans;
use crate::view::View;

/// A record being filled in.
#[derive(Debug)]
pub(crate) struct Recording<'t> {
    timed: bool,
    sink: Option<&'t dyn Sink>,
    /// `None` when no subscriber listens.
    shown: Option<Shown>,
    has_named_features: bool,
    pub(crate) record: Record,
    tail: Tail,
}

/// What a subscriber sees of it.
#[derive(Debug)]
struct Shown {
    span: Span,
    /// What is said of the model.
    said: Option<Arc<ModelInfo>>,
}

/// A stage that has run and whose span, if it has one, is still open.
#[derive(Debug)]
#[must_use = "the span gets its attributes when it is closed"]
pub(crate) struct RunStage {
    stage: Stage,
    span: Option<Span>,
}

impl<'t> Recording<'t> {
    /// Begins a record that `sink` gets at its end.
    pub(crate) fn new(sink: Option<&'t dyn Sink>, timed: bool, kind: Kind, origin: &Origin<'_>) -> Self {
        let now = Tick::now();
        let start = origin.started.map_or(now, |started| started.min(now));
        let mut record = Record::new(kind, origin.endpoint, start);
        let mut tail = Tail::default();
        record.boundaries[0] = now;
        record.http_version = origin.http_version;
        record.client = origin.client.address;
        if let (Some(sink), true) = (sink, kind != Kind::Other) {
            let ids = sink.begin(origin, &mut |text| tail.tracestate(&mut record, text));
            (record.trace_id, record.span_id, record.sampled) = (ids.trace_id, ids.span_id, ids.sampled);
            (record.parent_id, record.parent_is_remote) = ids.parent.unwrap_or_default();
        }
        if let Some(path) = origin.path {
            tail.path(&mut record, path);
        }
        if let (Some(sink), Some(user_agent)) = (sink, origin.client.user_agent) {
            record.user_agent = sink.user_agent(user_agent);
            if record.user_agent == 0 {
                tail.user_agent(&mut record, &agents::text(user_agent));
            }
        }
        Self { timed, sink, shown: None, has_named_features: false, record, tail }
    }

    /// Begins its span for a subscriber; what that takes is no part of the first stage.
    #[cold]
    pub(crate) fn open_span(&mut self, origin: &Origin<'_>) {
        #[cfg(feature = "opentelemetry")]
        let _attached = {
            let propagators = self.sink.map_or(Propagators::ALL, Sink::propagators);
            crate::sdk_context::attach_parent(origin, propagators)
        };
        let span = tracing_spans::whole(self.record.kind);
        tracing_spans::open(&span, &self.spans(None));
        tracing_spans::client(&span, &self.spans(None), origin.client.user_agent);
        self.shown = Some(Shown { span, said: None });
        self.record.boundaries[0] = Tick::now();
    }

    #[inline]
    pub(crate) fn model(&mut self, model: RecordedModel) {
        self.record.model = model.number;
        self.has_named_features = model.has_named_features;
        if self.shown.is_some() {
            self.say(model);
        }
    }

    #[cold]
    fn say(&mut self, model: RecordedModel) {
        let said = self.sink.and_then(|sink| sink.introduced(model.number));
        if let Some(shown) = &mut self.shown {
            shown.said = said;
        }
    }

    pub(crate) fn features(&mut self, row: &[f64]) {
        self.tail.features(&mut self.record, row);
    }

    pub(crate) fn counts(&mut self, counts: &[u32]) {
        self.tail.counts(&mut self.record, counts);
    }

    /// Runs a stage's work, in its span if there is one.
    #[inline]
    pub(crate) fn run<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> (T, RunStage) {
        let Some(Shown { span: parent, .. }) = &self.shown else {
            let value = work();
            self.stage_ends(stage);
            return (value, RunStage { stage, span: None });
        };
        let span = tracing_spans::stage(parent, stage);
        let value = span.in_scope(work);
        self.stage_ends(stage);
        (value, RunStage { stage, span: Some(span) })
    }

    /// Closes the span of a stage that has run; `label` is that of the class it found.
    #[inline]
    pub(crate) fn close(&self, RunStage { stage, span }: RunStage, label: impl FnOnce() -> Option<String>) {
        if let Some(span) = span {
            tracing_spans::close_stage(&span, stage, &self.spans(label().as_deref()));
        }
    }

    /// Runs the work of a record that has no stages, in its span.
    pub(crate) fn run_alone<T>(&mut self, work: impl FnOnce() -> T) -> T {
        let value = match &self.shown {
            None => work(),
            Some(Shown { span, .. }) => span.in_scope(work),
        };
        self.stage_ends(Stage::DataPreparation);
        value
    }

    /// Ends a stage; the next one begins with it. One that was left out took no time.
    #[inline]
    fn stage_ends(&mut self, stage: Stage) {
        let Record { boundaries, n_stages, .. } = &mut self.record;
        let index = stage as u8;
        while *n_stages < index {
            boundaries[usize::from(*n_stages) + 1] = boundaries[usize::from(*n_stages)];
            *n_stages += 1;
        }
        boundaries[usize::from(index) + 1] = Tick::now();
        *n_stages = index + 1;
    }

    /// Hands the record over as that of an answered request. Returns what it
    /// took, if anybody asked.
    #[inline]
    pub(crate) fn succeed(&mut self, status: u16) -> Option<Timing> {
        self.record.status = status;
        self.end()
    }

    /// Hands the record over as that of a request that failed.
    pub(crate) fn fail(&mut self, status: u16, fault: ErrorClass, error: &dyn Display) -> Option<Timing> {
        (self.record.status, self.record.fault) = (status, Some(fault));
        self.tail.error(&mut self.record, error);
        self.end()
    }

    /// A request whose stages are all done ends with the last.
    #[inline]
    fn end(&mut self) -> Option<Timing> {
        self.record.end = match self.record.n_stages {
            3 => self.record.boundaries[3],
            _ => Tick::now(),
        };
        if self.shown.is_some() {
            self.close_span();
        }
        if let Some(sink) = self.sink {
            sink.end(&self.record, self.tail.as_bytes());
        }
        self.timed.then(|| Timing::of(&self.record))
    }

    #[cold]
    fn close_span(&mut self) {
        if let Some(Shown { span, .. }) = &self.shown {
            tracing_spans::close(span, &self.spans(None));
        }
        self.shown = None;
    }

    pub(crate) fn spans<'a>(&'a self, label: Option<&'a str>) -> Spans<'a> {
        let view = View::new(&self.record, self.tail.as_bytes());
        Spans::under_way(view, self.has_named_features, label)
            .of(self.shown.as_ref().and_then(|shown| shown.said.as_deref()))
    }
}

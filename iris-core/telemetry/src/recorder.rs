//! What begins a record, if anything listens.

use std::fmt::Display;
use std::sync::Arc;

use iris_core::spans::has_named_features;
use iris_core::{ErrorClass, Schema};

use crate::clock::Tick;
use crate::models::Said;
use crate::origin::Origin;
use crate::record::Kind;
use crate::recording::Recording;
use crate::sink::{RecordedModel, Sink};

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
        self.introduce((name, version), Said::Nothing, schema)
    }

    /// The same with the name and the version in the spans of its requests, and with `alias` if
    /// these are the ones that asked for it by that.
    #[must_use]
    pub fn said_model(
        &self,
        name: &str,
        version: &str,
        alias: Option<&str>,
        schema: &Schema,
    ) -> RecordedModel {
        self.introduce((name, version), alias.map_or(Said::Name, Said::Alias), schema)
    }

    fn introduce(&self, model: (&str, &str), said: Said<&str>, schema: &Schema) -> RecordedModel {
        let number = self.sink.as_ref().map_or(0, |sink| sink.model(model, said, schema));
        RecordedModel { number, has_named_features: has_named_features(schema) }
    }

    /// Leaves a model that is no longer served out of what is counted by model, until it is
    /// introduced again.
    pub fn forget(&self, model: RecordedModel) {
        if let Some(sink) = &self.sink {
            sink.forget(model.number);
        }
    }

    /// The same, measuring requests for [`Timing`](crate::Timing) even if nothing records them.
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

    /// Counts a request that makes no spans, such as one for a page; one that failed with the reason.
    pub fn count(&self, origin: &Origin<'_>, status: u16, fault: Option<(ErrorClass, &dyn Display)>) {
        let Some(mut recording) = self.begin(Kind::Other, origin, false) else { return };
        match fault {
            None => recording.succeed(status),
            Some((class, reason)) => recording.fail(status, class, reason),
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

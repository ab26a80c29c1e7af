//! OpenTelemetry's SDK, where a program has it: its exporters in the place of
//! our own.

mod block_on;

use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use opentelemetry::trace::{SpanKind, Status};
use opentelemetry::{Array, Context, InstrumentationScope, KeyValue};
use opentelemetry_sdk::Resource;
use opentelemetry_sdk::error::OTelSdkError;
use opentelemetry_sdk::trace::{SpanData, SpanEvents, SpanExporter, SpanLinks};

use crate::clock::Tick;
use crate::contract::{Quantity, Spans, Value};
use crate::exporter::{Outcome, Transport};
use crate::models::Models;
use crate::record::Stage;
use crate::sdk_context::span_context;
use crate::settings::Settings;
use crate::telemetry::{StartError, Telemetry};
use crate::view::View;

use block_on::block_on;

/// How often a message is tried with an exporter that fails and cannot say
/// whether another try would help: over 20 s, a restart of most things.
const MOST_TRIES: u32 = 10;

impl Telemetry {
    /// As [`start`](Self::start), with an exporter of OpenTelemetry's SDK in the
    /// place of our own, wherever the `OTEL_*` variables would send traces: the
    /// same spans with the same attributes, waiting in the same buffer, counted
    /// by the same metrics.
    ///
    /// The exporter is told who is speaking, called on a thread of its own, one
    /// batch at a time, each for at most `OTEL_EXPORTER_OTLP_TIMEOUT`, and shut
    /// down in the end. A batch that times out is tried again for as long as
    /// there is room for others; one that fails otherwise ten times. If the
    /// exporter needs a runtime, the program has to provide it.
    ///
    /// ```
    /// use iris_core::Predictor;
    /// use iris_telemetry::{Recorded, Settings, Telemetry};
    /// use opentelemetry_sdk::trace::InMemorySpanExporter;
    ///
    /// let exporter = InMemorySpanExporter::default();
    /// let settings = Settings::from_env("my-service")?;
    /// let telemetry = Telemetry::start_with_exporter(settings, exporter)?;
    /// let iris = Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1");
    /// iris.predict(&[5.1, 3.5, 1.4, 0.2])?;
    /// assert_eq!(telemetry.shutdown(Telemetry::FLUSH), 0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    ///
    /// # Errors
    ///
    /// [`StartError`] if no thread can be made.
    pub fn start_with_exporter(
        settings: Settings,
        exporter: impl SpanExporter + 'static,
    ) -> Result<Self, StartError> {
        let models = Arc::default();
        let transport = Sdk::new(exporter, &settings, Arc::clone(&models));
        Self::start_with(&settings, models, (!settings.is_disabled()).then_some(transport))
    }
}

/// An exporter of the SDK, and the batch for it.
struct Sdk<E> {
    exporter: E,
    models: Arc<Models>,
    scope: InstrumentationScope,
    timeout: Duration,
    batch: Vec<SpanData>,
    /// Of this batch.
    failures: u32,
}

impl<E: SpanExporter> Sdk<E> {
    fn new(mut exporter: E, settings: &Settings, models: Arc<Models>) -> Self {
        let attributes =
            settings.resource.iter().map(|(key, value)| KeyValue::new(key.clone(), value.clone()));
        exporter.set_resource(&Resource::builder_empty().with_attributes(attributes).build());
        let scope = InstrumentationScope::builder("iris").with_version(env!("CARGO_PKG_VERSION")).build();
        Self { exporter, models, scope, timeout: settings.export_timeout, batch: Vec::new(), failures: 0 }
    }

    /// The span of the whole or of a stage, but for its attributes.
    fn span(&self, spans: &Spans<'_>, stage: Option<Stage>, epoch: u64) -> SpanData {
        let record = spans.view.record;
        let own = span_context(&spans.view, record.span_id_of(stage));
        let (start, end) = record.times(stage);
        SpanData {
            span_context: own,
            parent_span_id: stage.map_or(record.parent_id, |_| record.span_id).0.into(),
            parent_span_is_remote: stage.is_none() && record.parent_is_remote,
            span_kind: if stage.is_none() && spans.is_servers() {
                SpanKind::Server
            } else {
                SpanKind::Internal
            },
            name: stage.map_or(spans.name(), |stage| Some(stage.name())).unwrap_or_default().into(),
            start_time: time(epoch, start),
            end_time: time(epoch, end),
            attributes: Vec::new(),
            dropped_attributes_count: 0,
            events: SpanEvents::default(),
            links: SpanLinks::default(),
            status: Status::Unset,
            instrumentation_scope: self.scope.clone(),
        }
    }
}

impl<E: SpanExporter> Transport for Sdk<E> {
    fn place(&self) -> String {
        "an exporter of OpenTelemetry's SDK".to_owned()
    }

    fn start(&mut self) {
        self.batch.clear();
        self.failures = 0;
    }

    fn add(&mut self, view: &View<'_>, epoch: u64) {
        let model = self.models.get(view.record.model);
        let spans = Spans::new(*view, model.as_deref());
        if spans.name().is_some() {
            let mut whole = self.span(&spans, None, epoch);
            let mut add = |key, value: Value<'_>| whole.attributes.push(attribute(key, value, view));
            spans.opening(&mut add);
            spans.client(view.user_agent(self.models.user_agents()).as_deref(), &mut add);
            spans.closing(&mut add);
            if let Some((_, error)) = spans.failure() {
                whole.status = Status::error(error.to_owned());
            }
            self.batch.push(whole);
        }
        for stage in spans.stages() {
            let mut child = self.span(&spans, Some(stage), epoch);
            spans.stage(stage, &mut |key, value| child.attributes.push(attribute(key, value, view)));
            self.batch.push(child);
        }
    }

    fn send(&mut self) -> Outcome {
        // What the exporter does is nothing for a trace, or it would never end.
        let _suppressed = Context::enter_telemetry_suppressed_scope();
        let sent = block_on(self.exporter.export(self.batch.clone()), self.timeout);
        let error = match sent.unwrap_or(Err(OTelSdkError::Timeout(self.timeout))) {
            Ok(()) => return Outcome::Accepted { rejected_spans: 0, message: String::new() },
            Err(error) => error,
        };
        let reason = error.to_string();
        match error {
            OTelSdkError::Timeout(_) => Outcome::Retry { after: None, reason },
            OTelSdkError::AlreadyShutdown => Outcome::Refused { reason },
            OTelSdkError::InternalFailure(_) => {
                self.failures += 1;
                let is_last = self.failures >= MOST_TRIES;
                if is_last { Outcome::Refused { reason } } else { Outcome::Retry { after: None, reason } }
            }
        }
    }

    fn close(&mut self) {
        // Whatever is wrong with it by now, there is nobody left to tell.
        let _ = self.exporter.shutdown_with_timeout(self.timeout);
    }
}

fn time(epoch: u64, tick: Tick) -> SystemTime {
    UNIX_EPOCH + Duration::from_nanos(epoch + tick.as_nanos())
}

fn attribute(key: &'static str, value: Value<'_>, view: &View<'_>) -> KeyValue {
    match value {
        Value::Word(word) => KeyValue::new(key, word),
        Value::Text(text) => KeyValue::new(key, text.to_owned()),
        Value::Int(number) => KeyValue::new(key, i64::from(number)),
        Value::Number(quantity) => KeyValue::new(key, quantity.of(view)),
        Value::Features(n) => {
            let row = (0..n).map(|index| Quantity::Feature(index).of(view)).collect();
            KeyValue::new(key, opentelemetry::Value::Array(Array::F64(row)))
        }
    }
}

#[cfg(test)]
mod tests;

//! The spans as `tracing` shows them to any subscriber.

use std::fmt::Display;
use std::time::Instant;

use iris_core::{ErrorClass, Prediction};
use tracing::field::{Empty, debug, display};
use tracing::{Span, info_span};

use crate::origin::{Endpoint, Origin, Protocol};
use crate::record::Stage;
use crate::request::{ATTRIBUTES, TARGET, error_type, grpc_code};

/// The open `prediction_request` span.
#[derive(Debug)]
pub(super) struct RequestSpan {
    span: Span,
    start: Instant,
    endpoint: &'static Endpoint,
}

impl RequestSpan {
    #[cold]
    pub(super) fn new(origin: &Origin<'_>) -> Self {
        let span = info_span!(
            target: TARGET,
            "prediction_request",
            "otel.kind" = Empty,
            "otel.status_code" = Empty,
            "http.request.method" = Empty,
            "http.route" = Empty,
            "http.response.status_code" = Empty,
            "url.path" = Empty,
            "url.scheme" = Empty,
            "network.protocol.version" = Empty,
            "rpc.system.name" = Empty,
            "rpc.method" = Empty,
            "rpc.response.status_code" = Empty,
            "error.type" = Empty,
            "request.sepal_length" = Empty,
            "request.sepal_width" = Empty,
            "request.petal_length" = Empty,
            "request.petal_width" = Empty,
            "request.features" = Empty,
            "request.batch_size" = Empty,
            "request.total_time_seconds" = Empty,
            "request.status" = Empty,
            "request.error" = Empty,
        );
        let endpoint = origin.endpoint;
        match endpoint.protocol {
            Protocol::Call => {}
            Protocol::Http => {
                span.record("otel.kind", "server");
                span.record("http.request.method", endpoint.method);
                span.record("http.route", endpoint.route);
                span.record("url.path", origin.path.unwrap_or(endpoint.route));
                span.record("url.scheme", "http");
                span.record("network.protocol.version", origin.http_version.as_str());
            }
            Protocol::Grpc => {
                span.record("otel.kind", "server");
                span.record("rpc.system.name", "grpc");
                span.record("rpc.method", endpoint.route);
            }
        }
        Self { span, start: Instant::now(), endpoint }
    }

    pub(super) fn features(&self, has_names: bool, row: &[f64]) {
        if has_names {
            for ((_, attribute), value) in ATTRIBUTES.iter().zip(row) {
                self.span.record(*attribute, value);
            }
        } else {
            self.span.record("request.features", debug(row));
        }
    }

    pub(super) fn batch_size(&self, rows: usize) {
        self.span.record("request.batch_size", rows);
    }

    /// Runs a stage's work inside its span.
    pub(super) fn stage<T>(&self, stage: Stage, work: impl FnOnce() -> T) -> T {
        match stage {
            Stage::DataPreparation => {
                let span = info_span!(
                    target: TARGET,
                    parent: &self.span,
                    "data_preparation",
                    "data_preparation.time_seconds" = Empty,
                );
                timed(&span, "data_preparation.time_seconds", work)
            }
            Stage::ModelInference => timed(&self.inference(), "model.inference_time_seconds", work),
            Stage::ResponseFormatting => {
                info_span!(target: TARGET, parent: &self.span, "response_formatting").in_scope(work)
            }
        }
    }

    /// The model's own stage, whose answer is recorded before its span closes.
    pub(super) fn predict<'a, E>(
        &self,
        work: impl FnOnce() -> Result<Prediction<'a>, E>,
    ) -> Result<Prediction<'a>, E> {
        let span = self.inference();
        let answer = timed(&span, "model.inference_time_seconds", work);
        if let Ok(prediction) = &answer {
            if let Some(label) = prediction.label() {
                span.record("model.predicted_species", display(label));
            }
            if let Some(probability) = prediction.probability() {
                span.record("model.prediction_probability", probability);
            }
            if let Some(value) = prediction.value() {
                span.record("model.predicted_value", value);
            }
        }
        answer
    }

    fn inference(&self) -> Span {
        info_span!(
            target: TARGET,
            parent: &self.span,
            "model_inference",
            "model.inference_time_seconds" = Empty,
            "model.predicted_species" = Empty,
            "model.prediction_probability" = Empty,
            "model.predicted_value" = Empty,
        )
    }

    pub(super) fn finish(self, status: u16, failure: Option<(ErrorClass, &dyn Display)>) {
        let span = self.span;
        span.record("request.total_time_seconds", self.start.elapsed().as_secs_f64());
        match self.endpoint.protocol {
            Protocol::Call => {}
            Protocol::Http => {
                span.record("http.response.status_code", status);
            }
            Protocol::Grpc => {
                span.record("rpc.response.status_code", grpc_code(status));
            }
        }
        let Some((fault, error)) = failure else {
            span.record("request.status", "success");
            return;
        };
        span.record("request.status", "error");
        span.record("request.error", display(error));
        // What the client did wrong is no error of a server's span.
        if self.endpoint.protocol == Protocol::Call || fault.is_servers() {
            span.record("otel.status_code", "ERROR");
            span.record("error.type", error_type(self.endpoint, status, fault));
        }
    }
}

/// Runs `work` inside `span` and records how long it took.
fn timed<T>(span: &Span, attribute: &str, work: impl FnOnce() -> T) -> T {
    span.in_scope(|| {
        let start = Instant::now();
        let value = work();
        span.record(attribute, start.elapsed().as_secs_f64());
        value
    })
}

/// A span that stands alone, with the time and the outcome of its work.
pub(super) struct LoneSpan {
    span: Span,
    time: &'static str,
    status: &'static str,
    reason: &'static str,
}

impl LoneSpan {
    pub(super) fn model_loading() -> Self {
        let span = info_span!(
            target: TARGET,
            "model_loading",
            "model.load_time_seconds" = Empty,
            "model.status" = Empty,
            "model.error" = Empty,
        );
        Self { span, time: "model.load_time_seconds", status: "model.status", reason: "model.error" }
    }

    pub(super) fn health_check() -> Self {
        let span = info_span!(
            target: TARGET,
            "health_check",
            "health.status" = Empty,
            "health.reason" = Empty,
            "health.model_test_time_seconds" = Empty,
        );
        let time = "health.model_test_time_seconds";
        Self { span, time, status: "health.status", reason: "health.reason" }
    }

    /// Returns the outcome and the seconds it took.
    pub(super) fn run<T, E: Display>(
        &self,
        [good, bad]: [&str; 2],
        work: impl FnOnce() -> Result<T, E>,
    ) -> (Result<T, E>, f64) {
        let start = Instant::now();
        let outcome = self.span.in_scope(work);
        let seconds = start.elapsed().as_secs_f64();
        self.span.record(self.time, seconds);
        match &outcome {
            Ok(_) => {
                self.span.record(self.status, good);
            }
            Err(error) => {
                self.span.record(self.status, bad);
                self.span.record(self.reason, display(error));
            }
        }
        (outcome, seconds)
    }
}

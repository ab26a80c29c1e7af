//! The spans of a request, the same through every door.
//!
//! `prediction_request` is the parent of `data_preparation` (from bytes to a
//! checked row), `model_inference` and `response_formatting` (from the answer
//! to bytes); `model_loading` and `health_check` stand alone. All are made with
//! [`tracing`] at `INFO` under the target [`TARGET`], so any subscriber sees
//! them: fmt, tracing-opentelemetry, or none. When nobody listens a request
//! reads no clock and makes no span.
//!
//! The part of a request that the spans cover awaits nothing, so they nest on
//! the thread that works on it.

use std::fmt::Display;
use std::time::Instant;

use tracing::field::Empty;
use tracing::{Level, Span, info_span};

use crate::{Error, Feature, Prediction, Result, Schema};

/// The target of every span here, for a subscriber's filter.
pub const TARGET: &str = "iris::spans";

/// The features whose values have an attribute of their own.
const ATTRIBUTES: [(&str, &str); 4] = [
    ("sepal_length", "request.sepal_length"),
    ("sepal_width", "request.sepal_width"),
    ("petal_length", "request.petal_length"),
    ("petal_width", "request.petal_width"),
];

/// Whether a subscriber wants these spans: a load and a branch where none does.
#[inline]
#[must_use]
pub fn wanted() -> bool {
    tracing::enabled!(target: TARGET, Level::INFO)
}

/// One request under way: the open `prediction_request` span.
///
/// ```
/// use iris_core::{Predictor, spans::PredictionRequest};
///
/// let predictor = Predictor::iris();
/// let request = PredictionRequest::start();
/// let row = request.data_preparation(|| [6.3, 3.3, 6.0, 2.5]);
/// request.features(predictor.schema(), &row);
/// let mut probabilities = [0.0; 3];
/// let prediction = request.model_inference(|| predictor.predict_proba_into(&row, &mut probabilities))?;
/// let answer = request.response_formatting(|| prediction.label().to_string());
/// request.finish(None::<&str>);
/// assert_eq!(answer, "virginica");
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug)]
pub struct PredictionRequest {
    /// `None` when nobody listens; then every method only runs its closure.
    open: Option<Open>,
}

#[derive(Debug)]
struct Open {
    span: Span,
    start: Instant,
}

impl PredictionRequest {
    /// Opens `prediction_request`.
    #[inline]
    #[must_use]
    pub fn start() -> Self {
        Self { open: wanted().then(Open::new) }
    }

    /// Records the row as `request.sepal_length` and so on, or as
    /// `request.features` for a model with other features.
    #[inline]
    pub fn features(&self, schema: &Schema, row: &[f64]) {
        if let Some(open) = &self.open {
            open.features(schema, row);
        }
    }

    /// Runs the part that turns the request into rows.
    #[inline]
    pub fn data_preparation<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(open) = &self.open else { return work() };
        let span = info_span!(
            target: TARGET,
            parent: &open.span,
            "data_preparation",
            "data_preparation.time_seconds" = Empty,
        );
        timed(&span, "data_preparation.time_seconds", work)
    }

    /// Runs the model and records what it answered.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    #[inline]
    pub fn model_inference<'a>(
        &self,
        work: impl FnOnce() -> Result<Prediction<'a>>,
    ) -> Result<Prediction<'a>> {
        let Some(open) = &self.open else { return work() };
        open.inference(work)
    }

    /// Runs the model on a batch of `rows` rows.
    #[inline]
    pub fn batch_inference<T>(&self, rows: usize, work: impl FnOnce() -> T) -> T {
        let Some(open) = &self.open else { return work() };
        open.span.record("request.batch_size", rows);
        let span = open.inference_span();
        timed(&span, "model.inference_time_seconds", work)
    }

    /// Runs the part that turns the answer into bytes.
    #[inline]
    pub fn response_formatting<T>(&self, work: impl FnOnce() -> T) -> T {
        let Some(open) = &self.open else { return work() };
        info_span!(target: TARGET, parent: &open.span, "response_formatting").in_scope(work)
    }

    /// Closes `prediction_request` as a success, or as the error given.
    #[inline]
    pub fn finish(self, error: Option<impl Display>) {
        if let Some(open) = self.open {
            open.finish(error);
        }
    }
}

impl Open {
    #[cold]
    fn new() -> Self {
        let span = info_span!(
            target: TARGET,
            "prediction_request",
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
        Self { span, start: Instant::now() }
    }

    fn features(&self, schema: &Schema, row: &[f64]) {
        let names = schema.features().iter().map(Feature::name);
        if names.eq(ATTRIBUTES.map(|(name, _)| name)) {
            for ((_, attribute), value) in ATTRIBUTES.iter().zip(row) {
                self.span.record(*attribute, value);
            }
        } else {
            self.span.record("request.features", tracing::field::debug(row));
        }
    }

    fn inference_span(&self) -> Span {
        info_span!(
            target: TARGET,
            parent: &self.span,
            "model_inference",
            "model.inference_time_seconds" = Empty,
            "model.predicted_species" = Empty,
            "model.prediction_probability" = Empty,
        )
    }

    fn inference<'a>(&self, work: impl FnOnce() -> Result<Prediction<'a>>) -> Result<Prediction<'a>> {
        let span = self.inference_span();
        let answer = timed(&span, "model.inference_time_seconds", work);
        if let Ok(prediction) = &answer {
            span.record("model.predicted_species", tracing::field::display(prediction.label));
            if let Some(probability) = prediction.probability {
                span.record("model.prediction_probability", probability);
            }
        }
        answer
    }

    fn finish(self, error: Option<impl Display>) {
        self.span.record("request.total_time_seconds", self.start.elapsed().as_secs_f64());
        match error {
            None => {
                self.span.record("request.status", "success");
            }
            Some(error) => {
                self.span.record("request.status", "error");
                self.span.record("request.error", tracing::field::display(error));
            }
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

/// Loads a model inside a `model_loading` span.
///
/// # Errors
///
/// Those of `load`.
pub fn model_loading<T>(load: impl FnOnce() -> Result<T>) -> Result<T> {
    let span = info_span!(
        target: TARGET,
        "model_loading",
        "model.load_time_seconds" = Empty,
        "model.status" = Empty,
        "model.error" = Empty,
    );
    let start = Instant::now();
    let loaded = span.in_scope(load);
    span.record("model.load_time_seconds", start.elapsed().as_secs_f64());
    record_outcome(&span, "model.status", ["loaded", "error"], "model.error", loaded.as_ref().err());
    loaded
}

/// Runs a test prediction inside a `health_check` span; returns its answer and
/// how long it took, in seconds.
///
/// # Errors
///
/// Those of `check`.
pub fn health_check<T>(check: impl FnOnce() -> Result<T>) -> Result<(T, f64)> {
    let span = info_span!(
        target: TARGET,
        "health_check",
        "health.status" = Empty,
        "health.reason" = Empty,
        "health.model_test_time_seconds" = Empty,
    );
    let start = Instant::now();
    let checked = span.in_scope(check);
    let seconds = start.elapsed().as_secs_f64();
    span.record("health.model_test_time_seconds", seconds);
    record_outcome(&span, "health.status", ["healthy", "unhealthy"], "health.reason", checked.as_ref().err());
    checked.map(|value| (value, seconds))
}

fn record_outcome(span: &Span, status: &str, [good, bad]: [&str; 2], reason: &str, error: Option<&Error>) {
    match error {
        None => {
            span.record(status, good);
        }
        Some(error) => {
            span.record(status, bad);
            span.record(reason, tracing::field::display(error));
        }
    }
}

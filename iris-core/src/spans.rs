//! The spans of a request, the same through every door.
//!
//! `prediction_request` is the parent of `data_preparation` (from bytes to a
//! checked row), `model_inference` and `response_formatting` (from the answer
//! to bytes); `model_loading` and `health_check` stand alone. Each goes two
//! ways, and neither needs the other:
//!
//! - to `tracing`, at `INFO` under the target [`TARGET`], where any subscriber
//!   sees them: fmt, tracing-opentelemetry, or none;
//! - into a record that the predictor's [`Tracer`] takes, if one was given to it.
//!
//! When nobody listens a request reads no clock and makes no span. The part of a
//! request that the stages cover awaits nothing, so they nest on one thread.

mod origin;
mod visible;

use std::fmt::Display;

use tracing::Level;

use crate::record::{Kind, Stage};
use crate::tracer::Active;
pub use crate::tracer::{Timing, Tracer};
use crate::{Prediction, Predictor};
pub(crate) use origin::Protocol;
pub use origin::{Endpoint, HttpVersion, Origin};
use visible::{Alone, Open};

pub use crate::clock::Tick;
pub use crate::context::{ContextHeaders, RemoteParent, SpanId, TraceId};
pub use crate::record::Fault;

/// The target of every span here, for a subscriber's filter.
pub const TARGET: &str = "iris::spans";

/// The features whose values have an attribute of their own.
pub(crate) const ATTRIBUTES: [(&str, &str); 4] = [
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

/// One request under way: `prediction_request`, and its stages in their order.
///
/// ```
/// use iris_core::Predictor;
/// use iris_core::spans::{Origin, PredictionRequest};
///
/// let predictor = Predictor::iris();
/// let mut request = PredictionRequest::start(&predictor, &Origin::call());
/// let row = request.data_preparation(|| [6.3, 3.3, 6.0, 2.5]);
/// request.features(&row);
/// let mut probabilities = [0.0; 3];
/// let prediction = request.model_inference(|| predictor.predict_proba_into(&row, &mut probabilities))?;
/// let answer = request.response_formatting(|| prediction.label().to_string());
/// request.succeed(0);
/// assert_eq!(answer, "virginica");
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a request that is not ended leaves no record"]
pub struct PredictionRequest<'p> {
    predictor: &'p Predictor,
    /// `None` when no subscriber listens.
    open: Option<Open>,
    /// `None` when nothing is recorded; with both `None` every method only runs its closure.
    active: Option<Active<'p>>,
}

impl<'p> PredictionRequest<'p> {
    /// Begins a request, and its first stage.
    #[inline]
    pub fn start(predictor: &'p Predictor, origin: &Origin<'_>) -> Self {
        Self {
            predictor,
            open: wanted().then(|| Open::new(origin)),
            active: predictor.tracer().begin(Kind::Prediction, origin),
        }
    }

    /// Notes the row: as `request.sepal_length` and so on, or as
    /// `request.features` for a model with other features.
    #[inline]
    pub fn features(&mut self, row: &[f64]) {
        if let Some(open) = &self.open {
            open.features(self.predictor.schema(), row);
        }
        if let Some(Active { record, tail, .. }) = &mut self.active {
            tail.features(record, row);
        }
    }

    /// Runs the part that turns the request into rows.
    #[inline]
    pub fn data_preparation<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.stage(Stage::DataPreparation, work)
    }

    /// Runs the model and notes what it answered.
    ///
    /// # Errors
    ///
    /// Those of `work`.
    #[inline]
    pub fn model_inference<'a, E>(
        &mut self,
        work: impl FnOnce() -> Result<Prediction<'a>, E>,
    ) -> Result<Prediction<'a>, E> {
        let answer = match &self.open {
            None => work(),
            Some(open) => open.predict(work),
        };
        if let Some(active) = &mut self.active {
            active.stage_ends(Stage::ModelInference);
            if let Ok(prediction) = &answer {
                active.record.class = u32::try_from(prediction.class_index).ok();
                active.record.probability = prediction.probability;
            }
        }
        answer
    }

    /// Runs the model on a batch of `rows` rows.
    #[inline]
    pub fn batch_inference<T>(&mut self, rows: usize, work: impl FnOnce() -> T) -> T {
        if let Some(open) = &self.open {
            open.batch_size(rows);
        }
        if let Some(active) = &mut self.active {
            active.record.batch_size = u32::try_from(rows).unwrap_or(u32::MAX);
        }
        self.stage(Stage::ModelInference, work)
    }

    /// Notes how many rows of a batch got each class.
    pub fn batch_classes(&mut self, counts: &[u32]) {
        if let Some(Active { record, tail, .. }) = &mut self.active {
            tail.counts(record, counts);
        }
    }

    /// Runs the part that turns the answer into bytes.
    #[inline]
    pub fn response_formatting<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.stage(Stage::ResponseFormatting, work)
    }

    /// Ends the request as answered, with the HTTP status or gRPC code (0 in process).
    #[inline]
    #[expect(clippy::must_use_candidate, reason = "it ends the request; few want to know how long that took")]
    pub fn succeed(self, status: u16) -> Option<Timing> {
        if let Some(open) = self.open {
            open.finish(status, None);
        }
        let mut active = self.active?;
        active.outcome(status, None);
        active.end()
    }

    /// Ends the request as refused, for the reason given.
    #[cold]
    pub fn fail(self, status: u16, fault: Fault, error: &dyn Display) -> Option<Timing> {
        if let Some(open) = self.open {
            open.finish(status, Some((fault, error)));
        }
        let mut active = self.active?;
        active.outcome(status, Some(fault));
        active.tail.error(&mut active.record, error);
        active.end()
    }

    #[inline]
    fn stage<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let value = match &self.open {
            None => work(),
            Some(open) => open.stage(stage, work),
        };
        if let Some(active) = &mut self.active {
            active.stage_ends(stage);
        }
        value
    }
}

/// Loads a model inside a `model_loading` span.
///
/// # Errors
///
/// Those of `load`.
pub fn model_loading<T, E: Display>(tracer: &Tracer, load: impl FnOnce() -> Result<T, E>) -> Result<T, E> {
    let active = tracer.begin(Kind::ModelLoading, &Origin::call());
    let (loaded, _) = Alone::model_loading().run(["loaded", "error"], load);
    end(active, 0, loaded.as_ref().err());
    loaded
}

/// Runs a test prediction inside a `health_check` span; returns its answer and
/// how long it took, in seconds. `statuses` are those of the answer if it is
/// well and if it is not.
///
/// # Errors
///
/// Those of `check`.
pub fn health_check<T, E: Display>(
    tracer: &Tracer,
    origin: &Origin<'_>,
    statuses: [u16; 2],
    check: impl FnOnce() -> Result<T, E>,
) -> Result<(T, f64), E> {
    let active = tracer.begin(Kind::HealthCheck, origin);
    let (checked, seconds) = Alone::health_check().run(["healthy", "unhealthy"], check);
    end(active, statuses[usize::from(checked.is_err())], checked.as_ref().err());
    checked.map(|value| (value, seconds))
}

/// Ends a record that has no stages but its own work.
fn end(active: Option<Active<'_>>, status: u16, error: Option<&impl Display>) {
    let Some(mut active) = active else { return };
    active.stage_ends(Stage::DataPreparation);
    active.outcome(status, error.map(|_| Fault::Unavailable));
    if let Some(error) = error {
        active.tail.error(&mut active.record, error);
    }
    active.end();
}

/// The `error.type` of a server's failure.
pub(crate) fn error_type(endpoint: &Endpoint, status: u16, fault: Fault) -> &'static str {
    match (endpoint.protocol, status) {
        (Protocol::Grpc, code) => grpc_code(code),
        (Protocol::Http, 500) => "500",
        (Protocol::Http, 503) => "503",
        _ => fault.as_str(),
    }
}

/// The name of a gRPC status code.
pub(crate) fn grpc_code(code: u16) -> &'static str {
    const NAMES: [&str; 17] = [
        "OK",
        "CANCELLED",
        "UNKNOWN",
        "INVALID_ARGUMENT",
        "DEADLINE_EXCEEDED",
        "NOT_FOUND",
        "ALREADY_EXISTS",
        "PERMISSION_DENIED",
        "RESOURCE_EXHAUSTED",
        "FAILED_PRECONDITION",
        "ABORTED",
        "OUT_OF_RANGE",
        "UNIMPLEMENTED",
        "INTERNAL",
        "UNAVAILABLE",
        "DATA_LOSS",
        "UNAUTHENTICATED",
    ];
    NAMES.get(usize::from(code)).copied().unwrap_or("UNKNOWN")
}

//! A request under way, in its spans: the same through every door.

use std::fmt::Display;

use iris_core::{ErrorClass, Prediction, Schema};
use tracing::Level;

use crate::origin::{Endpoint, Origin, Protocol};
use crate::record::{Answer, Kind, Stage};
use crate::recorder::{RecordedModel, Recorder, Recording, Timing};
use crate::tracing_spans::{LoneSpan, RequestSpan};

/// The target of every span here, for a subscriber's filter.
pub const TARGET: &str = "iris::spans";

/// The features whose values have an attribute of their own.
pub(crate) const ATTRIBUTES: [(&str, &str); 4] = [
    ("sepal_length", "request.sepal_length"),
    ("sepal_width", "request.sepal_width"),
    ("petal_length", "request.petal_length"),
    ("petal_width", "request.petal_width"),
];

/// Whether the columns are the four that have span attributes of their own.
pub(crate) fn has_named_features(schema: &Schema) -> bool {
    schema.features().iter().map(iris_core::Feature::name).eq(ATTRIBUTES.map(|(name, _)| name))
}

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
/// use iris_telemetry::{Origin, PredictionRequest, Recorder};
///
/// let recorder = Recorder::default();
/// let predictor = Predictor::iris();
/// let model = recorder.model("iris", "1", predictor.schema());
/// let mut request = PredictionRequest::start(&recorder, &Origin::call());
/// request.model(model);
/// let row = request.data_preparation(|| [6.3, 3.3, 6.0, 2.5]);
/// request.features(&row);
/// let mut probabilities = [0.0; 3];
/// let prediction = request.model_inference(|| predictor.predict_proba_into(&row, &mut probabilities))?;
/// let answer = request.response_formatting(|| prediction.to_string());
/// request.succeed(0);
/// assert!(answer.starts_with("virginica"));
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Debug)]
#[must_use = "a request that is not ended leaves no record"]
pub struct PredictionRequest<'r> {
    model: RecordedModel,
    /// `None` when no subscriber listens.
    open: Option<RequestSpan>,
    /// `None` when nothing is recorded; with both `None` every method only runs its closure.
    recording: Option<Recording<'r>>,
}

impl<'r> PredictionRequest<'r> {
    /// Begins a request, and its first stage: before it is known which model is asked.
    #[inline]
    pub fn start(recorder: &'r Recorder, origin: &Origin<'_>) -> Self {
        Self {
            model: RecordedModel::default(),
            open: wanted().then(|| RequestSpan::new(origin)),
            recording: recorder.begin(Kind::Prediction, origin),
        }
    }

    /// Notes which model is asked.
    #[inline]
    pub fn model(&mut self, model: RecordedModel) {
        self.model = model;
        if let Some(recording) = &mut self.recording {
            recording.record.model = model.number;
        }
    }

    /// Notes the row: as `request.sepal_length` and so on, or as
    /// `request.features` for a model with other features.
    #[inline]
    pub fn features(&mut self, row: &[f64]) {
        if let Some(open) = &self.open {
            open.features(self.model.has_named_features, row);
        }
        if let Some(Recording { record, tail, .. }) = &mut self.recording {
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
        if let Some(recording) = &mut self.recording {
            recording.stage_ends(Stage::ModelInference);
            if let Ok(prediction) = &answer {
                let class = prediction.class_index().and_then(|class| u32::try_from(class).ok());
                recording.record.answer = class.map_or(Answer::Values, Answer::Class);
                recording.record.number = prediction.probability().or(prediction.value());
            }
        }
        answer
    }

    /// Runs a regressor of several targets on one row.
    #[inline]
    pub fn values_inference<T>(&mut self, work: impl FnOnce() -> T) -> T {
        self.values();
        self.stage(Stage::ModelInference, work)
    }

    /// Runs the model on a batch of `rows` rows.
    #[inline]
    pub fn batch_inference<T>(&mut self, rows: usize, work: impl FnOnce() -> T) -> T {
        if let Some(open) = &self.open {
            open.batch_size(rows);
        }
        if let Some(recording) = &mut self.recording {
            recording.record.batch_size = u32::try_from(rows).unwrap_or(u32::MAX);
        }
        self.stage(Stage::ModelInference, work)
    }

    /// Notes how many rows of a batch got each class.
    pub fn batch_classes(&mut self, counts: &[u32]) {
        if let Some(Recording { record, tail, .. }) = &mut self.recording {
            tail.counts(record, counts);
        }
    }

    /// Notes that the rows are answered by numbers: those of a regressor.
    pub fn values(&mut self) {
        if let Some(recording) = &mut self.recording {
            recording.record.answer = Answer::Values;
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
        let mut recording = self.recording?;
        recording.outcome(status, None);
        recording.end()
    }

    /// Ends the request as refused, for the reason given.
    #[cold]
    pub fn fail(self, status: u16, fault: ErrorClass, error: &dyn Display) -> Option<Timing> {
        if let Some(open) = self.open {
            open.finish(status, Some((fault, error)));
        }
        let mut recording = self.recording?;
        recording.outcome(status, Some(fault));
        recording.tail.error(&mut recording.record, error);
        recording.end()
    }

    #[inline]
    fn stage<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let value = match &self.open {
            None => work(),
            Some(open) => open.stage(stage, work),
        };
        if let Some(recording) = &mut self.recording {
            recording.stage_ends(stage);
        }
        value
    }
}

/// Loads a model inside a `model_loading` span.
///
/// # Errors
///
/// Those of `load`.
pub fn model_loading<T, E: Display>(
    recorder: &Recorder,
    load: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let recording = recorder.begin(Kind::ModelLoading, &Origin::call());
    let (loaded, _) = LoneSpan::model_loading().run(["loaded", "error"], load);
    end(recording, 0, loaded.as_ref().err());
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
    recorder: &Recorder,
    model: RecordedModel,
    origin: &Origin<'_>,
    statuses: [u16; 2],
    check: impl FnOnce() -> Result<T, E>,
) -> Result<(T, f64), E> {
    let mut recording = recorder.begin(Kind::HealthCheck, origin);
    if let Some(recording) = &mut recording {
        recording.record.model = model.number;
    }
    let (checked, seconds) = LoneSpan::health_check().run(["healthy", "unhealthy"], check);
    end(recording, statuses[usize::from(checked.is_err())], checked.as_ref().err());
    checked.map(|value| (value, seconds))
}

/// Ends a record that has no stages but its own work.
fn end(recording: Option<Recording<'_>>, status: u16, error: Option<&impl Display>) {
    let Some(mut recording) = recording else { return };
    recording.stage_ends(Stage::DataPreparation);
    recording.outcome(status, error.map(|_| ErrorClass::Unavailable));
    if let Some(error) = error {
        recording.tail.error(&mut recording.record, error);
    }
    recording.end();
}

/// The `error.type` of a server's failure.
pub(crate) fn error_type(endpoint: &Endpoint, status: u16, fault: ErrorClass) -> &'static str {
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

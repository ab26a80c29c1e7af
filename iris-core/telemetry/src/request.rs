//! A request under way, in its spans: the same through every door.

use std::fmt::Display;

use iris_core::spans::wanted;
use iris_core::{ErrorClass, Prediction};

use crate::clock::{Tick, seconds};
use crate::context::TraceId;
use crate::origin::Origin;
use crate::record::{Answer, Kind, Stage};
use crate::recorder::Recorder;
use crate::recording::Recording;
use crate::sink::RecordedModel;
use crate::timing::Timing;

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
    /// `None` when nobody listens; then every method only runs its closure.
    recording: Option<Recording<'r>>,
}

impl<'r> PredictionRequest<'r> {
    /// Begins a request, and its first stage: before it is known which model is asked.
    #[inline]
    pub fn start(recorder: &'r Recorder, origin: &Origin<'_>) -> Self {
        Self { recording: recorder.begin(Kind::Prediction, origin, wanted()) }
    }

    /// Notes which model is asked.
    #[inline]
    pub fn model(&mut self, model: RecordedModel) {
        if let Some(recording) = &mut self.recording {
            recording.model(model);
        }
    }

    /// The trace that the request is part of, if it is recorded.
    #[must_use]
    pub fn trace_id(&self) -> Option<TraceId> {
        let recording = self.recording.as_ref()?;
        Some(recording.record.trace_id).filter(|id| *id != TraceId::default())
    }

    /// Notes the row: as `request.sepal_length` and so on, or as
    /// `request.features` for a model with other features.
    #[inline]
    pub fn features(&mut self, row: &[f64]) {
        if let Some(recording) = &mut self.recording {
            recording.features(row);
        }
    }

    /// The context of this request's span, for what is to be its child: spans of
    /// a program's own that it makes while it holds this attached, and calls to
    /// other services that it hands this on to. The current context if nothing
    /// is recorded.
    ///
    /// ```
    /// # use iris_telemetry::{Origin, Recorded, Settings, Telemetry};
    /// # let telemetry = Telemetry::start(Settings::from_vars("test", [])?)?;
    /// # let iris = Recorded::new(iris_core::Predictor::iris(), &telemetry.recorder(), "iris", "1");
    /// let row = [5.1, 3.5, 1.4, 0.2];
    /// let mut request = iris.start(&Origin::call());
    /// let context = request.context();
    /// let prediction = request.model_inference(|| {
    ///     let _attached = context.attach();
    ///     // A span that is begun here is a child of the request's.
    ///     iris.predictor().predict(&row)
    /// })?;
    /// # request.succeed(0);
    /// # Ok::<(), Box<dyn std::error::Error>>(())
    /// ```
    #[cfg(feature = "opentelemetry")]
    #[must_use]
    pub fn context(&self) -> opentelemetry::Context {
        let recording = self.recording.as_ref().filter(|recording| recording.record.span_id.0 != 0);
        recording.map_or_else(opentelemetry::Context::current, |recording| {
            crate::sdk_context::context_of(&recording.spans(None).view)
        })
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
        let Some(recording) = &mut self.recording else { return work() };
        let (answer, stage) = recording.run(Stage::ModelInference, work);
        if let Ok(prediction) = &answer {
            let class = prediction.class_index().and_then(|class| u32::try_from(class).ok());
            recording.record.answer = class.map_or(Answer::Values, Answer::Class);
            recording.record.number = prediction.probability().or(prediction.value());
        }
        recording.close(stage, || answer.as_ref().ok()?.label().map(|label| label.to_string()));
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
        if let Some(recording) = &mut self.recording {
            recording.record.batch_size = u32::try_from(rows).unwrap_or(u32::MAX);
        }
        self.stage(Stage::ModelInference, work)
    }

    /// Notes how many rows of a batch got each class.
    pub fn batch_classes(&mut self, counts: &[u32]) {
        if let Some(recording) = &mut self.recording {
            recording.counts(counts);
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
    pub fn succeed(mut self, status: u16) -> Option<Timing> {
        self.recording.as_mut()?.succeed(status)
    }

    /// Ends the request as refused, for the reason given.
    #[cold]
    pub fn fail(mut self, status: u16, fault: ErrorClass, error: &dyn Display) -> Option<Timing> {
        self.recording.as_mut()?.fail(status, fault, error)
    }

    #[inline]
    fn stage<T>(&mut self, stage: Stage, work: impl FnOnce() -> T) -> T {
        let Some(recording) = &mut self.recording else { return work() };
        let (value, stage) = recording.run(stage, work);
        recording.close(stage, || None);
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
    alone(recorder.begin(Kind::ModelLoading, &Origin::call(), wanted()), [0, 0], load)
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
    let mut recording = recorder.begin(Kind::HealthCheck, origin, wanted());
    if let Some(recording) = &mut recording {
        recording.model(model);
    }
    alone(recording, statuses, || {
        let start = Tick::now();
        let checked = check();
        let took = Tick::now().since(start);
        checked.map(|value| (value, seconds(took)))
    })
}

/// Runs the work of a record that has no stages.
fn alone<T, E: Display>(
    recording: Option<Recording<'_>>,
    [good, bad]: [u16; 2],
    work: impl FnOnce() -> Result<T, E>,
) -> Result<T, E> {
    let Some(mut recording) = recording else { return work() };
    let outcome = recording.run_alone(work);
    match &outcome {
        Ok(_) => recording.succeed(good),
        Err(error) => recording.fail(bad, ErrorClass::Unavailable, error),
    };
    outcome
}

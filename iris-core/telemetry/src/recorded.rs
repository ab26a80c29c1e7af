//! A predictor whose requests are recorded: the wrapper for calls within a program.

use iris_core::spans::wanted;
use iris_core::{Prediction, Predictor, Result};

use crate::origin::Origin;
use crate::recorder::Recorder;
use crate::request::PredictionRequest;
use crate::sink::RecordedModel;

/// A predictor, where its requests are recorded, and under which name. Cheap to clone.
///
/// ```
/// use iris_core::Predictor;
/// use iris_telemetry::{Recorded, Settings, Telemetry};
///
/// let telemetry = Telemetry::start(Settings::from_env("my-service")?)?;
/// let iris = Recorded::new(Predictor::iris(), &telemetry.recorder(), "iris", "1");
/// iris.predict(&[5.1, 3.5, 1.4, 0.2])?;
/// assert_eq!(telemetry.recent()[0].predicted.as_deref(), Some("setosa"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Debug, Clone)]
pub struct Recorded {
    predictor: Predictor,
    recorder: Recorder,
    model: RecordedModel,
}

impl Recorded {
    /// Records the requests of `predictor` under this name and version.
    #[must_use]
    pub fn new(predictor: Predictor, recorder: &Recorder, name: &str, version: &str) -> Self {
        let model = recorder.model(name, version, predictor.schema());
        Self { predictor, recorder: recorder.clone(), model }
    }

    /// What answers, unrecorded.
    #[inline]
    #[must_use]
    pub fn predictor(&self) -> &Predictor {
        &self.predictor
    }

    /// Begins a request to this model.
    #[inline]
    pub fn start(&self, origin: &Origin<'_>) -> PredictionRequest<'_> {
        let mut request = PredictionRequest::start(&self.recorder, origin);
        request.model(self.model);
        request
    }

    /// Answers one row in the four spans of a request. While nobody listens it
    /// costs two loads and branches more than [`Predictor::predict`].
    ///
    /// # Errors
    ///
    /// As [`Predictor::predict`].
    #[inline]
    pub fn predict(&self, row: &[f64]) -> Result<Prediction<'_>> {
        if self.recorder.is_on() || wanted() {
            return self.predict_in_spans(row);
        }
        self.predictor.predict(row)
    }

    /// The row is checked, run, and answered.
    #[cold]
    fn predict_in_spans(&self, row: &[f64]) -> Result<Prediction<'_>> {
        let mut request = self.start(&Origin::call());
        let answer = request
            .data_preparation(|| self.predictor.check_row(row))
            .and_then(|()| {
                request.features(row);
                request.model_inference(|| self.predictor.predict(row))
            })
            .map(|prediction| request.response_formatting(|| prediction));
        match &answer {
            Ok(_) => request.succeed(0),
            Err(error) => request.fail(0, error.kind().class(), error),
        };
        answer
    }
}

//! The predictor: a model, built once and shared by every thread.

mod batch;

use std::fmt;
use std::sync::Arc;

use crate::error::Result;
use crate::model::Model;
use crate::spans::{self, Origin, PredictionRequest, Tracer};
use crate::{Prediction, Schema, onnx};

/// A trained classifier, ready to answer.
///
/// Immutable, `Send + Sync`, and cheap to clone: clones share one model and
/// where its requests are [recorded](Self::with_tracer).
///
/// Rows are `f64` slices of [`Schema::n_features`] numbers in the order and
/// units of [`Schema::features`]. Every number must be finite, unless the model
/// [accepts missing values](Schema::accepts_missing), which are written as NaN.
///
/// # Allocation
///
/// No call on a row or a batch allocates while the model needs no more than
/// 2,048 intermediate numbers: its classes (eight times as many for a batch),
/// or twice the widest row between its preprocessing steps.
/// Beyond that a call allocates once. Errors allocate.
///
/// # Example
///
/// ```
/// let predictor = iris_core::Predictor::iris();
/// let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
/// assert_eq!(prediction.label().to_string(), "setosa");
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Predictor {
    model: Arc<Model>,
    tracer: Tracer,
}

impl Predictor {
    /// The file of the embedded model, made by `models/make_iris.py`.
    pub const IRIS: &'static [u8] = include_bytes!("../models/iris.onnx");

    /// The embedded Iris model: logistic regression on Fisher's data, four
    /// measurements in centimetres, three species.
    ///
    /// # Panics
    ///
    /// Never in a build whose tests pass: the embedded file is read by them.
    #[must_use]
    pub fn iris() -> Self {
        Self::iris_traced(&Tracer::default())
    }

    /// A model from an ONNX file, as skl2onnx writes it.
    ///
    /// The bytes may come from anywhere: sizes and indices are checked before
    /// use, and golden vectors under `iris.golden` are replayed.
    ///
    /// # Errors
    ///
    /// [`MalformedModel`](crate::ErrorKind::MalformedModel),
    /// [`UnsupportedModel`](crate::ErrorKind::UnsupportedModel) naming the node and
    /// its operator, or [`GoldenMismatch`](crate::ErrorKind::GoldenMismatch).
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        Self::from_onnx_traced(&Tracer::default(), bytes)
    }

    /// The same as [`from_onnx`](Self::from_onnx), with the load recorded.
    ///
    /// # Errors
    ///
    /// As [`from_onnx`](Self::from_onnx).
    pub fn from_onnx_traced(tracer: &Tracer, bytes: &[u8]) -> Result<Self> {
        spans::model_loading(tracer, || {
            let (model, golden) = onnx::read(bytes)?;
            if let Some(golden) = golden {
                golden.replay(&model)?;
            }
            Ok(Self { model: Arc::new(model), tracer: Tracer::default() })
        })
    }

    /// [`iris`](Self::iris), with the load recorded.
    ///
    /// # Panics
    ///
    /// As [`iris`](Self::iris).
    #[must_use]
    pub fn iris_traced(tracer: &Tracer) -> Self {
        Self::from_onnx_traced(tracer, Self::IRIS)
            .expect("the embedded model is read by the crate's own tests")
    }

    /// The same predictor, its requests recorded under this name and version of
    /// the model: those of [`predict`](Self::predict), and those of every
    /// transport that it is given to.
    #[must_use]
    pub fn with_tracer(self, tracer: &Tracer, name: &str, version: &str) -> Self {
        let tracer = tracer.for_model(name, version, self.schema());
        Self { tracer, ..self }
    }

    /// Where requests are recorded.
    #[inline]
    #[must_use]
    pub fn tracer(&self) -> &Tracer {
        &self.tracer
    }

    /// What the model expects and answers.
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.model.schema
    }

    /// Columns of [`decision_function_into`](Self::decision_function_into): one
    /// a class, or a single one for a binary model, whose score is positive for
    /// the second class. The same as scikit-learn's.
    #[must_use]
    pub fn n_scores(&self) -> usize {
        self.model.linear.n_scores()
    }

    /// Classifies one row.
    ///
    /// With a tracer, or a `tracing` subscriber that wants them, this makes the four
    /// spans of a request (see [`spans`]); without, it costs two loads and branches more
    /// than [`predict_class`](Self::predict_class) and the exponentials.
    ///
    /// # Errors
    ///
    /// [`InputLength`](crate::ErrorKind::InputLength),
    /// [`InputNotFinite`](crate::ErrorKind::InputNotFinite) or
    /// [`ScoreOverflow`](crate::ErrorKind::ScoreOverflow).
    #[inline]
    pub fn predict(&self, row: &[f64]) -> Result<Prediction<'_>> {
        if self.tracer.is_on() || spans::wanted() {
            return self.predict_with_spans(row);
        }
        self.infer(row)
    }

    /// Classifies one row without a span and without probabilities: the index
    /// of the class in [`Schema::labels`].
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    #[inline]
    pub fn predict_class(&self, row: &[f64]) -> Result<usize> {
        self.model.class(row)
    }

    /// Classifies one row and writes every class's probability to `out`, which
    /// is [`Schema::n_classes`] long. Makes no span.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); also
    /// [`NoProbabilities`](crate::ErrorKind::NoProbabilities) and
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    #[inline]
    pub fn predict_proba_into(&self, row: &[f64], out: &mut [f64]) -> Result<Prediction<'_>> {
        self.model.probabilities(row, out)
    }

    /// Writes the scores of one row to `out`, which is
    /// [`n_scores`](Self::n_scores) long. Makes no span.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); also
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    #[inline]
    pub fn decision_function_into(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.model.scores(row, out)
    }

    /// Classifies one row without a span: what [`predict`](Self::predict) does
    /// between its own, for a transport that makes the spans of its requests
    /// itself.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    #[inline]
    pub fn infer(&self, row: &[f64]) -> Result<Prediction<'_>> {
        self.model.infer(row)
    }

    /// The Rust call as a door of its own: the row is checked, run, and answered.
    #[cold]
    fn predict_with_spans(&self, row: &[f64]) -> Result<Prediction<'_>> {
        let mut request = PredictionRequest::start(self, &Origin::call());
        let answer = request
            .data_preparation(|| self.check_row(row))
            .and_then(|()| {
                request.features(row);
                request.model_inference(|| self.infer(row))
            })
            .map(|prediction| request.response_formatting(|| prediction));
        match &answer {
            Ok(_) => request.succeed(0),
            Err(error) => request.fail(0, error.kind().into(), error),
        };
        answer
    }

    /// Checks one row's length and numbers as every call does before it answers.
    ///
    /// # Errors
    ///
    /// [`InputLength`](crate::ErrorKind::InputLength) or
    /// [`InputNotFinite`](crate::ErrorKind::InputNotFinite).
    pub fn check_row(&self, row: &[f64]) -> Result<()> {
        self.model.check_row(row)
    }
}

impl fmt::Debug for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor").field("schema", self.schema()).finish_non_exhaustive()
    }
}

//! The predictor: a model, built once and shared by every thread.

mod batch;

use std::fmt;
use std::sync::Arc;

use crate::error::{Error, ErrorKind, Result};
use crate::linear::{Linear, NotFinite, Winner};
use crate::pipeline::Steps;
use crate::spans;
use crate::{Feature, Label, Prediction, Schema, onnx};

/// The embedded model, made by `models/make_iris.py`.
static IRIS: &[u8] = include_bytes!("../models/iris.onnx");

/// A trained classifier, ready to answer.
///
/// Immutable, `Send + Sync`, and cheap to clone: clones share one model.
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
}

/// What the reader builds: the schema, the preprocessing, the estimator.
pub(crate) struct Model {
    pub(crate) schema: Schema,
    pub(crate) steps: Steps,
    pub(crate) linear: Linear,
}

impl Predictor {
    /// The embedded Iris model: logistic regression on Fisher's data, four
    /// measurements in centimetres, three species.
    ///
    /// # Panics
    ///
    /// Never in a build whose tests pass: the embedded file is read by them.
    #[must_use]
    pub fn iris() -> Self {
        Self::from_onnx(IRIS).expect("the embedded model is read by the crate's own tests")
    }

    /// A model from an ONNX file, as skl2onnx writes it.
    ///
    /// The bytes may come from anywhere: sizes and indices are checked before
    /// use, and golden vectors under `iris.golden` are replayed.
    ///
    /// # Errors
    ///
    /// [`MalformedModel`](ErrorKind::MalformedModel),
    /// [`UnsupportedModel`](ErrorKind::UnsupportedModel) naming the node and
    /// its operator, or [`GoldenMismatch`](ErrorKind::GoldenMismatch).
    pub fn from_onnx(bytes: &[u8]) -> Result<Self> {
        spans::model_loading(|| {
            let (model, golden) = onnx::read(bytes)?;
            let predictor = Self { model: Arc::new(model) };
            if let Some(golden) = golden {
                golden.replay(&predictor)?;
            }
            Ok(predictor)
        })
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
    /// With a `tracing` subscriber that wants them this makes the four spans of
    /// a request (see [`spans`]); without one it costs a load and a branch more
    /// than [`predict_class`](Self::predict_class) and the exponentials.
    ///
    /// # Errors
    ///
    /// [`InputLength`](ErrorKind::InputLength),
    /// [`InputNotFinite`](ErrorKind::InputNotFinite) or
    /// [`ScoreOverflow`](ErrorKind::ScoreOverflow).
    #[inline]
    pub fn predict(&self, row: &[f64]) -> Result<Prediction<'_>> {
        if spans::wanted() {
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
        self.answer(row, Linear::class)
    }

    /// Classifies one row and writes every class's probability to `out`, which
    /// is [`Schema::n_classes`] long. Makes no span.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); also
    /// [`NoProbabilities`](ErrorKind::NoProbabilities) and
    /// [`OutputLength`](ErrorKind::OutputLength).
    #[inline]
    pub fn predict_proba_into(&self, row: &[f64], out: &mut [f64]) -> Result<Prediction<'_>> {
        self.check_probabilities(out.len())?;
        let winner = self.answer(row, |linear, row| linear.probabilities(row, out))?;
        Ok(self.prediction(winner))
    }

    /// Writes the scores of one row to `out`, which is
    /// [`n_scores`](Self::n_scores) long. Makes no span.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); also
    /// [`OutputLength`](ErrorKind::OutputLength).
    #[inline]
    pub fn decision_function_into(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        check_len(out.len(), self.n_scores(), "decision_function")?;
        self.answer(row, |linear, row| linear.scores(row, out))
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
        let winner = self.answer(row, Linear::winner)?;
        Ok(self.prediction(winner))
    }

    /// The Rust call as a door of its own: the row is checked, run, and answered.
    #[cold]
    fn predict_with_spans(&self, row: &[f64]) -> Result<Prediction<'_>> {
        let request = spans::PredictionRequest::start();
        let answer = request
            .data_preparation(|| {
                self.check_row(row)?;
                request.features(self.schema(), row);
                Ok(())
            })
            .and_then(|()| request.model_inference(|| self.infer(row)))
            .map(|prediction| request.response_formatting(|| prediction));
        request.finish(answer.as_ref().err());
        answer
    }

    /// Checks the row, applies the steps, and runs `work` on what they leave.
    #[inline]
    fn answer<T>(
        &self,
        row: &[f64],
        work: impl FnOnce(&Linear, &[f64]) -> Result<T, NotFinite>,
    ) -> Result<T> {
        let model = &*self.model;
        if row.len() != model.schema.n_features() {
            return Err(self.wrong_length(row.len()));
        }
        let answer = if model.steps.is_empty() {
            // Every feature enters every score, so a row that is not finite
            // gives scores that are not, and those are looked at anyway.
            work(&model.linear, row)
        } else {
            self.check_finite(row)?;
            model.steps.apply(row, |row| work(&model.linear, row))
        };
        answer.map_err(|_| self.not_finite(row))
    }

    #[inline]
    fn prediction(&self, winner: Winner) -> Prediction<'_> {
        Prediction {
            class_index: winner.class_index,
            label: self.label(winner.class_index),
            probability: winner.probability,
        }
    }

    #[inline]
    fn label(&self, class_index: usize) -> Label<'_> {
        self.model.schema.labels.get(class_index).expect("the reader matched labels to scores")
    }

    /// Checks one row's length and numbers as every call does before it answers.
    ///
    /// # Errors
    ///
    /// [`InputLength`](ErrorKind::InputLength) or
    /// [`InputNotFinite`](ErrorKind::InputNotFinite).
    pub fn check_row(&self, row: &[f64]) -> Result<()> {
        if row.len() != self.schema().n_features() {
            return Err(self.wrong_length(row.len()));
        }
        self.check_finite(row)
    }

    fn check_finite(&self, row: &[f64]) -> Result<()> {
        let accepts_missing = self.schema().accepts_missing;
        let bad = row.iter().position(|value| !(value.is_finite() || (value.is_nan() && accepts_missing)));
        match bad {
            None => Ok(()),
            Some(feature) => Err(self.bad_feature(row, feature)),
        }
    }

    fn check_probabilities(&self, len: usize) -> Result<()> {
        if !self.schema().has_probabilities {
            return Err(Error::new(
                ErrorKind::NoProbabilities,
                "this model gives scores, not probabilities; ask for decision_function",
            ));
        }
        check_len(len, self.schema().n_classes(), "predict_proba")
    }

    #[cold]
    fn wrong_length(&self, len: usize) -> Error {
        let features = self.schema().features();
        let mut names: Vec<&str> = features.iter().take(8).map(Feature::name).collect();
        if features.len() > names.len() {
            names.push("…");
        }
        let expected = format!("{} features ({})", features.len(), names.join(", "));
        Error::new(ErrorKind::InputLength, format!("the row has {len} values, the model expects {expected}"))
    }

    #[cold]
    fn bad_feature(&self, row: &[f64], feature: usize) -> Error {
        let name = self.schema().features()[feature].name();
        let value = row[feature];
        let why =
            if value.is_nan() { "and this model declares no missing values" } else { "not a finite number" };
        Error::new(ErrorKind::InputNotFinite, format!("{name} is {value}, {why}")).at_feature(feature)
    }

    /// Says which of the two reasons a score has for not being finite.
    #[cold]
    fn not_finite(&self, row: &[f64]) -> Error {
        self.check_finite(row).err().unwrap_or_else(|| {
            Error::new(
                ErrorKind::ScoreOverflow,
                "the features are finite, but too large: a score of the model overflows",
            )
        })
    }
}

impl fmt::Debug for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor").field("schema", self.schema()).finish_non_exhaustive()
    }
}

#[inline]
fn check_len(len: usize, expected: usize, what: &str) -> Result<()> {
    if len == expected { Ok(()) } else { Err(wrong_output(len, expected, what)) }
}

#[cold]
fn wrong_output(len: usize, expected: usize, what: &str) -> Error {
    Error::new(
        ErrorKind::OutputLength,
        format!("the buffer for {what} holds {len} values, the answer has {expected}"),
    )
}

//! The predictor: a model, built once and shared by every thread.

mod batch;
mod blocks;
mod contributions;
mod linear;
mod quantized;

use std::fmt;
use std::path::Path;
use std::sync::Arc;

use crate::error::Result;
use crate::model::Model;
use crate::read::Reader;
use crate::scratch::Memory;
#[cfg(feature = "inspect")]
use crate::trees::Forest;
use crate::{Prediction, Schema, Scratch, Texts};

pub use batch::Classified;
pub use linear::{LinearModel, Link};

/// A trained model, ready to answer.
///
/// Immutable, `Send + Sync`, and cheap to clone: clones share one model. It
/// neither records nor logs; what wraps it does.
///
/// Rows are `f64` slices of [`Schema::n_features`] numbers in the order and
/// units of [`Schema::features`]. Every number must be finite, unless its
/// column [accepts missing values](crate::Feature::accepts_missing), which are
/// written as NaN.
///
/// # Allocation
///
/// The forms that take a [`Scratch`] never allocate. The others work on the
/// stack while a row needs no more than 2,048 numbers to work in; a batch
/// through steps goes there in smaller blocks of rows than in a scratch, while
/// eight rows fit. Beyond that each call allocates once. Errors allocate.
///
/// # Example
///
/// ```
/// let predictor = iris_core::Predictor::iris();
/// let prediction = predictor.predict(&[5.1, 3.5, 1.4, 0.2])?;
/// assert!(prediction.label().is_some_and(|label| label == "setosa"));
/// # Ok::<(), iris_core::Error>(())
/// ```
#[derive(Clone)]
pub struct Predictor {
    model: Arc<Model>,
    /// What rows refer to in columns of free text.
    texts: Option<Arc<Texts>>,
}

impl Predictor {
    /// The file of the embedded model, made by `models/make_iris.py`.
    #[cfg(feature = "embedded-iris")]
    pub const IRIS: &'static [u8] = include_bytes!("../models/iris.onnx");

    /// The embedded Iris model: logistic regression on Fisher's data, four
    /// measurements in centimetres, three species.
    ///
    /// # Panics
    ///
    /// Never in a build whose tests pass: the embedded file is read by them.
    #[cfg(feature = "embedded-iris")]
    #[must_use]
    pub fn iris() -> Self {
        Self::read(Self::IRIS).expect("the embedded model is read by the crate's own tests")
    }

    /// A model from a file, of whatever format its content is.
    ///
    /// # Errors
    ///
    /// [`Unreadable`](crate::ErrorKind::Unreadable), else as [`read`](Self::read).
    pub fn open(path: impl AsRef<Path>) -> Result<Self> {
        Reader::new().open(path)
    }

    /// A model from the bytes of a file, of whatever format they are.
    ///
    /// The bytes may come from anywhere: sizes and indices are checked before
    /// use, nothing in them is executed, and golden vectors that they carry are
    /// replayed. A [`Reader`] takes other limits and names.
    ///
    /// # Errors
    ///
    /// [`MalformedModel`](crate::ErrorKind::MalformedModel), which says what
    /// the bytes look like if they are no model;
    /// [`UnsupportedModel`](crate::ErrorKind::UnsupportedModel) naming what is
    /// not read and where it stands;
    /// [`ModelTooLarge`](crate::ErrorKind::ModelTooLarge), or
    /// [`GoldenMismatch`](crate::ErrorKind::GoldenMismatch).
    pub fn read(bytes: &[u8]) -> Result<Self> {
        Reader::new().read(bytes)
    }

    /// The model as an ONNX file (operators of opset 13, of `ai.onnx.ml` 3), for runtimes of ONNX.
    ///
    /// It takes `X`, rows of so many features in double precision, and gives `label` with `probabilities` or `scores`,
    /// or `variable`, the targets of a regressor. Linear models, trees of every library without questions about
    /// categories, and pipelines of scalers and imputers in front of them are written. Sums of trees come out of such
    /// a runtime in single precision; what is no number of the row's is not refused there.
    ///
    /// # Errors
    ///
    /// [`UnsupportedModel`](crate::ErrorKind::UnsupportedModel), which names what cannot be written.
    #[cfg(feature = "onnx")]
    pub fn to_onnx(&self) -> Result<Vec<u8>> {
        crate::write::onnx::onnx(&self.model)
    }

    pub(crate) fn new(model: Model) -> Self {
        Self { model: Arc::new(model), texts: None }
    }

    /// The same model, for rows that refer to these texts: those of a model with columns of
    /// [free text](crate::ColumnKind::Text).
    ///
    /// ```no_run
    /// use iris_core::{Cell, Predictor, Texts};
    ///
    /// let predictor = Predictor::open("spam.joblib")?;
    /// let mut texts = Texts::new();
    /// let row = [predictor.schema().encode_with(0, Cell::Text("Free money!"), &mut texts)?];
    /// let predictor = predictor.reading(texts);
    /// println!("{:?}", predictor.predict(&row)?.label());
    /// # Ok::<(), iris_core::Error>(())
    /// ```
    #[must_use]
    pub fn reading(&self, texts: Texts) -> Self {
        Self { model: Arc::clone(&self.model), texts: Some(Arc::new(texts)) }
    }

    /// What the model expects and answers.
    #[inline]
    #[must_use]
    pub fn schema(&self) -> &Schema {
        &self.model.schema
    }

    /// Columns of [`decision_function_into`](Self::decision_function_into): one
    /// a class, or a single one for a binary model, whose score is positive for
    /// the second class. The same as scikit-learn's; 0 of a regressor.
    #[must_use]
    pub fn n_scores(&self) -> usize {
        match self.schema().n_classes() {
            0 => 0,
            _ => self.model.program.estimator().n_scores(),
        }
    }

    /// Numbers that a call works in, at the most: of a model with steps, those
    /// of a block of many rows.
    #[must_use]
    pub fn scratch_len(&self) -> usize {
        self.model.row_len().max(self.batch_len())
    }

    /// Working memory for all calls of one thread to this model.
    #[must_use]
    pub fn scratch(&self) -> Scratch {
        Scratch::of_len(self.scratch_len())
    }

    /// Answers one row: its class, or its value.
    ///
    /// # Errors
    ///
    /// [`InputLength`](crate::ErrorKind::InputLength),
    /// [`InputNotFinite`](crate::ErrorKind::InputNotFinite) or
    /// [`ScoreOverflow`](crate::ErrorKind::ScoreOverflow);
    /// [`WrongTask`](crate::ErrorKind::WrongTask) of a regressor with several targets.
    #[inline]
    pub fn predict(&self, row: &[f64]) -> Result<Prediction<'_>> {
        self.model.predict(row, self.stack())
    }

    /// [`predict`](Self::predict) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict).
    #[inline]
    pub fn predict_with(&self, scratch: &mut Scratch, row: &[f64]) -> Result<Prediction<'_>> {
        self.model.predict(row, self.memory(scratch))
    }

    /// Classifies one row without probabilities: the index of the class in
    /// [`Schema::labels`].
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); [`WrongTask`](crate::ErrorKind::WrongTask) of a regressor.
    #[inline]
    pub fn predict_class(&self, row: &[f64]) -> Result<usize> {
        self.model.class(row, self.stack())
    }

    /// [`predict_class`](Self::predict_class) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_class`](Self::predict_class).
    #[inline]
    pub fn predict_class_with(&self, scratch: &mut Scratch, row: &[f64]) -> Result<usize> {
        self.model.class(row, self.memory(scratch))
    }

    /// Classifies one row and writes every class's probability to `out`, which
    /// is [`Schema::n_classes`] long, each in [0, 1].
    ///
    /// # Errors
    ///
    /// As [`predict_class`](Self::predict_class); also
    /// [`NoProbabilities`](crate::ErrorKind::NoProbabilities) and
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    #[inline]
    pub fn predict_proba_into(&self, row: &[f64], out: &mut [f64]) -> Result<Prediction<'_>> {
        self.model.probabilities(row, out, self.stack())
    }

    /// [`predict_proba_into`](Self::predict_proba_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_proba_into`](Self::predict_proba_into).
    #[inline]
    pub fn predict_proba_with(
        &self,
        scratch: &mut Scratch,
        row: &[f64],
        out: &mut [f64],
    ) -> Result<Prediction<'_>> {
        self.model.probabilities(row, out, self.memory(scratch))
    }

    /// Writes a classifier's scores of one row to `out`, which is
    /// [`n_scores`](Self::n_scores) long.
    ///
    /// # Errors
    ///
    /// As [`predict_class`](Self::predict_class); also
    /// [`OutputLength`](crate::ErrorKind::OutputLength).
    #[inline]
    pub fn decision_function_into(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.model.scores(row, out, self.stack())
    }

    /// [`decision_function_into`](Self::decision_function_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`decision_function_into`](Self::decision_function_into).
    #[inline]
    pub fn decision_function_with(&self, scratch: &mut Scratch, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.model.scores(row, out, self.memory(scratch))
    }

    /// Writes a regressor's value for each target of one row to `out`, which is
    /// [`Schema::n_targets`] long, in the units of the targets.
    ///
    /// # Errors
    ///
    /// As [`predict`](Self::predict); [`WrongTask`](crate::ErrorKind::WrongTask)
    /// of a classifier, and [`OutputLength`](crate::ErrorKind::OutputLength).
    #[inline]
    pub fn predict_values_into(&self, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.model.values(row, out, self.stack())
    }

    /// [`predict_values_into`](Self::predict_values_into) in the caller's memory.
    ///
    /// # Errors
    ///
    /// As [`predict_values_into`](Self::predict_values_into).
    #[inline]
    pub fn predict_values_with(&self, scratch: &mut Scratch, row: &[f64], out: &mut [f64]) -> Result<()> {
        self.model.values(row, out, self.memory(scratch))
    }

    /// The forests among the model's steps.
    #[cfg(feature = "inspect")]
    pub(crate) fn forests(&self) -> impl Iterator<Item = &Forest> {
        self.model.program.forests()
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

    #[inline]
    fn memory<'s>(&'s self, scratch: &'s mut Scratch) -> Memory<'s> {
        Memory::Piece(scratch.numbers(self.model.row_len()), self.texts.as_deref())
    }

    #[inline]
    fn stack(&self) -> Memory<'_> {
        Memory::Stack(self.texts.as_deref())
    }
}

impl fmt::Debug for Predictor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Predictor").field("schema", self.schema()).finish_non_exhaustive()
    }
}

//! Answers that are numbers: what a method asks for, and the arrays it is written to.

use iris_core::{ErrorKind, Predictor, Result, Scratch, Task};
use iris_telemetry::PredictionRequest;
use ndarray::{ArrayView2, ArrayViewMut2, Axis, Dimension, Ix2, IxDyn};
use numpy::{
    BorrowError, PyArray1, PyArray2, PyArrayDyn, PyArrayMethods, PyReadwriteArrayDyn, PyUntypedArrayMethods,
};
use pyo3::exceptions::PyTypeError;
use pyo3::prelude::*;

use crate::errors;

/// What is asked for, of those answers that are numbers.
#[derive(Clone, Copy, PartialEq)]
pub(crate) enum Wanted {
    Probabilities,
    LogProbabilities,
    Scores,
    /// A regressor's; of one target in a column, if that was what it was fitted on.
    Values {
        in_column: bool,
    },
    /// All of a row's outputs in one.
    Contributions,
}

impl Wanted {
    /// Refuses what the model has no answer to, as scikit-learn does where an estimator has no such method.
    pub(crate) fn check(self, predictor: &Predictor) -> PyResult<()> {
        let has_scores = predictor.n_scores() > 0;
        if self == Self::Contributions {
            let no = |why| format!("this model gives no contributions: {why}");
            return match predictor.schema().contributions() {
                Ok(_) => Ok(()),
                Err(why) => Err(errors::no_such_answer(ErrorKind::NoContributions, no(why))),
            };
        }
        let (kind, message) = match (predictor.schema().task(), self) {
            (Task::Regress { .. }, Self::Values { .. })
            | (
                Task::Classify { has_probabilities: true, .. },
                Self::Probabilities | Self::LogProbabilities | Self::Values { .. },
            ) => return Ok(()),
            (Task::Classify { .. }, Self::Scores) if has_scores => return Ok(()),
            (Task::Classify { .. }, Self::Scores) => {
                (ErrorKind::NoScores, "this model has no scores, so there is no decision_function".to_owned())
            }
            (Task::Regress { .. }, _) => {
                let method = self.method();
                (
                    ErrorKind::WrongTask,
                    format!("this model is a regressor, which has no {method}; ask for predict"),
                )
            }
            (Task::Classify { .. }, _) => {
                let instead = if has_scores { "scores" } else { "classes" };
                let method = if has_scores { "decision_function" } else { "predict" };
                (
                    ErrorKind::NoProbabilities,
                    format!("this model gives {instead}, not probabilities; ask for {method}"),
                )
            }
        };
        Err(errors::no_such_answer(kind, message))
    }

    fn method(self) -> &'static str {
        match self {
            Self::Probabilities => "predict_proba",
            Self::LogProbabilities => "predict_log_proba",
            Self::Scores => "decision_function",
            Self::Values { .. } => "predict",
            Self::Contributions => "predict_contributions",
        }
    }

    pub(crate) fn columns(self, predictor: &Predictor) -> usize {
        match self {
            Self::Probabilities | Self::LogProbabilities => predictor.schema().n_classes(),
            Self::Scores => predictor.n_scores(),
            Self::Values { .. } => predictor.schema().n_targets(),
            Self::Contributions => predictor.contributions_len(),
        }
    }

    /// One score, or one value, a row needs no columns.
    pub(crate) fn shape(self, n_rows: usize, n_columns: usize) -> IxDyn {
        match (self, n_columns) {
            (Self::Scores | Self::Values { in_column: false }, 1) => IxDyn(&[n_rows]),
            _ => IxDyn(&[n_rows, n_columns]),
        }
    }

    #[inline]
    pub(crate) fn one(
        self,
        predictor: &Predictor,
        request: &mut PredictionRequest<'_>,
        row: &[f64],
        out: &mut [f64],
    ) -> Result<()> {
        if let Self::Values { .. } = self {
            return values_of_row(predictor, request, row, out);
        }
        request.features(row);
        if self == Self::Contributions {
            let mut scratch = Scratch::new();
            return request.batch_inference(1, || predictor.contributions_with(&mut scratch, row, out));
        }
        if self == Self::Scores {
            return request.batch_inference(1, || predictor.decision_function_into(row, out));
        }
        request.model_inference(|| predictor.predict_proba_into(row, out))?;
        if self == Self::LogProbabilities {
            for value in out {
                *value = value.ln();
            }
        }
        Ok(())
    }

    /// The answer to one row as an array.
    pub(crate) fn array<'py>(
        self,
        py: Python<'py>,
        answer: &[f64],
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let row = ArrayView2::from_shape((1, answer.len()), answer).expect("a row is as long as it is");
        if let Some(out) = out {
            let out = checked_out(out, &self.shape(1, answer.len()))?;
            table(writable(&out)?.as_array_mut()).assign(&row);
            return Ok(out.into_any());
        }
        Ok(match self.shape(1, answer.len()).ndim() {
            1 => PyArray1::from_slice(py, answer).into_any(),
            _ => PyArray2::from_array(py, &row).into_any(),
        })
    }

    pub(crate) fn block(
        self,
        predictor: &Predictor,
        block: ArrayView2<'_, f64>,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> Result<()> {
        match self {
            Self::Scores => return predictor.decision_function_batch_into(block, out),
            Self::Values { .. } => return predictor.predict_values_batch_into(block, out),
            Self::Contributions => {
                return predictor.contributions_batch_with(&mut Scratch::new(), block, out);
            }
            Self::Probabilities | Self::LogProbabilities => {}
        }
        predictor.predict_proba_batch_into(block, out.view_mut())?;
        if self == Self::LogProbabilities {
            out.mapv_inplace(f64::ln);
        }
        Ok(())
    }
}

/// The values of one row's targets. The value of a single one is noted in the record.
pub(crate) fn values_of_row(
    predictor: &Predictor,
    request: &mut PredictionRequest<'_>,
    row: &[f64],
    out: &mut [f64],
) -> Result<()> {
    request.features(row);
    let [one] = out else {
        return request.values_inference(|| predictor.predict_values_into(row, out));
    };
    let prediction = request.model_inference(|| predictor.predict(row))?;
    *one = prediction.value().expect("a regressor of one target answers its value");
    Ok(())
}

/// A buffer of the caller's, if it fits.
pub(crate) fn checked_out<'py>(
    out: &Bound<'py, PyAny>,
    shape: &IxDyn,
) -> PyResult<Bound<'py, PyArrayDyn<f64>>> {
    let Ok(array) = out.cast::<PyArrayDyn<f64>>() else {
        return Err(PyTypeError::new_err("out must be an array of float64"));
    };
    if array.shape() == shape.slice() {
        return Ok(array.clone());
    }
    let message = format!("out has the shape {:?}, the answer has {:?}", array.shape(), shape.slice());
    Err(errors::at(message, None, None))
}

pub(crate) fn writable<'py>(out: &Bound<'py, PyArrayDyn<f64>>) -> PyResult<PyReadwriteArrayDyn<'py, f64>> {
    out.try_readwrite().map_err(|error| {
        let reason = match error {
            BorrowError::NotWriteable => "it is read-only",
            _ => "it shares memory with X, or is in use by another call",
        };
        errors::at(format!("out cannot be written to: {reason}"), None, None)
    })
}

/// The same numbers as rows and columns.
pub(crate) fn table(array: ndarray::ArrayViewMutD<'_, f64>) -> ArrayViewMut2<'_, f64> {
    let array = if array.ndim() == 1 { array.insert_axis(Axis(1)) } else { array };
    array.into_dimensionality::<Ix2>().expect("answers have one or two dimensions")
}

//! Answers that are numbers: what a method asks for, and the arrays it is written to.

use iris_core::spans::PredictionRequest;
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
}

impl Wanted {
    pub(crate) fn columns(self, predictor: &iris_core::Predictor) -> usize {
        match self {
            Self::Probabilities | Self::LogProbabilities => predictor.schema().n_classes(),
            Self::Scores => predictor.n_scores(),
        }
    }

    /// One score a row needs no columns.
    pub(crate) fn shape(self, n_rows: usize, n_columns: usize) -> IxDyn {
        match (self, n_columns) {
            (Self::Scores, 1) => IxDyn(&[n_rows]),
            _ => IxDyn(&[n_rows, n_columns]),
        }
    }

    #[inline]
    pub(crate) fn one(
        self,
        predictor: &iris_core::Predictor,
        request: &mut PredictionRequest<'_>,
        row: &[f64],
        out: &mut [f64],
    ) -> iris_core::Result<()> {
        request.features(row);
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
        predictor: &iris_core::Predictor,
        block: ArrayView2<'_, f64>,
        mut out: ArrayViewMut2<'_, f64>,
    ) -> iris_core::Result<()> {
        if self == Self::Scores {
            return predictor.decision_function_batch_into(block, out);
        }
        predictor.predict_proba_batch_into(block, out.view_mut())?;
        if self == Self::LogProbabilities {
            out.mapv_inplace(f64::ln);
        }
        Ok(())
    }
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

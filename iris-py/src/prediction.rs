//! What `predict_one` answers.

use pyo3::exceptions::PyAttributeError;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

/// The answer for one row: a class of a classifier's, or a value of a regressor's.
///
/// A classifier's has `label`, `class_index` and `probability`, a regressor's has
/// `value`; what the other has raises AttributeError.
#[pyclass(frozen, module = "iris_py")]
pub(crate) struct Prediction(Answer);

enum Answer {
    Class {
        label: Py<PyAny>,
        class_index: usize,
        probability: Option<f64>,
    },
    Value(f64),
    /// Of several targets.
    Values(Box<[f64]>),
}

impl Prediction {
    #[inline]
    pub(crate) fn class(label: Py<PyAny>, class_index: usize, probability: Option<f64>) -> Self {
        Self(Answer::Class { label, class_index, probability })
    }

    pub(crate) fn values(values: &[f64]) -> Self {
        Self(match *values {
            [value] => Answer::Value(value),
            _ => Answer::Values(values.into()),
        })
    }
}

#[pymethods]
impl Prediction {
    /// The class as the model was trained on it: a str or an int.
    #[getter]
    fn label(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.0 {
            Answer::Class { label, .. } => Ok(label.clone_ref(py)),
            _ => Err(missing("a regressor's prediction has no label; ask for its value")),
        }
    }

    /// The index of the class in `classes_`: its column of `predict_proba`.
    #[getter]
    fn class_index(&self) -> PyResult<usize> {
        match self.0 {
            Answer::Class { class_index, .. } => Ok(class_index),
            _ => Err(missing("a regressor's prediction has no class_index; ask for its value")),
        }
    }

    /// The probability of the class, in [0, 1]; None of a model that gives scores only.
    #[getter]
    fn probability(&self) -> PyResult<Option<f64>> {
        match self.0 {
            Answer::Class { probability, .. } => Ok(probability),
            _ => Err(missing("a regressor's prediction has no probability; ask for its value")),
        }
    }

    /// The value in the unit of the target: a float; a tuple of floats of a model with several targets.
    #[getter]
    fn value(&self, py: Python<'_>) -> PyResult<Py<PyAny>> {
        match &self.0 {
            Answer::Class { .. } => Err(missing("a classifier's prediction has no value; ask for its label")),
            Answer::Value(value) => Ok(value.into_pyobject(py)?.into_any().unbind()),
            Answer::Values(values) => Ok(PyTuple::new(py, values)?.into_any().unbind()),
        }
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        match (&self.0, &other.0) {
            (
                Answer::Class { label, class_index, probability },
                Answer::Class { label: label_2, class_index: class_index_2, probability: probability_2 },
            ) => {
                let same_label = label.bind(py).eq(label_2)?;
                Ok(same_label && class_index == class_index_2 && probability == probability_2)
            }
            (Answer::Value(value), Answer::Value(other)) => Ok(value == other),
            (Answer::Values(values), Answer::Values(others)) => Ok(values == others),
            _ => Ok(false),
        }
    }

    fn __hash__(&self) -> u64 {
        match &self.0 {
            Answer::Class { class_index, probability, .. } => {
                *class_index as u64 ^ probability.map_or(0, hash)
            }
            Answer::Value(value) => hash(*value),
            Answer::Values(values) => values.iter().fold(0, |all, value| all.rotate_left(7) ^ hash(*value)),
        }
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let parts = match &self.0 {
            Answer::Class { label, probability: None, .. } => format!("label={}", label.bind(py).repr()?),
            Answer::Class { label, probability: Some(probability), .. } => {
                format!("label={}, probability={probability}", label.bind(py).repr()?)
            }
            _ => format!("value={}", self.value(py)?.bind(py).repr()?),
        };
        Ok(format!("Prediction({parts})"))
    }
}

/// The hash of a number; zero is equal to its negative, which has other bits.
fn hash(number: f64) -> u64 {
    (number + 0.0).to_bits()
}

#[cold]
fn missing(message: &'static str) -> PyErr {
    PyAttributeError::new_err(message)
}

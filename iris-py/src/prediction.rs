//! What `predict_one` answers.

use pyo3::prelude::*;

use crate::predictor::Predictor;

/// The class of one row: its label, its index, and how probable it is.
#[pyclass(frozen, module = "iris_py")]
pub(crate) struct Prediction {
    predictor: Py<Predictor>,
    class_index: usize,
    probability: Option<f64>,
}

impl Prediction {
    pub(crate) fn new(predictor: Py<Predictor>, prediction: &iris_core::Prediction<'_>) -> Self {
        let (class_index, probability) = (prediction.class_index(), prediction.probability());
        Self { predictor, class_index, probability }
    }
}

#[pymethods]
impl Prediction {
    /// The class as the model was trained on it: a str or an int.
    #[getter]
    fn label(&self, py: Python<'_>) -> Py<PyAny> {
        self.predictor.get().classes().label(py, self.class_index)
    }

    /// The index of the class in `classes_`: its column of `predict_proba`.
    #[getter]
    fn class_index(&self) -> usize {
        self.class_index
    }

    /// The probability of the class, in [0, 1]; None of a model that gives scores only.
    #[getter]
    fn probability(&self) -> Option<f64> {
        self.probability
    }

    fn __eq__(&self, py: Python<'_>, other: &Self) -> PyResult<bool> {
        let same_label = self.label(py).bind(py).eq(other.label(py))?;
        Ok(same_label && self.class_index == other.class_index && self.probability == other.probability)
    }

    fn __hash__(&self) -> u64 {
        self.class_index as u64 ^ self.probability.map_or(0, f64::to_bits)
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let label = self.label(py).bind(py).repr()?.to_string();
        Ok(match self.probability {
            Some(probability) => format!("Prediction(label={label}, probability={probability})"),
            None => format!("Prediction(label={label})"),
        })
    }
}

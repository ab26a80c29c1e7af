//! One column of a model that takes texts, as Python converts it.

use std::sync::{Arc, Mutex, PoisonError};

use iris_core::{Cell, ColumnKind, Feature, Predictor, Result, Schema, Texts};
use numpy::PyArray1;
use pyo3::prelude::*;
use pyo3::types::{PyBool, PyString, PyTuple};

use crate::errors::input_error;
use crate::met::Met;

/// What a column is called and holds, and the codes of its texts.
#[pyclass(frozen, module = "iris_py._iris_py")]
pub(crate) struct Column {
    predictor: Predictor,
    index: usize,
    /// Where the columns of one table hold what is free text.
    texts: Arc<Mutex<Texts>>,
}

impl Column {
    /// Every column of a model, if some of them hold texts or anything at all.
    pub(crate) fn all(py: Python<'_>, predictor: &Predictor) -> PyResult<Option<Py<PyTuple>>> {
        if predictor.schema().features().iter().all(|feature| *feature.kind() == ColumnKind::Number) {
            return Ok(None);
        }
        Self::holding(py, predictor, &Arc::default()).map(Some)
    }

    /// Every column, whose free texts are added to `texts`.
    pub(crate) fn holding(
        py: Python<'_>,
        predictor: &Predictor,
        texts: &Arc<Mutex<Texts>>,
    ) -> PyResult<Py<PyTuple>> {
        let columns = (0..predictor.schema().n_features())
            .map(|index| Py::new(py, Self { predictor: predictor.clone(), index, texts: Arc::clone(texts) }));
        let columns: PyResult<Vec<_>> = columns.collect();
        Ok(PyTuple::new(py, columns?)?.unbind())
    }

    fn feature(&self) -> &Feature {
        &self.predictor.schema().features()[self.index]
    }
}

#[pymethods]
impl Column {
    #[getter]
    fn name(&self) -> &str {
        self.feature().name()
    }

    /// Whether the column holds texts.
    #[getter]
    fn is_text(&self) -> bool {
        self.feature().holds_texts()
    }

    /// Whether these may be any, which the model takes apart.
    #[getter]
    fn is_free(&self) -> bool {
        *self.feature().kind() == ColumnKind::Text
    }

    /// Whether the model looks at the column at all.
    #[getter]
    fn is_used(&self) -> bool {
        *self.feature().kind() != ColumnKind::Ignored
    }

    /// The codes of values, which are texts or missing, as an array of float64.
    fn encode<'py>(
        &self,
        py: Python<'py>,
        values: &Bound<'py, PyAny>,
    ) -> PyResult<Bound<'py, PyArray1<f64>>> {
        let schema = self.predictor.schema();
        let mut texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        let mut codes = Vec::with_capacity(values.len()?);
        let mut met = Met::new();
        for (row, value) in values.try_iter()?.enumerate() {
            let value = value?;
            let code = if let Some(code) = met.code(&value) {
                code
            } else {
                let code = encode(schema, self.index, &value, &mut texts)?;
                let code = code.map_err(|error| input_error(&error.at_row(row), schema))?;
                met.note(value, code);
                code
            };
            codes.push(code);
        }
        Ok(PyArray1::from_vec(py, codes))
    }
}

/// What stands for one of Python's values in a row, at the place of a feature.
pub(crate) fn encode(
    schema: &Schema,
    feature: usize,
    value: &Bound<'_, PyAny>,
    texts: &mut Texts,
) -> PyResult<Result<f64>> {
    let cell = if let Ok(text) = value.cast::<PyString>() {
        return Ok(schema.encode_with(feature, Cell::Text(text.to_str()?), texts));
    } else if value.is_none() || is_na(value)? {
        Cell::Missing
    } else if let Ok(flag) = value.cast::<PyBool>() {
        Cell::Bool(flag.is_true())
    } else {
        Cell::Number(value.extract()?)
    };
    Ok(schema.encode(feature, cell))
}

/// Whether it is pandas' `NA` or `NaT`, which are no numbers.
fn is_na(value: &Bound<'_, PyAny>) -> PyResult<bool> {
    let name = value.get_type().name()?;
    let name = name.to_str()?;
    Ok(matches!(name, "NAType" | "NaTType"))
}

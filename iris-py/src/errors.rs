//! The exceptions, and which of them each of the core's errors is.

use iris_core::{Error, ErrorKind, Schema};
use pyo3::create_exception;
use pyo3::exceptions::{PyAttributeError, PyValueError};
use pyo3::prelude::*;

create_exception!(
    iris_py,
    InputError,
    PyValueError,
    "Rows that the model cannot answer.\n\n`row` is the zero-based index of the row at fault and `feature` its name; None where no single one is."
);
create_exception!(
    iris_py,
    ModelError,
    PyValueError,
    "A file that is not a model: cut short, or inconsistent."
);
create_exception!(
    iris_py,
    UnsupportedModelError,
    ModelError,
    "A model that uses something which is not read; the message names it."
);
create_exception!(
    iris_py,
    GoldenMismatchError,
    ModelError,
    "A model that does not give the answers it was saved with."
);

/// An error of a model's file.
pub(crate) fn model_error(error: &Error) -> PyErr {
    raise(error, None)
}

/// An error of rows given to a model of this schema.
pub(crate) fn input_error(error: &Error, schema: &Schema) -> PyErr {
    raise(error, Some(schema))
}

fn raise(error: &Error, schema: Option<&Schema>) -> PyErr {
    let message = error.to_string();
    match error.kind() {
        ErrorKind::InputLength
        | ErrorKind::InputNotFinite
        | ErrorKind::ScoreOverflow
        | ErrorKind::OutputLength => {
            let feature = error.feature().and_then(|index| Some(schema?.features().get(index)?.name()));
            at(message, error.row(), feature)
        }
        ErrorKind::NoProbabilities => PyAttributeError::new_err(message),
        ErrorKind::MalformedModel => ModelError::new_err(message),
        ErrorKind::UnsupportedModel => UnsupportedModelError::new_err(message),
        ErrorKind::GoldenMismatch => GoldenMismatchError::new_err(message),
    }
}

/// An `InputError` that has `row` and `feature`.
pub(crate) fn at(message: String, row: Option<usize>, feature: Option<&str>) -> PyErr {
    Python::attach(|py| {
        let error = InputError::new_err(message);
        let value = error.value(py);
        let named = value.setattr("row", row).and_then(|()| value.setattr("feature", feature));
        named.err().unwrap_or(error)
    })
}

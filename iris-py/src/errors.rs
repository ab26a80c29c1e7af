//! The exceptions: which of them each of the core's errors is, and what each is recorded as.

use iris_core::{Error, ErrorClass, ErrorKind, Schema};
use pyo3::create_exception;
use pyo3::exceptions::{
    PyAttributeError, PyException, PyLookupError, PyNotImplementedError, PyOSError, PyPermissionError,
    PyRuntimeError, PyTimeoutError, PyTypeError, PyValueError,
};
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
#[cold]
pub(crate) fn model_error(error: &Error) -> PyErr {
    raise(error, None)
}

/// An error of rows given to a model of this schema, or of what was asked of it.
#[cold]
pub(crate) fn input_error(error: &Error, schema: &Schema) -> PyErr {
    raise(error, Some(schema))
}

/// What was asked of a model that has no such answer, as where a method is missing.
#[cold]
pub(crate) fn no_such_answer(kind: ErrorKind, message: String) -> PyErr {
    raise(&Error::new(kind, message), None)
}

/// The one table. Kinds refine what their class says, and a kind that is new falls back to it.
fn raise(error: &Error, schema: Option<&Schema>) -> PyErr {
    let message = error.to_string();
    match error.kind().class() {
        ErrorClass::InvalidInput => match error.kind() {
            ErrorKind::NoProbabilities
            | ErrorKind::NoScores
            | ErrorKind::NoContributions
            | ErrorKind::WrongTask => PyAttributeError::new_err(message),
            _ => {
                let feature = error.feature().and_then(|index| Some(schema?.features().get(index)?.name()));
                at(message, error.row(), feature)
            }
        },
        ErrorClass::InvalidModel => match error.kind() {
            ErrorKind::Unreadable => PyOSError::new_err(message),
            ErrorKind::UnsupportedModel => UnsupportedModelError::new_err(message),
            ErrorKind::GoldenMismatch => GoldenMismatchError::new_err(message),
            _ => ModelError::new_err(message),
        },
        ErrorClass::TooLarge => at(message, None, None),
        ErrorClass::UnsupportedMediaType => PyTypeError::new_err(message),
        ErrorClass::Unauthenticated | ErrorClass::PermissionDenied => PyPermissionError::new_err(message),
        ErrorClass::NotFound => PyLookupError::new_err(message),
        ErrorClass::MethodNotAllowed => PyAttributeError::new_err(message),
        ErrorClass::Unimplemented => PyNotImplementedError::new_err(message),
        ErrorClass::Timeout => PyTimeoutError::new_err(message),
        ErrorClass::Aborted
        | ErrorClass::RateLimited
        | ErrorClass::Unavailable
        | ErrorClass::Overloaded
        | ErrorClass::Internal => PyRuntimeError::new_err(message),
    }
}

/// What a call that ended in this exception is recorded as.
#[cold]
pub(crate) fn class(py: Python<'_>, error: &PyErr) -> ErrorClass {
    if !error.is_instance_of::<PyException>(py) {
        // `KeyboardInterrupt` and its like say nothing about the rows: whoever called broke off.
        ErrorClass::Aborted
    } else if error.is_instance_of::<PyValueError>(py)
        || error.is_instance_of::<PyTypeError>(py)
        || error.is_instance_of::<PyAttributeError>(py)
    {
        ErrorClass::InvalidInput
    } else {
        ErrorClass::Internal
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

//! Streams of batches over Arrow's C interface, in capsules, without a copy.

#![expect(unsafe_code, reason = "a capsule holds an address, and says by its name what lies there")]

use std::ffi::CStr;
use std::sync::{Mutex, PoisonError};

use arrow_array::ffi_stream::{FFI_ArrowArrayStream, RecordBatchStreamReader};
use arrow_array::{RecordBatch, RecordBatchIterator, RecordBatchReader};
use arrow_schema::{ArrowError, SchemaRef};
use pyo3::exceptions::{PyTypeError, PyValueError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyCapsule;

/// What the interface calls a capsule with a stream.
const NAME: &CStr = c"arrow_array_stream";

/// The batches of a table that Python holds.
pub(crate) type Batches = RecordBatchStreamReader;

/// Batches for whoever reads Arrow's streams. Once read it is empty.
#[pyclass(frozen, module = "iris_py")]
pub(crate) struct ArrowStream(Mutex<Option<Box<dyn RecordBatchReader + Send>>>);

impl ArrowStream {
    pub(crate) fn of_reader(reader: impl RecordBatchReader + Send + 'static) -> Self {
        Self(Mutex::new(Some(Box::new(reader))))
    }

    pub(crate) fn of_batches(schema: SchemaRef, batches: Vec<RecordBatch>) -> Self {
        let batches = batches.into_iter().map(Ok::<_, ArrowError>);
        Self::of_reader(RecordBatchIterator::new(batches, schema))
    }
}

#[pymethods]
impl ArrowStream {
    /// The stream, for the first who asks.
    #[pyo3(signature = (requested_schema = None))]
    fn __arrow_c_stream__<'py>(
        &self,
        py: Python<'py>,
        requested_schema: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyCapsule>> {
        // The interface allows to answer with the schema that there is.
        let _ = requested_schema;
        let reader = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let reader = reader.ok_or_else(|| PyValueError::new_err("the stream was read already"))?;
        PyCapsule::new_with_value(py, FFI_ArrowArrayStream::new(reader), NAME)
    }
}

/// The batches of anything that has `__arrow_c_stream__`: a table, a frame, a reader.
///
/// # Errors
///
/// `TypeError` of anything else; `ValueError` if the stream is not one of tables, or was read already.
pub(crate) fn open(table: &Bound<'_, PyAny>) -> PyResult<Batches> {
    let Ok(method) = table.getattr(intern!(table.py(), "__arrow_c_stream__")) else {
        let found = table.get_type().name()?;
        return Err(PyTypeError::new_err(format!(
            "predict_arrow takes a table with __arrow_c_stream__, such as pyarrow's or polars', not {found}"
        )));
    };
    let capsule = method.call0()?.cast_into::<PyCapsule>()?;
    let address = capsule.pointer_checked(Some(NAME))?.cast::<FFI_ArrowArrayStream>();
    // SAFETY: A capsule of this name holds a stream of the C interface, by that interface's contract. It is
    // moved out of it, and what is left there says that nothing is to be released.
    let stream = unsafe { FFI_ArrowArrayStream::from_raw(address.as_ptr()) };
    RecordBatchStreamReader::try_new(stream)
        .map_err(|error| PyValueError::new_err(format!("the stream is none of a table's: {error}")))
}

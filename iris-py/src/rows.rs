//! Rows as they lie in numpy's arrays.

use iris_core::{Feature, Schema};
use ndarray::{ArrayView2, Axis, Slice};
use numpy::{PyArray2, PyArrayMethods, PyReadonlyArray2, PyUntypedArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use crate::errors;

/// Numbers of a row, or of its answer, that are kept on the stack.
const STACK: usize = 16;

/// What a method was given as `X`.
pub(crate) enum Input<'r, 'py> {
    /// A single row, copied.
    Row(&'r [f64]),
    Rows(Rows<'py>),
}

/// The arrays that are read where they are, in any layout.
pub(crate) enum Rows<'py> {
    F64(PyReadonlyArray2<'py, f64>),
    F32(PyReadonlyArray2<'py, f32>),
    I64(PyReadonlyArray2<'py, i64>),
    I32(PyReadonlyArray2<'py, i32>),
}

/// A look at them that needs no Python.
#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    F64(ArrayView2<'a, f64>),
    F32(ArrayView2<'a, f32>),
    I64(ArrayView2<'a, i64>),
    I32(ArrayView2<'a, i32>),
}

/// Runs `work` with room for a row, or for its answer.
#[inline(always)]
pub(crate) fn with_row<T>(len: usize, work: impl FnOnce(&mut [f64]) -> T) -> T {
    if len <= STACK { work(&mut [0.0; STACK][..len]) } else { work(&mut vec![0.0; len]) }
}

impl<'r, 'py> Input<'r, 'py> {
    /// A single row is copied to `row`, which has a place for each feature.
    #[inline]
    pub(crate) fn new(
        x: &Bound<'py, PyAny>,
        schema: &Schema,
        columns: Option<&Py<PyTuple>>,
        row: &'r mut [f64],
    ) -> PyResult<Self> {
        if let Some(columns) = columns {
            return Rows::of_columns(x, columns).map(|rows| rows.one_or_many(row));
        }
        // The borrow that `Rows` takes of an array costs more than a prediction on a short row.
        if row.len() <= STACK
            && let Ok(array) = x.cast::<PyArray2<f64>>()
            && array.shape() == [1, row.len()]
        {
            for (column, to) in row.iter_mut().enumerate() {
                *to = array.get_owned([0, column]).expect("the array has as many columns");
            }
            return Ok(Self::Row(row));
        }
        Rows::new(x, schema).map(|rows| rows.one_or_many(row))
    }
}

impl<'py> Rows<'py> {
    /// The rows of whatever was given to a method as `X`.
    fn new(x: &Bound<'py, PyAny>, schema: &Schema) -> PyResult<Self> {
        let rows = match Self::of_array(x) {
            Some(rows) => rows?,
            None => Self::converted(x, schema)?,
        };
        let n_features = rows.view().n_columns();
        if n_features == schema.n_features() {
            return Ok(rows);
        }
        let message = format!(
            "X has {n_features} features, but Predictor is expecting {} features as input ({})",
            schema.n_features(),
            schema.feature_list(),
        );
        Err(errors::at(message, None, None))
    }

    /// The rows of a model that takes texts, each column converted by itself.
    #[cold]
    fn of_columns(x: &Bound<'py, PyAny>, columns: &Py<PyTuple>) -> PyResult<Self> {
        let py = x.py();
        let module = py.import(intern!(py, "iris_py._columns"))?;
        let array = module.call_method1(intern!(py, "to_array"), (x, columns))?;
        Self::of_array(&array).expect("to_array gives a two-dimensional array of float64")
    }

    /// A single row is copied to `row`.
    fn one_or_many<'r>(self, row: &'r mut [f64]) -> Input<'r, 'py> {
        if self.len() != 1 {
            return Input::Rows(self);
        }
        self.view().gather(row);
        Input::Row(row)
    }

    fn of_array(x: &Bound<'py, PyAny>) -> Option<PyResult<Self>> {
        macro_rules! of_type {
            ($number:ty, $kind:path) => {
                if let Ok(array) = x.cast::<PyArray2<$number>>() {
                    let rows = array.try_readonly().map($kind);
                    return Some(rows.map_err(|_| {
                        errors::at("X is being written to by another call, as its out".to_owned(), None, None)
                    }));
                }
            };
        }
        of_type!(f64, Self::F64);
        of_type!(f32, Self::F32);
        of_type!(i64, Self::I64);
        of_type!(i32, Self::I32);
        None
    }

    /// Frames, lists, Arrow's streams and other arrays, by way of Python.
    fn converted(x: &Bound<'py, PyAny>, schema: &Schema) -> PyResult<Self> {
        let py = x.py();
        let module = py.import(intern!(py, "iris_py._inputs"))?;
        let names = PyTuple::new(py, schema.features().iter().map(Feature::name))?;
        let array = module.call_method1(intern!(py, "to_array"), (x, names))?;
        Self::of_array(&array).expect("to_array gives a two-dimensional array of float64")
    }

    pub(crate) fn view(&self) -> View<'_> {
        match self {
            Self::F64(array) => View::F64(array.as_array()),
            Self::F32(array) => View::F32(array.as_array()),
            Self::I64(array) => View::I64(array.as_array()),
            Self::I32(array) => View::I32(array.as_array()),
        }
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::F64(array) => array.shape()[0],
            Self::F32(array) => array.shape()[0],
            Self::I64(array) => array.shape()[0],
            Self::I32(array) => array.shape()[0],
        }
    }
}

impl<'a> View<'a> {
    pub(crate) fn n_columns(self) -> usize {
        match self {
            Self::F64(view) => view.ncols(),
            Self::F32(view) => view.ncols(),
            Self::I64(view) => view.ncols(),
            Self::I32(view) => view.ncols(),
        }
    }

    /// The rows from `first` on, `rows` of them.
    pub(crate) fn part(self, first: usize, rows: usize) -> Self {
        macro_rules! part {
            ($kind:path, $view:ident) => {
                $kind($view.slice_axis_move(Axis(0), Slice::from(first..first + rows)))
            };
        }
        match self {
            Self::F64(view) => part!(Self::F64, view),
            Self::F32(view) => part!(Self::F32, view),
            Self::I64(view) => part!(Self::I64, view),
            Self::I32(view) => part!(Self::I32, view),
        }
    }

    /// The numbers where they are, if they lie one row after the other as `f64`.
    pub(crate) fn as_rows(self) -> Option<&'a [f64]> {
        match self {
            Self::F64(view) => view.to_slice(),
            _ => None,
        }
    }

    /// Copies every number to `out`, one row after the other.
    pub(crate) fn gather(self, out: &mut [f64]) {
        fn gather<T: Copy>(view: ArrayView2<'_, T>, out: &mut [f64], float: impl Fn(T) -> f64) {
            let n_columns = view.ncols();
            for (column, values) in view.columns().into_iter().enumerate() {
                for (row, value) in values.iter().enumerate() {
                    out[row * n_columns + column] = float(*value);
                }
            }
        }
        match self {
            Self::F64(view) => match view.to_slice() {
                Some(rows) => out.copy_from_slice(rows),
                None => gather(view, out, |value| value),
            },
            Self::F32(view) => gather(view, out, f64::from),
            #[expect(clippy::cast_precision_loss, reason = "as numpy makes floats of integers")]
            Self::I64(view) => gather(view, out, |value| value as f64),
            Self::I32(view) => gather(view, out, f64::from),
        }
    }
}

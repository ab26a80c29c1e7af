//! Class labels as Python sees them: one by one, and as arrays.

use iris_core::Labels;
use numpy::{Element, PyArray1, PyArrayMethods};
use pyo3::intern;
use pyo3::prelude::*;

/// The labels of a model, ready to be handed out.
pub(crate) struct Classes {
    /// `classes_`: an array of `str`, `int64`, `bool` or `float64`.
    array: Py<PyAny>,
    /// Each label as a Python object.
    labels: Vec<Py<PyAny>>,
    /// Each label as an array of one.
    single: Vec<Py<PyAny>>,
    column: Column,
}

/// Labels as they lie in an array.
enum Column {
    Integers(Vec<i64>),
    Booleans(Vec<bool>),
    Floats(Vec<f64>),
    /// Code points: each label filled up with zeros to `width`, as numpy's `U` has them.
    Strings {
        points: Vec<u32>,
        width: usize,
    },
}

impl Classes {
    pub(crate) fn new(py: Python<'_>, labels: &Labels) -> PyResult<Self> {
        let column = Column::new(labels);
        let indices: Vec<u32> = (0..).take(labels.len()).collect();
        let array = column.array_of(py, &indices)?;
        let single = indices.iter().map(|class| Ok(column.array_of(py, &[*class])?.unbind()));
        Ok(Self {
            labels: array.call_method0("tolist")?.extract()?,
            single: single.collect::<PyResult<_>>()?,
            array: array.unbind(),
            column,
        })
    }

    /// `classes_`, a copy for each who asks.
    pub(crate) fn array<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.array.bind(py).call_method0("copy")
    }

    /// The label of one class.
    pub(crate) fn label(&self, py: Python<'_>, class_index: usize) -> Py<PyAny> {
        self.labels[class_index].clone_ref(py)
    }

    /// A new array of one label.
    pub(crate) fn one<'py>(&self, py: Python<'py>, class_index: usize) -> PyResult<Bound<'py, PyAny>> {
        self.single[class_index].bind(py).call_method0(intern!(py, "copy"))
    }

    /// A new array of `rows` labels. `classify` is given a function that writes
    /// labels: from a row on, those of the classes.
    pub(crate) fn many<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        classify: impl FnOnce(&mut (dyn FnMut(usize, &[u32]) + Send)) -> PyResult<()>,
    ) -> PyResult<Bound<'py, PyAny>> {
        self.column.many(py, rows, classify)
    }
}

impl Column {
    fn new(labels: &Labels) -> Self {
        let texts = match labels {
            Labels::Integers(labels) => return Self::Integers(labels.clone()),
            Labels::Booleans(labels) => return Self::Booleans(labels.clone()),
            Labels::Floats(labels) => return Self::Floats(labels.clone()),
            Labels::Strings(labels) => labels,
            _ => unreachable!("every type of labels is named above"),
        };
        // numpy has no string type of no width.
        let width = texts.iter().map(|text| text.chars().count()).max().unwrap_or(0).max(1);
        let filled_up = |text: &String| {
            text.chars().map(u32::from).chain(std::iter::repeat(0)).take(width).collect::<Vec<u32>>()
        };
        Self::Strings { points: texts.iter().flat_map(filled_up).collect(), width }
    }

    fn array_of<'py>(&self, py: Python<'py>, classes: &[u32]) -> PyResult<Bound<'py, PyAny>> {
        self.many(py, classes.len(), |write| {
            write(0, classes);
            Ok(())
        })
    }

    fn many<'py>(
        &self,
        py: Python<'py>,
        rows: usize,
        classify: impl FnOnce(&mut (dyn FnMut(usize, &[u32]) + Send)) -> PyResult<()>,
    ) -> PyResult<Bound<'py, PyAny>> {
        match self {
            Self::Integers(labels) => Ok(filled(py, rows, labels, 1, classify)?.into_any()),
            Self::Booleans(labels) => Ok(filled(py, rows, labels, 1, classify)?.into_any()),
            Self::Floats(labels) => Ok(filled(py, rows, labels, 1, classify)?.into_any()),
            Self::Strings { points, width } => {
                let array = filled(py, rows, points, *width, classify)?;
                array.call_method1(intern!(py, "view"), (format!("U{width}"),))
            }
        }
    }
}

/// An array of `width` entries a row, copied from the table's entries for the row's class.
fn filled<'py, T: Element + Copy>(
    py: Python<'py>,
    rows: usize,
    table: &[T],
    width: usize,
    classify: impl FnOnce(&mut (dyn FnMut(usize, &[u32]) + Send)) -> PyResult<()>,
) -> PyResult<Bound<'py, PyArray1<T>>> {
    let array = PyArray1::<T>::zeros(py, rows * width, false);
    let mut entries = array.readwrite();
    let entries = entries.as_slice_mut()?;
    classify(&mut |first, classes| copy(table, width, classes, &mut entries[first * width..]))?;
    Ok(array)
}

/// Copies the entries of each class. A length that the compiler knows is copied in a few instructions
/// instead of by a call, which takes as long as the prediction.
fn copy<T: Copy>(table: &[T], width: usize, classes: &[u32], out: &mut [T]) {
    macro_rules! known {
        ($($width:literal)*) => {
            match width {
                $($width => copy_known::<T, $width>(table, classes, out),)*
                _ => {
                    for (out, class) in out.chunks_exact_mut(width).zip(classes) {
                        out.copy_from_slice(&table[*class as usize * width..][..width]);
                    }
                }
            }
        };
    }
    known!(1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16);
}

fn copy_known<T: Copy, const WIDTH: usize>(table: &[T], classes: &[u32], out: &mut [T]) {
    let (table, _) = table.as_chunks::<WIDTH>();
    let (out, _) = out.as_chunks_mut::<WIDTH>();
    for (out, class) in out.iter_mut().zip(classes) {
        *out = table[*class as usize];
    }
}

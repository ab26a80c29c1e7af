//! `import iris_py`: the predictor inside Python.
//!
//! Calls on numpy's arrays are answered here; what else people hold their rows
//! in becomes such an array in the Python part of the package, where scikit-learn's
//! estimators are converted, too.

#![deny(unsafe_code)]
// What stands here is read in Python, by `help()`.
#![allow(clippy::doc_markdown, clippy::doc_link_with_quotes)]

mod arrow;
mod blocks;
mod classes;
mod column;
mod errors;
mod met;
mod numbers;
mod prediction;
mod predictor;
mod rows;
mod tracing;

/// The native part of `iris_py`.
#[pyo3::pymodule]
mod _iris_py {
    #[pymodule_export]
    use crate::arrow::ArrowStream;
    #[pymodule_export]
    use crate::errors::{GoldenMismatchError, InputError, ModelError, UnsupportedModelError};
    #[pymodule_export]
    use crate::prediction::Prediction;
    #[pymodule_export]
    use crate::predictor::Predictor;
    #[pymodule_export]
    use crate::tracing::{Timing, disable_tracing, enable_tracing, last_timing, restart_after_fork};
}

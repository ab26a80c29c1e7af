//! What a model says of itself.

use iris_core::{Categories, Feature};
use pyo3::prelude::*;
use pyo3::types::PyTuple;

use super::{Answers, Predictor};

#[pymethods]
impl Predictor {
    /// The model's own name; None if its file has none.
    #[getter]
    fn name(&self) -> Option<&str> {
        self.schema().name()
    }

    /// The model's version; None if its file has none.
    #[getter]
    fn version(&self) -> Option<&str> {
        self.schema().version()
    }

    /// One sentence about the model; None if its file has none.
    #[getter]
    fn description(&self) -> Option<&str> {
        self.schema().description()
    }

    /// The units of the features, in the order of a row; None where the file has none.
    #[getter]
    fn feature_units(&self) -> Vec<Option<&str>> {
        self.schema().features().iter().map(Feature::unit).collect()
    }

    /// The texts that each column may hold, in the order of a row; None of a column of numbers.
    #[getter]
    fn feature_categories(&self) -> Vec<Option<&[String]>> {
        self.schema().features().iter().map(|feature| feature.categories().map(Categories::texts)).collect()
    }

    /// How the package converts each column, if some of them hold texts.
    #[getter]
    fn _columns<'py>(&self, py: Python<'py>) -> Option<&Bound<'py, PyTuple>> {
        self.columns.as_ref().map(|columns| columns.bind(py))
    }

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = match (self.name(), self.version()) {
            (Some(name), Some(version)) => format!("{name} {version}: "),
            (Some(name), None) => format!("{name}: "),
            _ => String::new(),
        };
        let features = self.schema().feature_list();
        let answers = match &self.answers {
            Answers::Classes(classes) => listed(&classes.array(py)?.call_method0("tolist")?)?,
            Answers::Values { n_targets: 1 } => "a value".to_owned(),
            Answers::Values { n_targets } => format!("{n_targets} values"),
        };
        Ok(format!("<iris_py.Predictor {name}{features} → {answers}>"))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("iris_py._estimator")?.call_method1("html", (slf,))
    }
}

/// The first labels of a list, as people read them.
fn listed(labels: &Bound<'_, PyAny>) -> PyResult<String> {
    let labels: Vec<Bound<'_, PyAny>> = labels.extract()?;
    let mut shown: Vec<String> = labels.iter().take(8).map(ToString::to_string).collect();
    if shown.len() < labels.len() {
        shown.push("…".to_owned());
    }
    Ok(shown.join(", "))
}

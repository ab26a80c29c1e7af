//! What scikit-learn asks of an estimator besides predictions.

use iris_core::{ErrorKind, Feature};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::PyDict;

use super::{Answers, Predictor};
use crate::errors;

#[pymethods]
impl Predictor {
    /// Does nothing and returns the predictor, as scikit-learn's `FrozenEstimator` does.
    ///
    /// The model is fitted; so it can stand where scikit-learn insists on fitting
    /// before it predicts, as in `cross_val_predict`.
    #[pyo3(signature = (X = None, y = None))]
    #[expect(non_snake_case, unused_variables, reason = "scikit-learn's names")]
    fn fit<'py>(
        slf: &Bound<'py, Self>,
        X: Option<&Bound<'py, PyAny>>,
        y: Option<&Bound<'py, PyAny>>,
    ) -> Bound<'py, Self> {
        slf.clone()
    }

    /// No parameters: an empty dict.
    #[pyo3(signature = (deep = true))]
    #[expect(clippy::unused_self, unused_variables, reason = "scikit-learn asks the estimator")]
    fn get_params<'py>(&self, py: Python<'py>, deep: bool) -> Bound<'py, PyDict> {
        PyDict::new(py)
    }

    /// How well the answers agree with `y`.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// y : array, (n_rows,) or (n_rows, n_targets)
    ///     A label a row, or a regressor's values.
    /// sample_weight : array of float, (n_rows,), optional
    ///     How much each row counts.
    ///
    /// Returns
    /// -------
    /// float
    ///     The accuracy, in [0, 1]. Of a regressor R², at most 1: the mean over the
    ///     targets, and NaN of fewer than two rows.
    #[pyo3(signature = (X, y, sample_weight = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn score<'py>(
        &self,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let measure = match self.answers {
            Answers::Classes(_) => intern!(X.py(), "accuracy"),
            Answers::Values { .. } => intern!(X.py(), "r2"),
        };
        let predicted = self.predict(X, None)?;
        X.py()
            .import(intern!(X.py(), "iris_py._scores"))?
            .call_method1(measure, (predicted, y, sample_weight))
    }

    /// The labels, in the order of the columns of `predict_proba`: an array of
    /// str, int64, bool or float64.
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model is a regressor.
    #[getter]
    fn classes_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        match &self.answers {
            Answers::Classes(classes) => classes.array(py),
            Answers::Values { .. } => {
                let message = "this model is a regressor, which has no classes_".to_owned();
                Err(errors::no_such_answer(ErrorKind::WrongTask, message))
            }
        }
    }

    /// How many features a row has.
    #[getter]
    fn n_features_in_(&self) -> usize {
        self.schema().n_features()
    }

    /// The names of the features, in the order of a row: an array of str.
    #[getter]
    fn feature_names_in_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let names: Vec<&str> = self.schema().features().iter().map(Feature::name).collect();
        py.import("numpy")?.call_method1("array", (names, "O"))
    }

    fn __sklearn_clone__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    #[expect(clippy::unused_self, reason = "scikit-learn asks the estimator")]
    fn __sklearn_is_fitted__(&self) -> bool {
        true
    }

    fn __sklearn_tags__<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        let module = py.import(intern!(py, "iris_py._estimator"))?;
        let accepts_missing = self.schema().accepts_missing();
        match self.answers {
            Answers::Classes(_) => {
                module.call_method1("classifier_tags", (accepts_missing, self.schema().n_classes()))
            }
            Answers::Values { n_targets } => {
                module.call_method1("regressor_tags", (accepts_missing, n_targets))
            }
        }
    }

    #[getter]
    fn _estimator_type(&self) -> &'static str {
        match self.answers {
            Answers::Classes(_) => "classifier",
            Answers::Values { .. } => "regressor",
        }
    }
}

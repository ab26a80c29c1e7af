//! What each feature contributes: a method that scikit-learn's estimators do not have.

use pyo3::prelude::*;

use super::Predictor;
use crate::numbers::Wanted;

#[pymethods]
impl Predictor {
    /// What each feature contributes to every row's answer: exact Shapley values.
    ///
    /// Over trees they are those of XGBoost's `pred_contribs`, LightGBM's `pred_contrib`, CatBoost's
    /// `ShapValues` and shap's `TreeExplainer`; in a linear model a feature has its column's
    /// value times the coefficient, behind whatever scaled or encoded it. A row's numbers add up
    /// to the score that they explain, before any link: a column of `decision_function`, a
    /// probability where trees add up those, or a regressor's value.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_features + 1), or (n_rows, n_outputs, n_features + 1)
    ///     Last what is expected of a row of which nothing is known. With an axis of
    ///     outputs where there are several: classes, or targets.
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model's answer is no sum of what features do; the message says why.
    ///
    /// Examples
    /// --------
    /// >>> from iris_py import Predictor
    /// >>> iris = Predictor()
    /// >>> iris.predict_contributions([[5.1, 3.5, 1.4, 0.2]]).shape
    /// (1, 3, 5)
    #[pyo3(signature = (X))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict_contributions<'py>(&self, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let numbers = self.numbers(X, None, Wanted::Contributions)?;
        let n_outputs = self.schema().contributions().unwrap_or(1);
        if n_outputs == 1 {
            return Ok(numbers);
        }
        let n_rows = numbers.len()?;
        let width = self.schema().n_features() + 1;
        numbers.call_method1("reshape", (n_rows, n_outputs, width))
    }
}

//! `iris_py.Predictor`.

use iris_core::spans::{Origin, PredictionRequest};
use iris_core::{Feature, Schema};
use ndarray::s;
use numpy::PyArrayDyn;
use pyo3::exceptions::{PyAttributeError, PyTypeError};
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};

use crate::blocks::each_block;
use crate::classes::Classes;
use crate::errors::{self, input_error};
use crate::numbers::{Wanted, checked_out, table, writable};
use crate::prediction::Prediction;
use crate::rows::Input;
use crate::tracing::{self, Context, Traced};

/// A trained classifier, ready to answer. `Predictor()` is the Iris model that is built in.
///
/// Its methods are those of scikit-learn's classifiers, and so are its answers:
/// the same classes, probabilities within 1e-12. It comes fitted: it is made
/// of a file with `load`, or of an estimator with `from_sklearn`. It is immutable,
/// and may be used by many threads at once.
///
/// `X` is always rows by features, in the order of `feature_names_in_`: an array,
/// read where it is if it holds float64, float32, int64 or int32, in any layout; a
/// list of rows; or a frame of pandas or polars, or anything with Arrow's
/// `__arrow_c_stream__`, whose columns are found by name, in any order. Numbers
/// must be finite, unless the model fills in missing values, which are NaN.
///
/// Every method that takes X raises InputError, a ValueError, for rows that the
/// model cannot answer, and TypeError for what is no table of numbers.
///
/// Examples
/// --------
/// >>> from iris_py import Predictor
/// >>> iris = Predictor()
/// >>> iris.predict([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5]])
/// array(['setosa', 'virginica'], dtype='<U10')
/// >>> iris.predict_one(5.1, 3.5, 1.4, 0.2).label
/// 'setosa'
#[pyclass(frozen, module = "iris_py")]
pub(crate) struct Predictor {
    core: iris_core::Predictor,
    traced: Traced,
    file: Py<PyBytes>,
    classes: Classes,
}

/// Numbers of a row, or of its answer, that are kept on the stack.
const STACK: usize = 16;

impl Predictor {
    pub(crate) fn schema(&self) -> &Schema {
        self.core.schema()
    }

    pub(crate) fn classes(&self) -> &Classes {
        &self.classes
    }

    pub(crate) fn feature_names(&self) -> Vec<&str> {
        self.schema().features().iter().map(Feature::name).collect()
    }

    fn from_file(py: Python<'_>, file: Bound<'_, PyBytes>) -> PyResult<Self> {
        let bytes = file.as_bytes();
        let core = py
            .detach(|| iris_core::Predictor::from_onnx(bytes))
            .map_err(|error| errors::model_error(&error))?;
        let classes = Classes::new(py, core.schema().labels())?;
        Ok(Self { core, traced: Traced::default(), file: file.unbind(), classes })
    }

    /// Runs a request in its spans, if anybody wants them: `prepare` makes what `answer` needs.
    #[inline]
    fn request<P, T>(
        &self,
        py: Python<'_>,
        prepare: impl FnOnce() -> PyResult<P>,
        answer: impl FnOnce(&iris_core::Predictor, &mut PredictionRequest<'_>, P) -> PyResult<T>,
    ) -> PyResult<T> {
        let traced = self.traced.of(&self.core);
        let context = if traced.is_some() { Context::current(py)? } else { Context::none() };
        let predictor = traced.as_ref().unwrap_or(&self.core);
        let origin = Origin::call().headers(context.headers());
        let mut request = PredictionRequest::start(predictor, &origin);
        let answered =
            request.data_preparation(prepare).and_then(|prepared| answer(predictor, &mut request, prepared));
        tracing::end(request, &answered);
        answered
    }

    fn numbers<'py>(
        slf: &Bound<'py, Self>,
        x: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
        wanted: Wanted,
    ) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        let n_columns = wanted.columns(&this.core);
        with_row(this.schema().n_features(), |row| {
            this.request(
                py,
                || this.check(wanted).and_then(|()| Input::new(x, slf, row)),
                |predictor, request, input| {
                    let rows = match input {
                        Input::Rows(rows) => rows,
                        Input::Row(row) => {
                            return with_row(n_columns, |answer| {
                                wanted
                                    .one(predictor, request, row, answer)
                                    .map_err(|error| input_error(&error, this.schema()))?;
                                request.response_formatting(|| wanted.array(py, answer, out))
                            });
                        }
                    };
                    let out = match out {
                        Some(out) => checked_out(out, &wanted.shape(rows.len(), n_columns))?,
                        None => PyArrayDyn::zeros(py, wanted.shape(rows.len(), n_columns), false),
                    };
                    request.batch_inference(rows.len(), || {
                        let mut array = writable(&out)?;
                        let mut array = table(array.as_array_mut());
                        each_block(py, rows.view(), rows.len(), this.schema(), |first, block| {
                            wanted.block(
                                predictor,
                                block,
                                array.slice_mut(s![first..first + block.nrows(), ..]),
                            )
                        })
                    })?;
                    Ok(request.response_formatting(|| out.into_any()))
                },
            )
        })
    }

    /// Whether there is what is wanted.
    fn check(&self, wanted: Wanted) -> PyResult<()> {
        if wanted == Wanted::Scores || self.schema().has_probabilities() {
            return Ok(());
        }
        let reason = "this model gives scores, not probabilities; ask for decision_function";
        Err(PyAttributeError::new_err(reason))
    }

    /// The numbers of a call with one value a feature.
    fn fill<'r>(
        &self,
        row: &'r mut [f64],
        values: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<&'r [f64]> {
        if let (None, true) = (named, values.len() == row.len()) {
            for (index, (to, value)) in row.iter_mut().zip(values.iter_borrowed()).enumerate() {
                *to = value.extract().map_err(|error| self.no_number(value.py(), index, &error))?;
            }
            return Ok(row);
        }
        let features = self.schema().features();
        let mut given = vec![None; features.len()];
        let wrong = |what: String| {
            let expected = self.schema().feature_list();
            PyTypeError::new_err(format!("predict_one() {what}; the features are {expected}"))
        };
        if values.len() > features.len() {
            return Err(wrong(format!("takes {} values, {} were given", features.len(), values.len())));
        }
        for (index, value) in values.iter().enumerate() {
            given[index] = Some(value);
        }
        for (name, value) in named.into_iter().flatten() {
            let name: String = name.extract()?;
            let Some(index) = self.schema().feature_index(&name) else {
                return Err(wrong(format!("got an unknown feature '{name}'")));
            };
            if given[index].replace(value).is_some() {
                return Err(wrong(format!("got '{name}' twice")));
            }
        }
        let missing: Vec<&str> =
            features.iter().zip(&given).filter(|(_, value)| value.is_none()).map(|(f, _)| f.name()).collect();
        if !missing.is_empty() {
            return Err(wrong(format!("misses {}", missing.join(", "))));
        }
        for (index, (to, value)) in row.iter_mut().zip(given.into_iter().flatten()).enumerate() {
            *to = value.extract().map_err(|error| self.no_number(value.py(), index, &error))?;
        }
        Ok(row)
    }

    #[cold]
    fn no_number(&self, py: Python<'_>, index: usize, error: &PyErr) -> PyErr {
        let name = self.schema().features()[index].name();
        PyTypeError::new_err(format!("{name}: {}", error.value(py)))
    }
}

#[pymethods]
impl Predictor {
    #[new]
    fn iris(py: Python<'_>) -> PyResult<Self> {
        Self::from_file(py, PyBytes::new(py, iris_core::Predictor::IRIS))
    }

    /// A model from a file, or from its bytes.
    ///
    /// Parameters
    /// ----------
    /// source : str, os.PathLike or bytes
    ///     An ONNX file as `save` or skl2onnx writes it.
    ///
    /// Raises
    /// ------
    /// FileNotFoundError, or another OSError
    ///     The file cannot be read.
    /// ModelError
    ///     It is not a model; UnsupportedModelError if it uses something that is not
    ///     read, GoldenMismatchError if it does not give the answers that it carries.
    #[classmethod]
    #[pyo3(signature = (source, /))]
    fn load(cls: &Bound<'_, PyType>, source: &Bound<'_, PyAny>) -> PyResult<Self> {
        let py = cls.py();
        let module = py.import(intern!(py, "iris_py._files"))?;
        let file = module.call_method1(intern!(py, "read"), (source,))?;
        Self::from_file(py, file.cast_into::<PyBytes>()?)
    }

    /// A model from a fitted estimator of scikit-learn's, with `pip install iris_py[sklearn]`.
    ///
    /// Parameters
    /// ----------
    /// estimator : classifier or Pipeline
    ///     Fitted. It is converted in double precision by skl2onnx, and answers given
    ///     by it are put into the model, which must reproduce them.
    /// X_sample : table of numbers, optional
    ///     Rows as they come: the first ones become those that are reproduced, all of them
    ///     the statistics of the features that the model carries.
    /// feature_names : sequence of str, optional
    ///     By default those that the estimator was fitted with, or x0, x1, ….
    /// name : str
    ///     What the model is called, and served as.
    /// version : str
    ///     Which version of it this is.
    ///
    /// Raises
    /// ------
    /// UnsupportedModelError
    ///     The estimator, or a step before it, is not read yet; the message names it.
    /// TypeError
    ///     It is no classifier.
    /// ImportError
    ///     skl2onnx is not installed.
    #[classmethod]
    #[pyo3(signature = (estimator, X_sample = None, feature_names = None, *, name = "model", version = "1"))]
    #[expect(non_snake_case, reason = "scikit-learn's names")]
    fn from_sklearn(
        cls: &Bound<'_, PyType>,
        estimator: &Bound<'_, PyAny>,
        X_sample: Option<&Bound<'_, PyAny>>,
        feature_names: Option<&Bound<'_, PyAny>>,
        name: &str,
        version: &str,
    ) -> PyResult<Self> {
        let py = cls.py();
        let arguments = (estimator, X_sample, feature_names, name, version);
        let module = py.import(intern!(py, "iris_py._convert"))?;
        let file = module.call_method1(intern!(py, "to_file"), arguments)?.cast_into::<PyBytes>()?;
        Self::from_file(py, file).map_err(|error| {
            let explained = module.call_method1(intern!(py, "explained"), (error.value(py), estimator));
            explained.map_or_else(|error| error, PyErr::from_value)
        })
    }

    /// Writes the model to a file that `load` and `iris-server --model` read.
    ///
    /// The file is complete or not there at all, whatever happens meanwhile.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     Where; a file that is there is replaced.
    #[pyo3(signature = (path, /))]
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let module = py.import(intern!(py, "iris_py._files"))?;
        module.call_method1(intern!(py, "write"), (path, &self.file))?;
        Ok(())
    }

    /// The class of every row.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    ///
    /// Returns
    /// -------
    /// ndarray of shape (n_rows,)
    ///     Labels, of the type of `classes_`.
    #[pyo3(signature = (X))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict<'py>(slf: &Bound<'py, Self>, X: &Bound<'py, PyAny>) -> PyResult<Bound<'py, PyAny>> {
        let (py, this) = (slf.py(), slf.get());
        with_row(this.schema().n_features(), |row| {
            this.request(
                py,
                || Input::new(X, slf, row),
                |predictor, request, input| {
                    let rows = match input {
                        Input::Rows(rows) => rows,
                        Input::Row(row) => {
                            let class_index = class_of(predictor, request, row)
                                .map_err(|error| input_error(&error, this.schema()))?;
                            return request.response_formatting(|| this.classes.one(py, class_index));
                        }
                    };
                    let mut counts =
                        vec![0; if predictor.tracer().is_on() { this.schema().n_classes() } else { 0 }];
                    let labels = request.batch_inference(rows.len(), || {
                        this.classes.many(py, rows.len(), |write| {
                            let mut classes = Vec::new();
                            each_block(py, rows.view(), rows.len(), this.schema(), |first, block| {
                                classes.resize(block.nrows(), 0);
                                predictor.predict_batch_into(block, &mut classes)?;
                                write(first, &classes);
                                if !counts.is_empty() {
                                    for class in &classes {
                                        counts[*class as usize] += 1;
                                    }
                                }
                                Ok(())
                            })
                        })
                    })?;
                    request.batch_classes(&counts);
                    Ok(request.response_formatting(|| labels))
                },
            )
        })
    }

    /// The probability of every class for every row.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, (n_rows, n_classes), optional
    ///     Where the answer is written, in any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes)
    ///     `out`, if it was given. Columns in the order of `classes_`, in [0, 1].
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model gives scores only.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict_proba<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::numbers(slf, X, out, Wanted::Probabilities)
    }

    /// The natural logarithm of `predict_proba`; -inf where that is 0.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, (n_rows, n_classes), optional
    ///     Where the answer is written, in any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes)
    ///
    /// Raises
    /// ------
    /// AttributeError
    ///     The model gives scores only.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn predict_log_proba<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::numbers(slf, X, out, Wanted::LogProbabilities)
    }

    /// The scores that the class is taken from.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// out : ndarray of float64, optional
    ///     Where the answer is written, in its shape and any layout.
    ///
    /// Returns
    /// -------
    /// ndarray of float64, (n_rows, n_classes), or (n_rows,) of a model with two classes
    ///     A single score is positive for the second class.
    #[pyo3(signature = (X, out = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn decision_function<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        out: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        Self::numbers(slf, X, out, Wanted::Scores)
    }

    /// Classifies one row, given as one number a feature.
    ///
    /// Parameters
    /// ----------
    /// *values : float
    ///     In the order of `feature_names_in_`.
    /// **named : float
    ///     By the name of the feature, in any order.
    ///
    /// Returns
    /// -------
    /// Prediction
    ///     `label`, `class_index` and `probability`.
    ///
    /// Raises
    /// ------
    /// InputError
    ///     A number is not finite; `feature` names it.
    /// TypeError
    ///     Too few, too many, an unknown feature, or no number.
    #[pyo3(signature = (*values, **named))]
    fn predict_one(
        slf: &Bound<'_, Self>,
        values: &Bound<'_, PyTuple>,
        named: Option<&Bound<'_, PyDict>>,
    ) -> PyResult<Prediction> {
        let this = slf.get();
        with_row(this.schema().n_features(), |row| {
            if !tracing::is_on() {
                // The same without its spans: a call is short enough for the checks to show.
                let row = this.fill(row, values, named)?;
                let prediction = this.core.infer(row).map_err(|error| input_error(&error, this.schema()))?;
                return Ok(Prediction::new(slf.clone().unbind(), &prediction));
            }
            this.request(
                slf.py(),
                || this.fill(row, values, named),
                |predictor, request, row| {
                    request.features(row);
                    let prediction = request
                        .model_inference(|| predictor.infer(row))
                        .map_err(|error| input_error(&error, this.schema()))?;
                    Ok(request.response_formatting(|| Prediction::new(slf.clone().unbind(), &prediction)))
                },
            )
        })
    }

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

    /// The share of rows that get their class in `y`.
    ///
    /// Parameters
    /// ----------
    /// X : table of numbers, (n_rows, n_features)
    /// y : array of labels, (n_rows,)
    /// sample_weight : array of float, (n_rows,), optional
    ///     How much each row counts.
    ///
    /// Returns
    /// -------
    /// float
    ///     The accuracy, in [0, 1].
    #[pyo3(signature = (X, y, sample_weight = None))]
    #[expect(non_snake_case, reason = "scikit-learn's name")]
    fn score<'py>(
        slf: &Bound<'py, Self>,
        X: &Bound<'py, PyAny>,
        y: &Bound<'py, PyAny>,
        sample_weight: Option<&Bound<'py, PyAny>>,
    ) -> PyResult<Bound<'py, PyAny>> {
        let predicted = Self::predict(slf, X)?;
        let module = slf.py().import(intern!(slf.py(), "iris_py._estimator"))?;
        module.call_method1("accuracy", (predicted, y, sample_weight))
    }

    /// The labels, in the order of the columns of `predict_proba`: an array of str or int64.
    #[getter]
    fn classes_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        self.classes.array(py)
    }

    /// How many features a row has.
    #[getter]
    fn n_features_in_(&self) -> usize {
        self.schema().n_features()
    }

    /// The names of the features, in the order of a row: an array of str.
    #[getter]
    fn feature_names_in_<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyAny>> {
        py.import("numpy")?.call_method1("array", (self.feature_names(), "O"))
    }

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

    fn __repr__(&self, py: Python<'_>) -> PyResult<String> {
        let name = match (self.name(), self.version()) {
            (Some(name), Some(version)) => format!("{name} {version}: "),
            (Some(name), None) => format!("{name}: "),
            _ => String::new(),
        };
        let features = self.schema().feature_list();
        let labels = self.classes.array(py)?.call_method0("tolist")?;
        let mut labels = labels
            .extract::<Vec<Bound<'_, PyAny>>>()?
            .iter()
            .map(ToString::to_string)
            .take(8)
            .collect::<Vec<_>>();
        if labels.len() < self.schema().n_classes() {
            labels.push("…".to_owned());
        }
        Ok(format!("<iris_py.Predictor {name}{features} → {}>", labels.join(", ")))
    }

    fn _repr_html_<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        slf.py().import("iris_py._estimator")?.call_method1("html", (slf,))
    }

    fn __reduce__<'py>(slf: &Bound<'py, Self>) -> PyResult<(Bound<'py, PyAny>, (Py<PyBytes>,))> {
        let load = slf.get_type().getattr(intern!(slf.py(), "load"))?;
        Ok((load, (slf.get().file.clone_ref(slf.py()),)))
    }

    fn __copy__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __deepcopy__<'py>(slf: &Bound<'py, Self>, _memo: &Bound<'py, PyAny>) -> Bound<'py, Self> {
        slf.clone()
    }

    fn __sklearn_clone__<'py>(slf: &Bound<'py, Self>) -> Bound<'py, Self> {
        slf.clone()
    }

    #[expect(clippy::unused_self, reason = "scikit-learn asks the estimator")]
    fn __sklearn_is_fitted__(&self) -> bool {
        true
    }

    fn __sklearn_tags__<'py>(slf: &Bound<'py, Self>) -> PyResult<Bound<'py, PyAny>> {
        let accepts_missing = slf.get().schema().accepts_missing();
        let n_classes = slf.get().schema().n_classes();
        slf.py().import("iris_py._estimator")?.call_method1("tags", (accepts_missing, n_classes))
    }

    #[classattr]
    fn _estimator_type() -> &'static str {
        "classifier"
    }
}

/// The class of a row; with its probability if a trace wants that.
#[inline]
fn class_of(
    predictor: &iris_core::Predictor,
    request: &mut PredictionRequest<'_>,
    row: &[f64],
) -> iris_core::Result<usize> {
    if !predictor.tracer().is_on() {
        return predictor.predict_class(row);
    }
    request.features(row);
    Ok(request.model_inference(|| predictor.infer(row))?.class_index())
}

/// Runs `work` with room for a row.
#[inline]
fn with_row<T>(len: usize, work: impl FnOnce(&mut [f64]) -> T) -> T {
    if len <= STACK { work(&mut [0.0; STACK][..len]) } else { work(&mut vec![0.0; len]) }
}

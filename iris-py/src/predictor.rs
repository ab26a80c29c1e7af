//! `iris_py.Predictor`: what one is, and how it is made and kept.

mod contributions;
mod description;
mod estimator;
mod predict;
mod predict_arrow;
mod predict_one;

use std::path::PathBuf;

use iris_core::{ColumnKind, Reader, Schema, Task};
use iris_telemetry::model_loading;
use pyo3::intern;
use pyo3::prelude::*;
use pyo3::types::{PyBytes, PyDict, PyTuple, PyType};

use crate::classes::Classes;
use crate::column::Column;
use crate::errors;
use crate::tracing::{self, Traced};

/// A trained classifier or regressor, ready to answer. `Predictor()` is the Iris model that is built in.
///
/// Its methods are those of scikit-learn's estimators, and so are its answers:
/// the same classes, probabilities and values within 1e-12. What only a classifier
/// has, such as `predict_proba`, raises AttributeError of a regressor. It comes fitted: it is made
/// of a file with `load`, or of an estimator with `from_sklearn`. It is immutable,
/// and may be used by many threads at once.
///
/// `X` is always rows by features, in the order of `feature_names_in_`: an array,
/// read where it is if it holds float64, float32, int64 or int32, in any layout; a
/// list of rows; or a frame of pandas or polars, or anything with Arrow's
/// `__arrow_c_stream__`, whose columns are found by name, in any order. Numbers
/// must be finite, unless the model fills in missing values, which are NaN. Columns
/// that the model was fitted on as texts take str, in frames also as categories; of
/// one that it has not seen the encoder in the model decides.
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
    answers: Answers,
    /// Of a model that takes texts.
    columns: Option<Py<PyTuple>>,
    /// Whether some of them hold any text.
    reads_texts: bool,
    traced: Traced,
    file: Py<PyBytes>,
}

/// What the model's answers are, as Python has them.
enum Answers {
    Classes(Classes),
    Values { n_targets: usize },
}

impl Predictor {
    fn schema(&self) -> &Schema {
        self.core.schema()
    }

    fn from_file(py: Python<'_>, file: Bound<'_, PyBytes>) -> PyResult<Self> {
        let (bytes, recorder) = (file.as_bytes(), tracing::recorder());
        let core = py
            .detach(|| model_loading(&recorder, || iris_core::Predictor::read(bytes)))
            .map_err(|error| errors::model_error(&error))?;
        let answers = match core.schema().task() {
            Task::Classify { labels, .. } => Answers::Classes(Classes::new(py, labels)?),
            Task::Regress { n_targets } => Answers::Values { n_targets: *n_targets },
        };
        let columns = Column::all(py, &core)?;
        let reads_texts = core.schema().features().iter().any(|feature| *feature.kind() == ColumnKind::Text);
        Ok(Self { core, answers, columns, reads_texts, traced: Traced::default(), file: file.unbind() })
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
    /// source : str, os.PathLike or bytes; or a list of such
    ///     A file as joblib, pickle, skops, skl2onnx or `save` writes it; of a dict in
    ///     it the entry under a key, as in "model.pkl#model"; a folder as MLflow and
    ///     platforms lay it out, or an archive of one. Several are joined in their order
    ///     as steps of a pipeline are, and a LabelEncoder at the end gives its labels
    ///     back. Nothing that a pickle names is imported or called.
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

    /// The file in a folder that is the model, and names of its columns.
    #[staticmethod]
    fn _locate(py: Python<'_>, folder: PathBuf) -> PyResult<(Bound<'_, PyBytes>, Option<Vec<String>>)> {
        let found = py.detach(|| Reader::new().locate(folder));
        let (bytes, names) = found.map_err(|error| errors::model_error(&error))?;
        Ok((PyBytes::new(py, &bytes), names))
    }

    /// A model from a fitted estimator of scikit-learn's.
    ///
    /// Parameters
    /// ----------
    /// estimator : classifier, regressor or Pipeline
    ///     Fitted. It is pickled in memory and read as any file is; answers given
    ///     by it are put into the model, which must reproduce them.
    /// X_sample : table of numbers, optional
    ///     Rows as they come: some become those that are reproduced, all of them
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
    ///     It is neither a classifier nor a regressor.
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
        let module = py.import(intern!(py, "iris_py._estimators"))?;
        let file = module.call_method1(intern!(py, "to_file"), arguments)?;
        Self::from_file(py, file.cast_into::<PyBytes>()?)
    }

    /// Writes the model to a package that `load` and `iris-server --model` read: its
    /// file, and beside it what the file has no field for. `model.iris` is a usual name.
    ///
    /// The file is complete or not there at all, whatever happens meanwhile.
    ///
    /// Parameters
    /// ----------
    /// path : str or os.PathLike
    ///     Where; a file that is there is replaced.
    #[pyo3(signature = (path, /))]
    fn save(&self, py: Python<'_>, path: &Bound<'_, PyAny>) -> PyResult<()> {
        let metadata = PyDict::new(py);
        metadata.set_item("name", self.schema().name())?;
        metadata.set_item("version", self.schema().version())?;
        metadata.set_item("description", self.schema().description())?;
        let package = py.import(intern!(py, "iris_py._package"))?;
        let packed = package.call_method1(intern!(py, "packed"), (&self.file, metadata))?;
        let module = py.import(intern!(py, "iris_py._files"))?;
        module.call_method1(intern!(py, "write"), (path, packed))?;
        Ok(())
    }

    /// The model as the bytes of an ONNX file, for runtimes of ONNX (opset 13, `ai.onnx.ml` 3).
    ///
    /// It takes `X`, rows of float64, and gives `label` with `probabilities` or `scores`; of a regressor `variable`,
    /// a column a target. Labels are the same; what trees add up is rounded to float32 by such a runtime.
    ///
    /// Written are linear models, trees and boosters without questions about categories, and scalers and imputers in
    /// front of them. ModelError names what is not.
    ///
    /// Examples
    /// --------
    /// >>> from iris_py import Predictor
    /// >>> import onnxruntime
    /// >>> session = onnxruntime.InferenceSession(Predictor().to_onnx())
    /// >>> label, _ = session.run(None, {"X": [(5.1, 3.5, 1.4, 0.2)]})
    /// >>> label.tolist()
    /// ['setosa']
    fn to_onnx<'py>(&self, py: Python<'py>) -> PyResult<Bound<'py, PyBytes>> {
        let file = py.detach(|| self.core.to_onnx()).map_err(|error| errors::model_error(&error))?;
        Ok(PyBytes::new(py, &file))
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
}

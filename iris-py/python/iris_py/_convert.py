"""scikit-learn's estimators as model files, with what ONNX has no field for."""

from __future__ import annotations

import json
import warnings
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_py._double import in_double_precision
from iris_py._equal import unwrapped, with_equal_answers
from iris_py._inputs import to_array
from iris_py._iris_py import UnsupportedModelError

CLASSIFIERS = (
    "LogisticRegression",
    "LogisticRegressionCV",
    "LinearDiscriminantAnalysis",
    "RidgeClassifier",
    "RidgeClassifierCV",
    "LinearSVC",
    "Perceptron",
    "SGDClassifier",
    "OneVsRestClassifier",
)
REGRESSORS = ("LinearRegression", "Ridge", "Lasso", "ElasticNet", "SGDRegressor", "LinearSVR")
SCORES_ONLY = ("LinearSVC", "RidgeClassifier", "RidgeClassifierCV")
STEPS = (
    "StandardScaler",
    "MinMaxScaler",
    "MaxAbsScaler",
    "RobustScaler",
    "Normalizer",
    "SimpleImputer",
    "PCA",
    "ColumnTransformer",
)
# Around the others; they compute nothing.
CONTAINERS = ("Pipeline", "FunctionTransformer")

GOLDEN_ROWS = 8


def to_file(
    estimator: Any, x_sample: Any, feature_names: Sequence[str] | None, name: str, version: str
) -> bytes:
    """The bytes of an ONNX file that answers as the estimator does."""
    try:
        import skl2onnx
        from sklearn.base import is_classifier, is_regressor
        from sklearn.utils.validation import check_is_fitted
    except ImportError as error:
        raise ImportError(f"{error}; converting needs: pip install iris_py[sklearn]") from error
    if not hasattr(estimator, "predict") or not (is_classifier(estimator) or is_regressor(estimator)):
        expected = "a fitted classifier or regressor of scikit-learn's"
        raise TypeError(f"{expected} is expected, not {_shown(estimator)}")
    check_is_fitted(estimator)
    estimator = unwrapped(estimator)
    names = _names(estimator, feature_names)
    if is_classifier(estimator):
        _check_labels(estimator)
    convertible = with_equal_answers(estimator)
    try:
        model = skl2onnx.convert_sklearn(
            convertible,
            name=name,
            initial_types=_inputs(estimator, names),
            options=_options(convertible),
            custom_conversion_functions=in_double_precision(),
        )
    except Exception as error:
        # skl2onnx has an exception of its own for each of many reasons.
        raise _unsupported(estimator, error) from error
    sample = None if x_sample is None else to_array(x_sample, names)
    metadata = {"name": name, "version": version, "feature_names": json.dumps(names)}
    if sample is not None and len(sample):
        metadata["training_statistics"] = json.dumps(_statistics(sample))
    metadata["golden"] = json.dumps(_golden(estimator, _golden_rows(sample, len(names))), allow_nan=False)
    for key in sorted(metadata):
        model.metadata_props.add(key=f"iris.{key}", value=metadata[key])
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def explained(error: Exception, estimator: Any) -> Exception:
    """What the reader of the file refused, in terms of the estimator that the file was made of."""
    return _unsupported(estimator, error) if isinstance(error, UnsupportedModelError) else error


def _unsupported(estimator: Any, error: Exception) -> UnsupportedModelError:
    known = {*CLASSIFIERS, *REGRESSORS, *STEPS, *CONTAINERS}
    unknown = [type(part).__name__ for part in _parts(estimator) if type(part).__name__ not in known]
    subject = " and ".join(dict.fromkeys(unknown)) or _shown(estimator)
    verb = "are" if len(set(unknown)) > 1 else "is"
    supported = f"{', '.join(CLASSIFIERS + REGRESSORS)}; before them {', '.join(STEPS)}"
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    refused = UnsupportedModelError(f"{subject} {verb} not read yet ({reason}). Supported: {supported}.")
    refused.__cause__ = error
    return refused


def _shown(estimator: Any) -> str:
    return " ".join(str(estimator).split()) if hasattr(estimator, "get_params") else type(estimator).__name__


def _parts(estimator: Any) -> Iterator[Any]:
    """The estimator, and everything in it that is one, too."""
    yield estimator
    for _, step in getattr(estimator, "steps", []):
        yield from _parts(step)
    for _, transformer, _ in getattr(estimator, "transformers_", []):
        if not isinstance(transformer, str):
            yield from _parts(transformer)
    if type(estimator).__name__ == "OneVsRestClassifier":
        yield from _parts(estimator.estimator)


def _names(estimator: Any, feature_names: Sequence[str] | None) -> list[str]:
    """What the features are called."""
    n_features = estimator.n_features_in_
    if feature_names is None:
        fitted = getattr(estimator, "feature_names_in_", None)
        names = [f"x{index}" for index in range(n_features)] if fitted is None else list(fitted)
    else:
        names = list(feature_names)
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong:
        raise TypeError(f"feature_names must be strings, not {wrong[0]!r}")
    if len(names) != n_features:
        raise ValueError(f"feature_names has {len(names)} names, the estimator has {n_features} features")
    return [str(name) for name in names]


def _inputs(estimator: Any, names: Sequence[str]) -> list[tuple[str, Any]]:
    """One table; or, for what looks columns up by name, one column a feature."""
    from skl2onnx.common.data_types import DoubleTensorType

    if any(type(part).__name__ == "ColumnTransformer" for part in _parts(estimator)):
        return [(name, DoubleTensorType([None, 1])) for name in names]
    return [("X", DoubleTensorType([None, len(names)]))]


def _options(estimator: Any) -> dict[Any, dict[str, bool]]:
    """Arrays instead of a dict a row; and scores as they are, or they are not converted to double."""
    from sklearn.base import is_regressor

    last = _last(estimator)
    if is_regressor(last):
        return {}
    return {type(last): {"raw_scores": True} if type(last).__name__ in SCORES_ONLY else {"zipmap": False}}


def _last(estimator: Any) -> Any:
    steps = getattr(estimator, "steps", None)
    return _last(steps[-1][1]) if steps else estimator


def _golden_rows(sample: NDArray[np.float64] | None, n_features: int) -> NDArray[np.float64]:
    """Rows from the sample, evenly spread; or such as standardised data has."""
    if sample is None or not len(sample):
        return np.random.default_rng(0).normal(size=(GOLDEN_ROWS, n_features))
    chosen: NDArray[np.float64] = sample[np.linspace(0, len(sample) - 1, GOLDEN_ROWS).astype(int)]
    return chosen


def _golden(estimator: Any, rows: NDArray[np.float64]) -> dict[str, Any]:
    """Rows with the estimator's own answers; a model that gives others is refused when it is loaded."""
    from sklearn.base import is_regressor

    methods = {"decision_function": "decision_function", "probabilities": "predict_proba"}
    if is_regressor(estimator):
        methods = {"values": "predict"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        x = _as_fitted(estimator, rows)
        answers = {
            key: getattr(estimator, method)(x).reshape(len(rows), -1).tolist()
            for key, method in methods.items()
            if hasattr(estimator, method)
        }
        if not is_regressor(estimator):
            answers["labels"] = [_label(label) for label in estimator.predict(x).tolist()]
    inputs = [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]
    return {"inputs": inputs, **answers}


def _as_fitted(estimator: Any, rows: NDArray[np.float64]) -> Any:
    """A frame for what was fitted on one: it may look columns up by name."""
    names = getattr(estimator, "feature_names_in_", None)
    if names is None:
        return rows
    try:
        import pandas
    except ImportError:
        return rows
    return pandas.DataFrame(rows, columns=names)


def _check_labels(estimator: Any) -> None:
    if isinstance(estimator.classes_, list) or getattr(_last(estimator), "multilabel_", False):
        raise UnsupportedModelError(f"{_shown(estimator)} gives several labels a row, which are not read")
    classes = np.asarray(estimator.classes_)
    if classes.dtype.kind in "iu" and abs(classes.astype(np.float64)).max() > np.iinfo(np.int32).max:
        raise UnsupportedModelError("integer labels of more than 32 bits are not read; use strings")
    if classes.dtype.kind == "f" and (classes != classes.astype(np.int32)).any():
        raise UnsupportedModelError(f"labels must be strings or integers, not {classes.tolist()[:3]}")


def _label(label: Any) -> str | int:
    """As the file has it: a string, or an integer for everything that counts."""
    return label if isinstance(label, str) else int(label)


def _statistics(sample: NDArray[np.float64]) -> dict[str, Any]:
    """Of each feature, what was not missing."""
    empty = np.isnan(sample).all(axis=0)
    known = np.where(empty, 0.0, sample)
    return {
        "n_samples": len(sample),
        "min": np.nanmin(known, axis=0).tolist(),
        "max": np.nanmax(known, axis=0).tolist(),
        "mean": np.nanmean(known, axis=0).tolist(),
        "std": np.nanstd(known, axis=0).tolist(),
    }

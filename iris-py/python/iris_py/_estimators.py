"""Fitted estimators as packages: pickled, with names, statistics and answers to be reproduced."""

from __future__ import annotations

import math
import pickle
import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_py import _columns, _inputs
from iris_py._iris_py import Predictor, UnsupportedModelError
from iris_py._package import pack

Cell = float | bool | str | None

GOLDEN_ROWS = 8
METHODS = {"decision_function": "decision_function", "probabilities": "predict_proba"}


def to_file(
    estimator: Any, x_sample: Any, feature_names: Sequence[str] | None, name: str, version: str
) -> bytes:
    """The bytes of a package that answers as the estimator does."""
    _check(estimator)
    metadata: dict[str, Any] = {"name": name, "version": version}
    if feature_names is not None:
        metadata["feature_names"] = _names(estimator, feature_names)
    try:
        file = pickle.dumps(estimator, protocol=5)
    except (pickle.PicklingError, AttributeError, TypeError) as error:
        raise UnsupportedModelError(f"{_shown(estimator)} cannot be pickled: {error}") from error
    predictor = Predictor.load(pack({"model.pkl": file}, metadata))
    metadata["training_statistics"] = None if x_sample is None else _statistics(predictor, x_sample)
    rows = _made_up(predictor) if x_sample is None else _chosen(predictor, x_sample)
    metadata["golden"] = _golden(estimator, predictor, rows)
    return pack({"model.pkl": file}, metadata)


def _check(estimator: Any) -> None:
    try:
        from sklearn.base import is_classifier, is_regressor
        from sklearn.utils.validation import check_is_fitted
    except ImportError as error:
        raise ImportError(f"{error}; an estimator of scikit-learn's needs it") from error
    if not hasattr(estimator, "predict") or not (is_classifier(estimator) or is_regressor(estimator)):
        expected = "a fitted classifier or regressor of scikit-learn's"
        raise TypeError(f"{expected} is expected, not {_shown(estimator)}")
    check_is_fitted(estimator)


def _shown(estimator: Any) -> str:
    return " ".join(str(estimator).split()) if hasattr(estimator, "get_params") else type(estimator).__name__


def _names(estimator: Any, feature_names: Sequence[str]) -> list[str]:
    names = list(feature_names)
    wrong = [name for name in names if not isinstance(name, str)]
    if wrong:
        raise TypeError(f"feature_names must be strings, not {wrong[0]!r}")
    n_features = getattr(estimator, "n_features_in_", len(names))
    if len(names) != n_features:
        raise ValueError(f"feature_names has {len(names)} names, the estimator has {n_features} features")
    return [str(name) for name in names]


def _numbers(predictor: Predictor, table: Any) -> NDArray[np.float64]:
    """The table as the predictor takes it, codes in the place of texts."""
    if predictor._columns is not None:
        return _columns.to_array(table, predictor._columns)
    if isinstance(table, np.ndarray) and table.ndim == 2:
        return table.astype(np.float64)
    return _inputs.to_array(table, tuple(predictor.feature_names_in_))


def _statistics(predictor: Predictor, table: Any) -> dict[str, Any] | None:
    """Of each feature that is a number, what was not missing."""
    sample = _numbers(predictor, table)
    if not len(sample):
        return None
    holds_texts = np.array([texts is not None for texts in predictor.feature_categories])
    no_number: NDArray[np.bool_] = np.isnan(sample).all(axis=0) | holds_texts
    known = np.where(no_number, 0.0, sample)
    measures: dict[str, Callable[..., Any]] = {
        "min": np.nanmin,
        "max": np.nanmax,
        "mean": np.nanmean,
        "std": np.nanstd,
    }
    statistics: dict[str, Any] = {"n_samples": len(sample)}
    for name, measure in measures.items():
        values = measure(known, axis=0).tolist()
        statistics[name] = [None if skip else value for value, skip in zip(values, no_number, strict=True)]
    spreads = [None if skip else _spread(column) for column, skip in zip(sample.T, no_number, strict=True)]
    for name in ("edges", "shares", "missing"):
        statistics[name] = [None if spread is None else spread[name] for spread in spreads]
    return statistics


def _spread(column: NDArray[np.float64]) -> dict[str, Any] | None:
    """Tenths of a feature's values with the share of each, to see later whether others are spread alike."""
    there = column[~np.isnan(column)]
    edges = np.unique(np.quantile(there, np.linspace(0.1, 0.9, 9), method="lower"))
    if not np.isfinite(edges).all():
        return None
    counts = np.bincount(np.searchsorted(edges, there), minlength=len(edges) + 1)
    shares = (counts / len(column)).tolist()
    return {"edges": edges.tolist(), "shares": shares, "missing": 1.0 - len(there) / len(column)}


def _chosen(predictor: Predictor, table: Any) -> list[list[Cell]]:
    """Rows of the sample, evenly spread."""
    numbers = _numbers(predictor, table)
    if not len(numbers):
        return _made_up(predictor)
    indices = np.linspace(0, len(numbers) - 1, GOLDEN_ROWS).astype(int)
    return [_cells(predictor, row) for row in numbers[indices].tolist()]


def _made_up(predictor: Predictor) -> list[list[Cell]]:
    """Rows such as standardised data has, with any of the texts that a column may hold."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(GOLDEN_ROWS, predictor.n_features_in_))
    for column, texts in enumerate(predictor.feature_categories):
        if texts:
            numbers[:, column] = random.integers(0, len(texts), GOLDEN_ROWS)
    return [_cells(predictor, row) for row in numbers.tolist()]


def _cells(predictor: Predictor, row: list[float]) -> list[Cell]:
    """The values of a row, in which codes stand for texts."""
    return [
        None if math.isnan(value) else value if texts is None else _text(texts, value)
        for value, texts in zip(row, predictor.feature_categories, strict=True)
    ]


def _text(texts: list[str], code: float) -> str:
    """A text; one that no column knows where the code says so."""
    return texts[int(code)] if code < len(texts) else "\N{REPLACEMENT CHARACTER}"


def _golden(estimator: Any, predictor: Predictor, rows: list[list[Cell]]) -> dict[str, Any] | None:
    """Rows with the estimator's own answers; a model that gives others is refused when it is loaded."""
    x = _as_fitted(estimator, predictor, rows)
    # A classifier of several labels a row has no classes in common to all, and answers numbers.
    has_classes = hasattr(predictor, "classes_")
    methods = METHODS if has_classes else {"values": "predict"}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        try:
            answers = {
                key: np.asarray(getattr(estimator, method)(x)).reshape(len(rows), -1).tolist()
                for key, method in methods.items()
                if hasattr(estimator, method) and hasattr(predictor, method)
            }
            if has_classes:
                answers["labels"] = np.asarray(estimator.predict(x)).tolist()
        except ValueError:
            # An encoder that refuses what it was not fitted on has no answer to rows that were made up.
            return None
    return {"inputs": rows, **answers}


def _as_fitted(estimator: Any, predictor: Predictor, rows: list[list[Cell]]) -> Any:
    """A frame for what was fitted on one, or dictionaries: it may look columns up by name."""
    first = estimator
    while hasattr(first, "steps"):
        first = first.steps[0][1]
    if type(first).__name__ == "DictVectorizer":
        known = [zip(predictor.feature_names_in_, row, strict=True) for row in rows]
        return [{name: cell for name, cell in row if cell is not None} for row in known]
    names = getattr(estimator, "feature_names_in_", None)
    if names is not None:
        try:
            import pandas
        except ImportError:
            pass
        else:
            return pandas.DataFrame(rows, columns=names)
    return np.array(rows, dtype=object if any(isinstance(cell, str) for cell in rows[0]) else np.float64)

"""Fitted estimators as packages: pickled, with names, statistics and answers to be reproduced."""

from __future__ import annotations

import math
import pickle
import warnings
from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_py import _columns, _inputs
from iris_py._columns import Column
from iris_py._iris_py import InputError, Predictor, UnsupportedModelError
from iris_py._package import pack

Cell = float | bool | str | None

GOLDEN_ROWS = 8
METHODS = {"decision_function": "decision_function", "probabilities": "predict_proba"}

# Texts and classes that have a share of their own in a package; the others have one together.
KNOWN_SHARES = 63


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
    sample = None if x_sample is None else _Sample(predictor, x_sample)
    metadata["training_statistics"] = _statistics(predictor, x_sample, sample) if sample else None
    rows = _chosen(sample) if sample else _made_up(predictor)
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


class _FreeText:
    """A column of free text, of which it remembers what its numbers stand for."""

    is_text = is_free = is_used = True

    def __init__(self, column: Column) -> None:
        self.name = column.name
        self.texts: list[Any] = []
        self._column = column

    def encode(self, values: Any) -> NDArray[np.float64]:
        values = list(values)
        numbers = np.where(np.isnan(self._column.encode(values)), np.nan, np.arange(len(values)))
        self.texts = values
        return numbers

    def lengths(self, numbers: NDArray[np.float64]) -> NDArray[np.float64]:
        return np.array([math.nan if math.isnan(number) else len(self.text(number)) for number in numbers])

    def text(self, number: float) -> str:
        return str(self.texts[int(number)])


class _Sample:
    """A table as numbers, as the predictor takes it, and what stands for texts there."""

    def __init__(self, predictor: Predictor, table: Any) -> None:
        self.columns: list[Column | None] = [None] * predictor.n_features_in_
        self.categories = predictor.feature_categories
        if predictor._columns is not None:
            known = [_FreeText(column) if column.is_free else column for column in predictor._columns]
            self.numbers = _columns.to_array(table, known)
            self.columns = [column if column.is_text else None for column in known]
        elif isinstance(table, np.ndarray) and table.ndim == 2:
            self.numbers = table.astype(np.float64)
        else:
            self.numbers = _inputs.to_array(table, tuple(predictor.feature_names_in_))

    def __len__(self) -> int:
        return len(self.numbers)

    def cells(self, row: int) -> list[Cell]:
        """The values of a row, texts as they are."""
        return [self._cell(index, value) for index, value in enumerate(self.numbers[row].tolist())]

    def _cell(self, index: int, value: float) -> Cell:
        column, categories = self.columns[index], self.categories[index]
        if math.isnan(value):
            return None
        return column.text(value) if isinstance(column, _FreeText) else _value(categories, value)

    def spread(self, index: int) -> dict[str, Any] | None:
        """How the values of a column are spread."""
        column, numbers, categories = self.columns[index], self.numbers[:, index], self.categories[index]
        if isinstance(column, _FreeText):
            return _spread(column.lengths(numbers))
        if column is None or categories is None:
            return _spread(numbers)
        counts = Counter(numbers.tolist())
        known = zip(categories, column.encode(categories).tolist(), strict=True)
        of_text = Counter({text: counts[code] for text, code in known if counts[code]})
        common = of_text.most_common(KNOWN_SHARES)
        missing = int(np.isnan(numbers).sum())
        others = len(numbers) - missing - sum(count for _, count in common)
        shares = [count / len(numbers) for count in (*(count for _, count in common), others)]
        return {"texts": [text for text, _ in common], "shares": shares, "missing": missing / len(numbers)}


def _statistics(predictor: Predictor, table: Any, sample: _Sample) -> dict[str, Any]:
    """Of each feature what was not missing, and how its values and the answers are spread."""
    holds_texts = np.array([column is not None for column in sample.columns])
    no_number: NDArray[np.bool_] = np.isnan(sample.numbers).all(axis=0) | holds_texts
    known = np.where(no_number, 0.0, sample.numbers)
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
    spreads = [sample.spread(index) or {} for index in range(len(sample.columns))]
    for name in ("edges", "texts", "shares", "missing"):
        statistics[name] = [spread.get(name) for spread in spreads]
    statistics["answers"] = _answers(predictor, table)
    return statistics


def _answers(predictor: Predictor, table: Any) -> dict[str, Any] | None:
    """How the answers to the sample are spread: classes in their order, or the values of one target."""
    try:
        answers = np.asarray(predictor.predict(table))
    except InputError:
        # The sample has rows that the model refuses.
        return None
    classes = getattr(predictor, "classes_", None)
    if classes is None:
        return _spread(answers.ravel().astype(np.float64)) if answers.size == len(answers) else None
    if len(classes) > KNOWN_SHARES:
        return None
    return {"shares": [float((answers == label).mean()) for label in classes]}


def _spread(column: NDArray[np.float64]) -> dict[str, Any] | None:
    """Tenths of a feature's values with the share of each, to see later whether others are spread alike."""
    there = column[~np.isnan(column)]
    if not len(there):
        return None
    edges = np.unique(np.quantile(there, np.linspace(0.1, 0.9, 9), method="lower"))
    if not np.isfinite(edges).all():
        return None
    counts = np.bincount(np.searchsorted(edges, there), minlength=len(edges) + 1)
    shares = (counts / len(column)).tolist()
    return {"edges": edges.tolist(), "shares": shares, "missing": 1.0 - len(there) / len(column)}


def _chosen(sample: _Sample) -> list[list[Cell]]:
    """Rows of the sample, evenly spread."""
    return [sample.cells(row) for row in np.linspace(0, len(sample) - 1, GOLDEN_ROWS).astype(int)]


def _made_up(predictor: Predictor) -> list[list[Cell]]:
    """Rows such as standardised data has, with any of the texts that a column may hold."""
    random = np.random.default_rng(0)
    numbers = random.normal(size=(GOLDEN_ROWS, predictor.n_features_in_))
    for column, texts in enumerate(predictor.feature_categories):
        if texts:
            numbers[:, column] = random.integers(0, len(texts), GOLDEN_ROWS)
    is_free = [column.is_free for column in predictor._columns or ()] or [False] * predictor.n_features_in_
    return [
        [
            "".join(random.choice(list("aeinst "), 40)) if free else _value(categories, number)
            for number, categories, free in zip(row, predictor.feature_categories, is_free, strict=True)
        ]
        for row in numbers.tolist()
    ]


def _value(categories: list[str] | None, number: float) -> float | str:
    """A number, or the text that it is the code of; one that no column knows where the code says so."""
    if categories is None:
        return number
    return categories[int(number)] if number < len(categories) else "\N{REPLACEMENT CHARACTER}"


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
    if names is None and [column.is_free for column in predictor._columns or ()] == [True]:
        # A vectorizer takes texts one behind the other, and no table.
        return [row[0] for row in rows]
    if names is not None:
        try:
            import pandas
        except ImportError:
            pass
        else:
            return pandas.DataFrame(rows, columns=names)
    return np.array(rows, dtype=object if any(isinstance(cell, str) for cell in rows[0]) else np.float64)

"""What the expressions of cases may name: scikit-learn's classes and some few functions."""

import importlib
import importlib.util
import inspect
from functools import partial

import numpy as np
import scipy.special
from sklearn.compose import ColumnTransformer
from sklearn.experimental import (  # noqa: F401
    enable_halving_search_cv,
    enable_hist_gradient_boosting,
    enable_iterative_imputer,
)
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from frames import kinds

MODULES = """calibration cluster compose covariance cross_decomposition decomposition
    discriminant_analysis dummy ensemble feature_extraction feature_extraction.text feature_selection frozen
    gaussian_process gaussian_process.kernels impute isotonic kernel_approximation kernel_ridge linear_model
    manifold mixture model_selection multiclass multioutput naive_bayes neighbors neural_network pipeline
    preprocessing random_projection semi_supervised svm tree"""
BOOSTERS = {
    "xgboost": {"n_estimators": 8, "n_jobs": 1},
    "lightgbm": {"n_estimators": 8, "n_jobs": 1, "verbose": -1},
    "catboost": {"iterations": 8, "thread_count": 1, "verbose": False, "allow_writing_files": False},
}
"""Small and silent, where a case does not say otherwise."""


def _public():
    found = {"np": np, "scipy": scipy}
    for name in MODULES.split():
        try:
            module = importlib.import_module(f"sklearn.{name}")
        except ImportError:
            continue
        found.update({name: getattr(module, name) for name in dir(module) if not name.startswith("_")})
    return {
        name: value for name, value in found.items() if not inspect.ismodule(value) or name in ("np", "scipy")
    }


def _boosters():
    found = {}
    for name, usual in BOOSTERS.items():
        if importlib.util.find_spec(name) is None:
            continue
        module = importlib.import_module(name)
        classes = [each for each in dir(module) if each.startswith(("XGB", "LGBM", "CatBoost"))]
        found.update({each: partial(getattr(module, each), **usual) for each in classes})
    return found


PUBLIC = {**_public(), **_boosters()}


def namespace(table, y):
    """Everything by name; `mixed`, `fitted` and `first` are of these data."""

    def mixed():
        """The usual preparation of a table with numbers, words and flags."""
        columns = [name for name, _ in kinds(table)]
        numbers = [name for name in ("age", "income", "rooms", "floor") if name in columns]
        words = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(handle_unknown="ignore"))
        ways = [
            ("n", make_pipeline(SimpleImputer(), StandardScaler()), numbers),
            ("w", words, ["city", "size"]),
            ("b", "passthrough", ["garden"]),
        ]
        return ColumnTransformer(ways)

    def of_text(vectorizer):
        """A vectorizer of the column of texts."""
        return ColumnTransformer([("text", vectorizer, "text")])

    def and_length(vectorizer):
        """The same with a number beside it."""
        return ColumnTransformer([("text", vectorizer, "text"), ("length", StandardScaler(), ["length"])])

    def fitted(estimator):
        """Fitted on what it will see: behind columns of kinds stands `mixed`."""
        columns = kinds(table) or []
        rows = mixed().fit_transform(table, y) if "city" in dict(columns) else table
        return estimator.fit(rows, y)

    def first():
        """The first class."""
        return np.unique(y).tolist()[0]

    def held():
        """Some of the rows with some wrong targets, so that learning ends early."""
        kept = np.arange(1, len(y), 3)
        wrong = np.where(np.arange(len(kept)) % 4 == 1, np.roll(kept, 1), kept)
        return (table.iloc[kept] if hasattr(table, "iloc") else table[kept]), y[wrong]

    return {
        **PUBLIC,
        "X": table,
        "y": y,
        "mixed": mixed,
        "of_text": of_text,
        "and_length": and_length,
        "fitted": fitted,
        "first": first,
        "held": held,
        "queries": lambda: [len(y) % 20 + 20] + [20] * (len(y) // 20 - 1),
    }

"""Estimators as others that answer the same, which skl2onnx converts, or converts rightly."""

from __future__ import annotations

import copy
from typing import Any

import numpy as np


def unwrapped(estimator: Any) -> Any:
    """The estimator that answers: the best of a search; a pipeline without pipelines in it and idle steps."""
    from sklearn.pipeline import make_pipeline

    if hasattr(estimator, "best_estimator_"):
        return unwrapped(estimator.best_estimator_)
    if type(estimator).__name__ == "FrozenEstimator":
        return unwrapped(estimator.estimator)
    return make_pipeline(*_flat(estimator)) if hasattr(estimator, "steps") else estimator


def _flat(estimator: Any) -> list[Any]:
    """The steps of a pipeline in their order, or the one estimator."""
    if not hasattr(estimator, "steps"):
        return [estimator]
    steps = [unwrapped(step) for _, step in estimator.steps if step not in (None, "passthrough")]
    return [part for step in steps for part in _flat(step)]


def with_equal_answers(estimator: Any) -> Any:
    """The estimator itself, unless it, or the last step of it, has to be another for its conversion."""
    from sklearn.base import is_regressor
    from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
    from sklearn.pipeline import Pipeline

    if isinstance(estimator, Pipeline):
        name, last = estimator.steps[-1]
        return Pipeline([*estimator.steps[:-1], (name, with_equal_answers(last))])
    if isinstance(estimator, LinearDiscriminantAnalysis) and len(estimator.classes_) == 2:
        return _logistic_regression(estimator)
    if is_regressor(estimator) and hasattr(estimator, "coef_") and hasattr(estimator, "intercept_"):
        return _with_an_intercept_a_target(estimator)
    return estimator


def _logistic_regression(discriminant: Any) -> Any:
    """The same function, and converted rightly.

    skl2onnx writes a linear discriminant analysis of two classes as softmax(-s, s), twice its score.
    """
    from sklearn.base import clone
    from sklearn.linear_model import LogisticRegression

    equal = clone(LogisticRegression())
    for attribute in ("classes_", "coef_", "intercept_", "n_features_in_"):
        setattr(equal, attribute, getattr(discriminant, attribute))
    return equal


def _with_an_intercept_a_target(regressor: Any) -> Any:
    """skl2onnx wants an array of intercepts, where scikit-learn has the number 0.0 if it fits none."""
    n_targets = len(regressor.coef_) if np.ndim(regressor.coef_) == 2 else 1
    equal = copy.copy(regressor)
    equal.intercept_ = np.broadcast_to(np.ravel(regressor.intercept_), (n_targets,)).astype(np.float64)
    return equal

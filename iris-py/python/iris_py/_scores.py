"""How well answers agree with the truth, as scikit-learn measures it, without scikit-learn."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_py._iris_py import InputError


def accuracy(predicted: Any, y: Any, sample_weight: Any) -> float:
    """The share of labels that are equal."""
    y = np.asarray(y)
    if y.shape != predicted.shape:
        raise InputError(f"y has the shape {y.shape}, there are labels for {predicted.shape[0]} rows")
    return float(np.average(predicted == y, weights=sample_weight))


def r2(predicted: NDArray[np.float64], y: Any, sample_weight: Any) -> float:
    """The coefficient of determination, its mean over the targets.

    A target that does not vary counts 1 where it is met exactly, and 0 otherwise.
    """
    truth = _values(y, predicted.shape)
    predicted = predicted.reshape(truth.shape)
    if len(truth) < 2:
        warnings.warn("R² is not defined for fewer than two rows", UserWarning, stacklevel=2)
        return float("nan")
    weights = _weights(sample_weight, len(truth))
    mean = np.average(truth, axis=0, weights=None if sample_weight is None else weights[:, 0])
    unexplained = (weights * (truth - predicted) ** 2).sum(axis=0)
    total = (weights * (truth - mean) ** 2).sum(axis=0)
    varies = total != 0
    scores = np.where(unexplained == 0, 1.0, 0.0)
    scores[varies] = 1 - unexplained[varies] / total[varies]
    return float(scores.mean())


def _values(y: Any, shape: tuple[int, ...]) -> NDArray[np.float64]:
    """`y` as one column a target; one of a single target may lack its axis, as in scikit-learn."""
    values = np.asarray(y, dtype=np.float64)
    table = values.reshape(-1, 1) if values.ndim == 1 else values
    expected = (shape[0], 1) if len(shape) == 1 else shape
    if table.shape != expected:
        raise InputError(f"y has the shape {values.shape}, the answers have {shape}")
    if not np.isfinite(table).all():
        raise InputError("y holds a number that is not finite")
    return table


def _weights(sample_weight: Any, n_rows: int) -> NDArray[np.float64]:
    """One column, which counts every row alike if there are none."""
    if sample_weight is None:
        return np.ones((1, 1))
    weights = np.asarray(sample_weight, dtype=np.float64)
    if weights.shape != (n_rows,):
        raise InputError(f"sample_weight has the shape {weights.shape}, there are {n_rows} rows")
    return weights[:, np.newaxis]

"""How near a number has to be: to a share of its neighbours; of trees to the last bit, or two steps."""

from __future__ import annotations

from typing import Any

import numpy as np

RELATIVE = 1e-12
SUMS_OF_KERNELS = 1e-9
"""Of classes in which a sum of many kernels, or one of BLAS's products, cancels nearly all of itself, and of
those that solve a system for each row."""
KERNELS = (
    "BayesianGaussianMixture",
    "GaussianMixture",
    "GaussianProcess",
    "Isomap",
    "KernelPCA",
    "KernelRidge",
    "LocallyLinearEmbedding",
    "NuSV",
    "Nystroem",
    "OneClassSVM",
    "SVC",
    "SVR",
)
STEPS = 2
OWN_EXPONENTIAL = 64
"""Steps of what CatBoost's own exponential is in; it is some ten units in the last place off itself."""
CONTRIBUTIONS, CONTRIBUTIONS_OF_SINGLE = 1e-9, 1e-5
"""Of the largest contribution to a row; sums over all ways through all trees are of no one order."""
BOOSTERS = {
    "XGB": ("xgboost", np.float32),
    "LGBM": ("lightgbm", np.float64),
    "CatBoost": ("catboost", np.float64),
}
"""By how the names of its classes begin: a library, and the type in which it answers."""

TREES = ("DecisionTree", "ExtraTree", "RandomForest", "HistGradientBoosting")
"""How the names of scikit-learn's own begin; of those that start at a logarithm numpy's releases differ."""


class Wrong(Exception):
    """An answer that is not the oracle's."""


def compare(item: dict[str, Any], method: str, expected: Any, got: Any) -> bool:
    """By the rule of the case's class. Whether all bits agree."""
    if within := item.get("within"):
        return compare_numbers(method, expected, got, within)
    of = item.get("class", "")
    kinds = [kind for start, (_, kind) in BOOSTERS.items() if of.startswith(start)]
    own = of.startswith(TREES)
    if not kinds and not own:
        relative = SUMS_OF_KERNELS if of.startswith(KERNELS) else RELATIVE
        return compare_numbers(method, expected, got, relative)
    # Where scikit-learn has no margin, the prediction is what trees add up to.
    margin = item["answers"].get("margin", expected if own else None)
    exact = method == "decision_function" or (method == "predict" and margin == expected)
    if own and not exact:
        # Of numpy's own exponential.
        return compare_numbers(method, expected, got)
    kind = kinds[0] if kinds else np.float64
    steps = 0 if exact else STEPS
    if of.startswith("CatBoost"):
        # CatBoost's own parser of JSON misses the nearest double of leaves and scale.
        if any(name.endswith(".own.json") for name in item.get("files", [])):
            return compare_numbers(method, expected, got)
        steps = 0 if exact else OWN_EXPONENTIAL
    return compare_steps(method, expected, got, kind, steps=steps)


def compare_labels(expected: list[Any], got: list[Any]) -> None:
    """Equal on every row, and of the same type."""
    if len(expected) != len(got):
        raise Wrong(f"{len(got)} labels for {len(expected)} rows")
    for row, (want, have) in enumerate(zip(expected, got, strict=True)):
        if want != have or type(want) is not type(have):
            raise Wrong(f"row {row} is {have!r}, expected {want!r}")


def compare_numbers(method: str, expected: Any, got: Any, relative: float = RELATIVE) -> bool:
    """Whether all bits agree.

    They may differ by this share of the largest among the number, its row's, and the median of its column:
    a sum that comes out small has the error of what was added.
    """
    want, have = _arrays(method, expected, got)
    flat = np.abs(want.reshape(len(want), -1))
    scale = np.maximum(np.maximum(flat, flat.max(axis=1, keepdims=True)), np.median(flat, axis=0)).reshape(
        want.shape
    )
    return _compared(method, want, have, relative * scale)


def compare_contributions(expected: Any, got: Any, of: str) -> None:
    """To a share of the largest of the row: XGBoost adds them up in single precision."""
    want, have = _arrays("predict_contributions", expected, got)
    share = CONTRIBUTIONS_OF_SINGLE if of.startswith("XGB") else CONTRIBUTIONS
    largest = np.abs(want.reshape(len(want), -1)).max(axis=1).reshape(-1, *[1] * (want.ndim - 1))
    _compared("predict_contributions", want, have, np.broadcast_to(share * largest, want.shape))


def compare_steps(method: str, expected: Any, got: Any, kind: type, steps: int) -> bool:
    """Whether all bits agree.

    They may differ by so many steps of the type. Of two probabilities the lesser is 1 minus the other, and
    has its error.
    """
    want, have = _arrays(method, expected, got)
    largest = np.abs(want)
    if method == "predict_proba" and want.shape[1:] == (2,):
        largest = largest.max(axis=1, keepdims=True)
    return _compared(method, want, have, steps * np.spacing(largest.astype(kind)).astype(float))


def _arrays(method: str, expected: Any, got: Any) -> tuple[np.ndarray, np.ndarray]:
    want, have = np.asarray(expected, dtype=float), np.asarray(got, dtype=float)
    if want.shape != have.shape:
        raise Wrong(f"{method} has the shape {have.shape}, expected {want.shape}")
    return want, have


def _compared(method: str, want: np.ndarray, have: np.ndarray, tolerance: np.ndarray) -> bool:
    close = np.abs(have - want) <= tolerance
    if not close.all():
        place = tuple(int(index) for index in np.argwhere(~close)[0])
        off = f"{(~close).sum()} of {close.size} are off"
        raise Wrong(f"{method} at {place} is {float(have[place])!r}, expected {float(want[place])!r} ({off})")
    return bool((want == have).all())

"""`predict_contributions`, against the libraries, shap, and the definition of Shapley values."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from itertools import combinations
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from iris_py import Predictor
from sklearn.datasets import load_breast_cancer, load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostRegressor,
    ExtraTreesRegressor,
    GradientBoostingRegressor,
    RandomForestClassifier,
)
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

SAID = Path(__file__).parents[2] / "iris-core/testdata/contributions"
CASES = json.loads((SAID / "answers.json").read_text(encoding="utf-8"))
FEW = 40


def near(got: Any, expected: Any, tolerance: float) -> None:
    """Within a share of the largest of each row."""
    got, expected = np.asarray(got), np.asarray(expected, dtype=float)
    assert got.shape == expected.shape
    flat = np.abs(expected.reshape(len(expected), -1)).max(axis=1)
    scale = flat.reshape(-1, *[1] * (expected.ndim - 1))
    assert (np.abs(got - expected) <= tolerance * scale).all()


@pytest.mark.parametrize("case", CASES, ids=[case["file"] for case in CASES])
def test_every_library_s_own(case: dict[str, Any]) -> None:
    predictor = Predictor.load(SAID / case["file"])
    rows = case["rows"]
    if any(isinstance(cell, str) for row in rows for cell in row):
        table = pd.DataFrame(rows, columns=predictor.feature_names_in_)
    else:
        table = np.array(rows, dtype=float)
    got = predictor.predict_contributions(table)
    assert got.dtype == np.float64
    near(got.reshape(len(rows), -1), case["contributions"], case["tolerance"])


def value(tree: Any, row: np.ndarray, known: frozenset[int], node: int = 0) -> np.ndarray:
    """What a tree of scikit-learn's answers where it knows these features only."""
    left, right = tree.children_left[node], tree.children_right[node]
    if left < 0:
        leaf = tree.value[node][:, 0] if tree.n_outputs > 1 else tree.value[node][0]
        return np.asarray(leaf)
    feature = tree.feature[node]
    if feature in known:
        side = left if np.float32(row[feature]) <= tree.threshold[node] else right
        return value(tree, row, known, side)
    weights = tree.weighted_n_node_samples[[left, right]] / tree.weighted_n_node_samples[[left, right]].sum()
    sides = [value(tree, row, known, side) for side in (left, right)]
    return np.asarray(weights[0] * sides[0] + weights[1] * sides[1])


def shapley(trees: list[Any], row: np.ndarray) -> np.ndarray:
    """[outputs, features + 1], by the definition."""
    n = len(row)
    sets = [frozenset(some) for size in range(n + 1) for some in combinations(range(n), size)]
    of = {known: np.mean([value(tree, row, known) for tree in trees], axis=0) for known in sets}
    out = np.zeros((len(of[frozenset()]), n + 1))
    out[:, n] = of[frozenset()]
    for feature in range(n):
        for known in (each for each in sets if feature not in each):
            weight = math.factorial(len(known)) * math.factorial(n - len(known) - 1) / math.factorial(n)
            out[:, feature] += weight * (of[known | {feature}] - of[known])
    return out


def test_shapley_values_by_their_definition() -> None:
    X, y = load_iris(return_X_y=True)
    both = np.c_[X[:, 0], -X[:, 2]]
    few = X[::10, :3]
    for model, target in [
        (DecisionTreeClassifier(random_state=0), y),
        (RandomForestClassifier(4, random_state=0), y),
        (ExtraTreesRegressor(3, max_depth=6, random_state=0), both),
    ]:
        model.fit(X[:, :3], target, sample_weight=np.linspace(0.1, 3, len(X)))
        trees = [each.tree_ for each in getattr(model, "estimators_", [model])]
        got = Predictor.from_sklearn(model).predict_contributions(few)
        near(got, [shapley(trees, row) for row in few], 1e-12)


def test_they_add_up_to_the_answer() -> None:
    X, y = load_diabetes(return_X_y=True)
    model = GradientBoostingRegressor(n_estimators=30, random_state=0).fit(X, y)
    got = Predictor.from_sklearn(model).predict_contributions(X)
    assert got.shape == (len(X), X.shape[1] + 1)
    np.testing.assert_allclose(got.sum(axis=1), model.predict(X), rtol=1e-11)
    assert (got[:, -1] == got[0, -1]).all()


def test_one_row_is_a_row_of_the_batch() -> None:
    X, y = load_diabetes(return_X_y=True)
    predictor = Predictor.from_sklearn(DecisionTreeRegressor(random_state=0).fit(X, y))
    together = predictor.predict_contributions(X[:FEW])
    alone = [predictor.predict_contributions(row[None])[0] for row in X[:FEW]]
    np.testing.assert_array_equal(together, alone)


def test_who_is_no_sum_of_features_says_why() -> None:
    X, y = load_diabetes(return_X_y=True)
    predictor = Predictor.from_sklearn(AdaBoostRegressor(n_estimators=5, random_state=0).fit(X, y))
    with pytest.raises(AttributeError, match="no contributions: it ends in a weighted median"):
        predictor.predict_contributions(X)


def of_shap(model: Any, rows: np.ndarray) -> np.ndarray:
    shap = pytest.importorskip("shap")
    explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
    values = np.asarray(explainer.shap_values(rows, check_additivity=False))
    if values.ndim == 2:
        values = values[:, :, None]
    expected = np.broadcast_to(np.atleast_1d(explainer.expected_value), (len(rows), values.shape[2]))
    out = np.concatenate([values, expected[:, None, :]], axis=1).transpose(0, 2, 1)
    return np.asarray(out[:, 0] if out.shape[1] == 1 else out)


def with_shap() -> tuple[Any, np.ndarray, float]:
    X, y = load_breast_cancer(return_X_y=True)
    model = RandomForestClassifier(20, random_state=0).fit(X, y)
    return model, of_shap(model, X[:FEW]), 1e-9


def with_xgboost() -> tuple[Any, np.ndarray, float]:
    xgboost = pytest.importorskip("xgboost")
    X, y = load_breast_cancer(return_X_y=True)
    model = xgboost.XGBClassifier(n_estimators=50, max_depth=6).fit(X, y)
    said = model.get_booster().predict(xgboost.DMatrix(X[:FEW]), pred_contribs=True)
    return model, said, 1e-5


def with_lightgbm() -> tuple[Any, np.ndarray, float]:
    lightgbm = pytest.importorskip("lightgbm")
    X, y = load_breast_cancer(return_X_y=True)
    model = lightgbm.LGBMClassifier(n_estimators=50, verbose=-1).fit(X, y)
    return model, np.asarray(model.predict(X[:FEW], pred_contrib=True)), 1e-10


def with_catboost() -> tuple[Any, np.ndarray, float]:
    catboost = pytest.importorskip("catboost")
    X, y = load_breast_cancer(return_X_y=True)
    model = catboost.CatBoostClassifier(iterations=50, verbose=False, allow_writing_files=False).fit(X, y)
    return model, model.get_feature_importance(catboost.Pool(X[:FEW]), type="ShapValues"), 1e-9


@pytest.mark.parametrize("oracle", [with_shap, with_xgboost, with_lightgbm, with_catboost])
@pytest.mark.filterwarnings("default")
def test_what_is_installed_beside_it(oracle: Callable[[], tuple[Any, np.ndarray, float]]) -> None:
    """Of what the tests do not ask for, and a machine may have; some of its answers are committed above."""
    model, said, tolerance = oracle()
    X, _ = load_breast_cancer(return_X_y=True)
    near(Predictor.from_sklearn(model).predict_contributions(X[:FEW]), said, tolerance)

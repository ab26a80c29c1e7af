"""Makes pickles of trees and of what is made of them, asked on their thresholds and beside them.

`python make_trees.py` writes `trees/` and their answers, `trees.json`, with the scikit-learn of
`make_pickles.py`, and `old_trees/` with 0.24.2 and numpy 1.19.5, whose nodes and values differ.
"""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
import zipfile
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    ExtraTreesClassifier,
    GradientBoostingClassifier,
    GradientBoostingRegressor,
    IsolationForest,
    RandomForestClassifier,
    RandomForestRegressor,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier, DecisionTreeRegressor

HERE = Path(__file__).parent
IS_OLD = sklearn.__version__ == "0.24.2"
FOLDER = HERE / ("old_trees" if IS_OLD else "trees")
if IS_OLD:
    from sklearn.experimental import enable_hist_gradient_boosting  # noqa: F401
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor  # noqa: E402

IRIS = load_iris()
SPECIES = IRIS.target_names[IRIS.target]
THREE = (IRIS.data, SPECIES)
TWO = (IRIS.data[50:], SPECIES[50:])
DIABETES = load_diabetes()
ONE = (DIABETES.data[:120, :4] * 20, DIABETES.target[:120])
SEVERAL = (ONE[0], np.column_stack([ONE[1], np.log(ONE[1])]))


def holes() -> tuple[Any, Any]:
    """Flowers of which some numbers are missing."""
    rows = IRIS.data.copy()
    rows[np.random.RandomState(0).rand(*rows.shape) < 0.2] = np.nan
    return rows, SPECIES


def codes() -> tuple[Any, Any]:
    """Flowers with a category in front."""
    random = np.random.RandomState(1)
    code = (IRIS.target * 2 + random.randint(0, 4, 150)) % 7
    return np.column_stack([code, IRIS.data[:, 1], IRIS.data[:, 0], random.rand(150)]).astype(float), SPECIES


CASES: dict[str, tuple[Any, tuple[Any, Any]]] = {
    "DecisionTreeClassifier": (DecisionTreeClassifier(max_depth=3, random_state=0), THREE),
    "DecisionTreeClassifier(class_weight)": (
        DecisionTreeClassifier(
            max_depth=2, class_weight={"setosa": 0.1, "versicolor": 0.7, "virginica": 1.3}, random_state=0
        ),
        THREE,
    ),
    "DecisionTreeRegressor, several": (DecisionTreeRegressor(max_depth=3, random_state=0), SEVERAL),
    "RandomForestClassifier": (
        make_pipeline(StandardScaler(), RandomForestClassifier(5, max_depth=3, random_state=0)),
        THREE,
    ),
    "RandomForestRegressor": (RandomForestRegressor(5, max_depth=3, random_state=0), ONE),
    "GradientBoostingClassifier": (GradientBoostingClassifier(n_estimators=3, max_depth=2), THREE),
    "GradientBoostingClassifier, two": (
        GradientBoostingClassifier(n_estimators=3, max_depth=2, loss="exponential"),
        TWO,
    ),
    "GradientBoostingRegressor(init)": (
        GradientBoostingRegressor(n_estimators=4, max_depth=2, init=DecisionTreeRegressor(max_depth=1)),
        ONE,
    ),
    "HistGradientBoostingClassifier, two": (HistGradientBoostingClassifier(max_iter=2), TWO),
    "HistGradientBoostingClassifier(categorical_features)": (
        HistGradientBoostingClassifier(max_iter=2, categorical_features=[0], min_samples_leaf=5),
        codes(),
    ),
    "HistGradientBoostingRegressor(poisson)": (HistGradientBoostingRegressor("poisson", max_iter=2), ONE)
    if IS_OLD
    else (HistGradientBoostingRegressor(loss="poisson", max_iter=2), ONE),
    "BaggingClassifier": (BaggingClassifier(DecisionTreeClassifier(max_depth=2), n_estimators=3, max_features=2, random_state=0), THREE),
    "AdaBoostClassifier": (AdaBoostClassifier(DecisionTreeClassifier(max_depth=1), n_estimators=4), THREE),
    "AdaBoostRegressor": (AdaBoostRegressor(DecisionTreeRegressor(max_depth=2), n_estimators=5, random_state=0), ONE),
    "IsolationForest": (IsolationForest(n_estimators=5, max_samples=20, random_state=0), THREE),
}
if not IS_OLD:
    CASES |= {
        "DecisionTreeClassifier, missing": (DecisionTreeClassifier(max_depth=4, random_state=0), holes()),
        "ExtraTreesClassifier, missing": (ExtraTreesClassifier(4, max_depth=3, random_state=0), holes()),
    }


def thresholds(estimator: Any) -> list[tuple[int, float]]:
    """Columns with numbers at which a tree of these turns."""
    if hasattr(estimator, "tree_"):
        tree = estimator.tree_
        return [(int(f), float(t)) for f, t in zip(tree.feature, tree.threshold) if f >= 0]
    if hasattr(estimator, "_predictors"):
        nodes = np.concatenate([tree.nodes for stage in estimator._predictors for tree in stage])
        return [(int(n["feature_idx"]), float(n["num_threshold"])) for n in nodes if not n["is_leaf"]]
    members = np.ravel(getattr(estimator, "estimators_", []))
    return [found for member in members[:2] for found in thresholds(member)]


def asked(estimator: Any, rows: Any) -> Any:
    """Some of the data, and rows on thresholds, and one step of single precision beside."""
    some = [*rows[:: len(rows) // 6]]
    for place, (column, threshold) in enumerate(thresholds(estimator)[:6]):
        single = np.float32(threshold)
        for value in (threshold, *(np.nextafter(single, np.float32(end)) for end in (-np.inf, np.inf))):
            row = rows[(7 * place) % len(rows)].copy()
            row[column % len(row)] = float(value)
            some.append(row)
    return np.array(some)


def answers(estimator: Any, rows: Any) -> dict[str, Any]:
    """What the estimator answers."""
    if hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function"):
        expected: dict[str, Any] = {"labels": estimator.predict(rows).tolist()}
        for key, method in (("decision_function", "decision_function"), ("probabilities", "predict_proba")):
            numbers = getattr(estimator, method)(rows) if hasattr(estimator, method) else None
            expected[key] = None if numbers is None else np.asarray(numbers).reshape(len(rows), -1).tolist()
        return expected
    return {"values": np.asarray(estimator.predict(rows), dtype=float).reshape(len(rows), -1).tolist()}


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    for index, (title, (estimator, (rows, targets))) in enumerate(CASES.items()):
        estimator.fit(rows, targets)
        stem = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split())
        if index % 2:
            files = [f"{stem}.joblib"]
            joblib.dump(estimator, FOLDER / files[0], compress=3 * (index > 1))
        else:
            files = [f"{stem}.pkl"]
            (FOLDER / files[0]).write_bytes(pickle.dumps(estimator, protocol=2 + index % 3))
        if not IS_OLD and title in ("DecisionTreeClassifier, missing", "GradientBoostingClassifier, two"):
            import skops.io

            files.append(f"{stem}.skops")
            skops.io.dump(estimator, FOLDER / files[-1], compression=zipfile.ZIP_DEFLATED)
        some = asked(estimator, rows)
        table = [[None if np.isnan(value) else value for value in row] for row in some.tolist()]
        items.append({"estimator": title, "files": files, "names": None, "rows": table, **answers(estimator, some)})
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(items)} estimators")


if __name__ == "__main__":
    main()

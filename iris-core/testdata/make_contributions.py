"""Models, and what each feature contributes to their answers: `python make_contributions.py FOLDER`.

Oracles are the libraries' own functions, and shap's TreeExplainer for scikit-learn's trees; of linear
estimators a feature has its column's value times the coefficient. `contributions/` was made with
xgboost 3.2, lightgbm 4.7, catboost 1.2.10, scikit-learn 1.9 and shap 0.51.
"""

from __future__ import annotations

import argparse
import json
import warnings
from pathlib import Path
from typing import Any

import catboost
import joblib
import lightgbm as lgb
import numpy as np
import pandas as pd
import shap
import xgboost as xgb
from sklearn import ensemble, linear_model, tree
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

warnings.filterwarnings("ignore")
rng = np.random.default_rng(11)
N, N_ASKED = 300, 25
numbers = rng.normal(size=(N, 5)).round(3)
missing = np.where(rng.random(numbers.shape) < 0.15, np.nan, numbers)
categories = missing.copy()
categories[:, 1] = rng.integers(0, 12, N)
categories[:, 3] = rng.integers(0, 4, N)
target = numbers[:, 0] * 2 + numbers[:, 1] * numbers[:, 2] + (categories[:, 1] % 3) + rng.normal(size=N) * 0.2
two, three = (target > 1).astype(int), np.digitize(target, [0.0, 2.0])
positive = np.exp(target / 4)
colours = np.array(["red", "green", "blue"])[rng.integers(0, 3, N)]
frame = pd.DataFrame({"a": numbers[:, 0], "colour": colours, "b": missing[:, 1]})
coloured = target + (colours == "red") * 2

asked = np.vstack([missing[:15], rng.normal(size=(N_ASKED - 15, 5)) * 3])
whole = np.where(np.isnan(asked), 0.5, asked)
asked_categories = asked.copy()
asked_categories[:, 1] = rng.integers(0, 14, N_ASKED)
asked_categories[:, 3] = rng.integers(0, 5, N_ASKED)
cases: list[dict[str, Any]] = []


def note(file: str, rows: Any, contributions: Any, tolerance: float) -> None:
    """One case; `contributions` has an axis of outputs in the middle, or none if there is one."""
    table = [
        [None if value != value else value for value in row]
        for row in np.asarray(rows, dtype=object).tolist()
    ]
    outputs = np.asarray(contributions, dtype=np.float64).reshape(len(table), -1)
    cases.append({"file": file, "rows": table, "contributions": outputs.tolist(), "tolerance": tolerance})


def of_xgboost(folder: Path) -> None:
    def one(
        name: str, X: Any, y: Any, rows: Any, n_rounds: int = 8, types: Any = None, **params: Any
    ) -> None:
        data = xgb.DMatrix(X, label=y, feature_types=types, enable_categorical=types is not None)
        booster = xgb.train({"seed": 1, "max_depth": 4, **params}, data, n_rounds)
        booster.save_model(folder / f"xgboost_{name}.ubj")
        asked = xgb.DMatrix(rows, feature_types=types, enable_categorical=types is not None)
        note(f"xgboost_{name}.ubj", rows, booster.predict(asked, pred_contribs=True), 3e-6)

    one("binary", missing, two, asked, objective="binary:logistic")
    one("several", missing, three, asked, 4, objective="multi:softprob", num_class=3)
    one("deep", numbers, target, whole, 3, max_depth=12, min_child_weight=0)
    one("poisson", missing, positive, asked, objective="count:poisson")
    one("dart", missing, target, asked, booster="dart", rate_drop=0.3)
    one("linear", numbers, target, whole, booster="gblinear")
    kinds = ["q", "c", "q", "c", "q"]
    # XGBoost refuses categories that it was not trained on.
    known = asked_categories.copy()
    known[:, 1] %= 12
    known[:, 3] %= 4
    one("categories", categories, target, known, types=kinds)


def of_lightgbm(folder: Path) -> None:
    def one(
        name: str, X: Any, y: Any, rows: Any, n_rounds: int = 8, columns: Any = "auto", **params: Any
    ) -> None:
        data = lgb.Dataset(X, label=y, categorical_feature=columns, params={"verbose": -1})
        params = {
            "verbose": -1,
            "num_leaves": 15,
            "min_data_in_leaf": 5,
            "num_threads": 1,
            "seed": 1,
            **params,
        }
        booster = lgb.train(params, data, n_rounds)
        booster.save_model(folder / f"lightgbm_{name}.txt")
        note(f"lightgbm_{name}.txt", rows, booster.predict(rows, pred_contrib=True), 1e-10)

    one("binary", missing, two, asked, objective="binary")
    one("several", missing, three, asked, 4, objective="multiclass", num_class=3)
    one("deep", numbers, target, whole, 3, num_leaves=60, min_data_in_leaf=1, objective="regression")
    one("tweedie", missing, positive, asked, objective="tweedie")
    one(
        "categories",
        categories,
        target,
        asked_categories,
        columns=[1, 3],
        objective="regression",
        cat_smooth=1,
    )
    one(
        "zero",
        np.where(np.isnan(missing), 0, missing),
        target,
        whole,
        zero_as_missing=True,
        objective="regression",
    )


def of_catboost(folder: Path) -> None:
    def one(name: str, model: Any, X: Any, y: Any, rows: Any, form: str = "cbm") -> None:
        model.fit(X, y)
        model.save_model(str(folder / f"catboost_{name}.{form}"), format=form)
        note(
            f"catboost_{name}.{form}",
            rows,
            model.get_feature_importance(catboost.Pool(rows), type="ShapValues"),
            1e-9,
        )

    common = {
        "iterations": 10,
        "depth": 4,
        "random_seed": 1,
        "verbose": False,
        "thread_count": 1,
        "allow_writing_files": False,
    }
    one("values", catboost.CatBoostRegressor(**common), missing, target, asked)
    one("binary", catboost.CatBoostClassifier(**common), missing, two, asked, "json")
    one("several", catboost.CatBoostClassifier(**common), missing, three, asked)


def of_trees(folder: Path) -> None:
    def one(name: str, model: Any, X: Any, y: Any, rows: Any, sample_weight: Any = None) -> None:
        model.fit(X, y, sample_weight=sample_weight)
        joblib.dump(model, folder / f"sklearn_{name}.joblib", compress=3)
        explainer = shap.TreeExplainer(model, feature_perturbation="tree_path_dependent")
        values = np.asarray(explainer.shap_values(rows, check_additivity=False))
        if values.ndim == 2:
            values = values[:, :, None]
        expected = np.broadcast_to(np.atleast_1d(explainer.expected_value), (len(rows), values.shape[2]))
        note(
            f"sklearn_{name}.joblib",
            rows,
            np.concatenate([values, expected[:, None, :]], axis=1).transpose(0, 2, 1),
            1e-9,
        )

    weights = rng.random(N)
    one("tree", tree.DecisionTreeRegressor(max_depth=6, random_state=1), numbers, target, whole, weights)
    one("forest", ensemble.RandomForestClassifier(6, max_depth=6, random_state=1), numbers, three, whole)
    one(
        "extra",
        ensemble.ExtraTreesRegressor(4, max_depth=7, random_state=1),
        numbers,
        np.c_[target, -(target**2)],
        whole,
    )
    one("boosting", ensemble.GradientBoostingClassifier(n_estimators=10, random_state=1), numbers, two, whole)
    one("hist", ensemble.HistGradientBoostingRegressor(max_iter=6, max_leaf_nodes=8), missing, target, asked)
    one(
        "hist_classes",
        ensemble.HistGradientBoostingClassifier(max_iter=3, max_leaf_nodes=6),
        missing,
        three,
        asked,
    )


def of_pipelines(folder: Path) -> None:
    def save(name: str, pipeline: Any) -> str:
        joblib.dump(pipeline, folder / f"sklearn_{name}.joblib", compress=3)
        return f"sklearn_{name}.joblib"

    def weighed(name: str, pipeline: Any, rows: Any, owners: Any, n_features: int) -> None:
        model = pipeline[-1]
        columns = np.asarray(pipeline[:-1].transform(rows), dtype=np.float64)
        coefficients, intercepts = np.atleast_2d(model.coef_), np.atleast_1d(model.intercept_)
        out = np.zeros((len(columns), len(coefficients), n_features + 1))
        for column, owner in enumerate(owners):
            out[:, :, owner] += columns[:, column, None] * coefficients[:, column]
        out[:, :, -1] = intercepts
        note(save(name, pipeline), rows.values if hasattr(rows, "values") else rows, out, 1e-10)

    weighed(
        "scaled",
        make_pipeline(StandardScaler(), linear_model.LogisticRegression()).fit(numbers, three),
        whole,
        range(5),
        5,
    )
    weighed(
        "two",
        make_pipeline(SimpleImputer(), StandardScaler(), linear_model.LogisticRegression()).fit(missing, two),
        asked,
        range(5),
        5,
    )
    encoding = ColumnTransformer(
        [
            ("one", OneHotEncoder(sparse_output=False), ["colour"]),
            ("scaled", make_pipeline(SimpleImputer(), StandardScaler()), ["b", "a"]),
        ]
    )
    few = frame.iloc[:20]
    weighed(
        "encoded", make_pipeline(encoding, linear_model.Ridge()).fit(frame, coloured), few, [1, 1, 1, 2, 0], 3
    )
    for name, encoder, owners in (
        ("encoded_forest", encoding, [1, 1, 1, 2, 0]),
        (
            "ordinal_forest",
            ColumnTransformer([("codes", OrdinalEncoder(), ["colour"])], remainder=SimpleImputer()),
            [1, 0, 2],
        ),
    ):
        pipeline = make_pipeline(encoder, ensemble.RandomForestRegressor(5, max_depth=5, random_state=1)).fit(
            frame, coloured
        )
        columns = np.asarray(pipeline[:-1].transform(few), dtype=np.float64)
        explainer = shap.TreeExplainer(pipeline[-1], feature_perturbation="tree_path_dependent")
        values = explainer.shap_values(columns)
        out = np.zeros((len(columns), 4))
        for column, owner in enumerate(owners):
            out[:, owner] += values[:, column]
        out[:, 3] = np.ravel(explainer.expected_value)[0]
        note(save(name, pipeline), few.values, out, 1e-9)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    folder = parser.parse_args().folder
    folder.mkdir(parents=True, exist_ok=True)
    for make in (of_xgboost, of_lightgbm, of_catboost, of_trees, of_pipelines):
        make(folder)
    lines = ",\n".join(json.dumps(case) for case in cases)
    (folder / "answers.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

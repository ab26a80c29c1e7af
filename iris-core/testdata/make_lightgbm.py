"""Models of LightGBM's and its answers: `python make_lightgbm.py FOLDER`, with pandas and scikit-learn.

`lightgbm/` is what lightgbm 4.6 wrote with --only; without, there are ten times as many models, and more
rows of each: on every threshold and one step beside it, missing, infinite, next to zero.
Numbers are hexadecimal bytes, little-endian, so that every bit counts.
"""

from __future__ import annotations

import argparse
import json
import pickle
import warnings
from pathlib import Path
from typing import Any

import lightgbm as lgb
import numpy as np
import pandas as pd
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

ONLY = (
    "gbdt_cat_binary",
    "rf_cat_multi",
    "dart_nan_reg",
    "zero_nan",
    "linear_nan",
    "ova",
    "sqrt",
    "xentlambda",
    "poisson",
    "custom",
    "constant",
    "frame",
    "classes",
    "early",
    "pipeline",
)
VERSION = tuple(int(part) for part in lgb.__version__.split(".")[:2])
N_ROWS = 400
ZERO = float(np.float32(1e-35))
SPECIAL = (
    np.nan,
    np.inf,
    -np.inf,
    0.0,
    -0.0,
    1e-36,
    ZERO,
    -ZERO,
    np.nextafter(ZERO, 1),
    -np.nextafter(ZERO, 1),
)
SPECIAL += (-0.5, -1.0, 2.7, 39.0, 40.0, 63.0, 64.0, 1e9, 3e9, -3e9, 1e300)

rng = np.random.default_rng(7)
numbers = rng.normal(size=(N_ROWS, 5)).round(2)
numbers[rng.random(numbers.shape) < 0.1] = 0.0
missing = np.where(rng.random(numbers.shape) < 0.15, np.nan, numbers)
categories = missing.copy()
categories[:, 1] = rng.integers(0, 40, N_ROWS)
categories[:, 3] = rng.integers(0, 6, N_ROWS)
target = numbers[:, 0] * 2 + numbers[:, 1] - numbers[:, 2] ** 2 + rng.normal(size=N_ROWS) * 0.2
two, four = (target > -0.5).astype(int), np.digitize(target, [-2, -0.5, 1])
# Where categories are among the features, they matter most.
by_category = (
    target + (categories[:, 1] % 3 == 1) * 4 + (categories[:, 3] == 2) * 3 - (categories[:, 3] == 5) * 3
)
two_by_category, four_by_category = (by_category > 1).astype(int), np.digitize(by_category, [-1, 1, 3])
KINDS = (
    ("num", numbers, "auto", target, two, four),
    ("nan", missing, "auto", target, two, four),
    ("cat", categories, [1, 3], by_category, two_by_category, four_by_category),
)
GROUPS = [20] * (N_ROWS // 20)


class Maker:
    def __init__(self, folder: Path, only: bool):
        self.folder, self.only, self.answers = folder, only, []
        self.n_trees = 3 if only else 12
        self.parameters = {"verbose": -1, "num_leaves": 5 if only else 9, "min_data_in_leaf": 5, "seed": 3}
        self.parameters.update(deterministic=True, num_threads=1)
        folder.mkdir(parents=True, exist_ok=True)

    def wants(self, name: str) -> bool:
        return not self.only or name in ONLY

    def rows(self, text: str, data: np.ndarray) -> np.ndarray:
        """Rows of the data, random ones, and those that meet thresholds or are special."""
        special = np.random.default_rng(1)
        rows = [data[: 3 if self.only else 60]]
        thresholds: list[tuple[int, float]] = []
        features: list[str] = []
        for line in text.splitlines():
            if line.startswith("split_feature="):
                features = line.partition("=")[2].split()
            if line.startswith("threshold="):
                numbers_of = line.partition("=")[2].split()
                thresholds += [(int(features[node]), float(number)) for node, number in enumerate(numbers_of)]
        changes = [
            (column, value)
            for column, at in thresholds
            for value in (at, np.nextafter(at, -9e9), np.nextafter(at, 9e9))
        ]
        special.shuffle(changes)
        changes = changes[: 9 if self.only else 400]
        changes += [(column, value) for column in range(data.shape[1]) for value in SPECIAL]
        if self.only:
            changes = changes[:9] + changes[9::6]
        for column, value in changes:
            row = data[special.integers(len(data))].copy()
            row[column] = value
            rows.append(row[None])
        return np.concatenate(rows)

    def train(
        self,
        name: str,
        told: dict[str, Any],
        data: np.ndarray,
        y: np.ndarray,
        cats: Any = "auto",
        own: Any = None,
        n_trees: int = 0,
        group: Any = None,
    ) -> None:
        if not self.wants(name):
            return
        told = {**self.parameters, **told}
        if own and VERSION >= (4, 0):
            told["objective"] = own
        data_set = lgb.Dataset(data, y, group=group, categorical_feature=cats, params=told)
        more = {"fobj": own} if own and VERSION < (4, 0) else {}
        booster = lgb.train(told, data_set, n_trees or self.n_trees, **more)
        text = booster.model_to_string()
        if self.only:
            # What it was told is as long as its trees.
            text = "\n".join(line for line in text.splitlines() if not line.startswith("[")) + "\n"
        (self.folder / f"{name}.txt").write_text(text, encoding="utf-8")
        rows = self.rows(text, data)
        self.note(f"{name}.txt", rows, booster.predict(rows), booster.predict(rows, raw_score=True))

    def note(self, file: str, rows: Any, answers: Any, raw: Any = None, labels: Any = None) -> None:
        n_rows = len(rows)
        item: dict[str, Any] = {"file": file, "n_rows": n_rows}
        if isinstance(rows, pd.DataFrame):
            item["columns"] = list(rows.columns)
            item["frame"] = [[cell(value) for value in row] for row in rows.astype(object).values.tolist()]
        else:
            item["rows"] = packed(rows)
        item["answers"] = packed(answers)
        item["raw"] = None if raw is None or np.array_equal(raw, answers) else packed(raw)
        item["labels"] = None if labels is None else [str(label) for label in labels]
        self.answers.append(item)

    def keep(self, name: str, make: Any, rows: Any) -> None:
        """An estimator in each kind of file that there is for it."""
        if not self.wants(name):
            return
        estimator = make()
        is_classifier = hasattr(estimator, "predict_proba")
        answers = estimator.predict_proba(rows) if is_classifier else estimator.predict(rows)
        files = [f"{name}.pkl"]
        (self.folder / files[0]).write_bytes(pickle.dumps(estimator))
        if not self.only:
            import joblib

            joblib.dump(estimator, self.folder / f"{name}.joblib")
            files.append(f"{name}.joblib")
        try:
            import skops.io

            if not self.only or name == "classes":
                more = {"compression": 8} if self.only else {}
                skops.io.dump(estimator, self.folder / f"{name}.skops", **more)
                files.append(f"{name}.skops")
        except ImportError:
            pass
        for file in files:
            self.note(file, rows, answers, labels=estimator.predict(rows) if is_classifier else None)

    def finish(self) -> None:
        lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in self.answers)
        (self.folder / "answers.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
        print(lgb.__version__, len(self.answers), "files")


def cell(value: Any) -> Any:
    if pd.isna(value):
        return None
    return value if isinstance(value, str) else float(value)


def packed(values: Any) -> str:
    return np.ascontiguousarray(values, dtype="<f8").tobytes().hex()


def own(scores: np.ndarray, data: lgb.Dataset) -> tuple[np.ndarray, np.ndarray]:
    return scores - data.get_label(), np.ones_like(scores)


def boosters(maker: Maker) -> None:
    train = maker.train
    for boosting in ("gbdt", "dart", "goss", "rf"):
        told: dict[str, Any] = {"boosting": boosting}
        if boosting == "rf":
            told.update(bagging_freq=1, bagging_fraction=0.7, feature_fraction=0.7)
        for kind, data, cats, y, of_two, of_four in KINDS:
            train(f"{boosting}_{kind}_binary", {"objective": "binary", **told}, data, of_two, cats)
            train(
                f"{boosting}_{kind}_multi",
                {"objective": "multiclass", "num_class": 4, **told},
                data,
                of_four,
                cats,
            )
            train(f"{boosting}_{kind}_reg", {"objective": "regression", **told}, data, y, cats)
    for kind, data, cats, y, of_two, _ in KINDS:
        train(f"zero_{kind}", {"objective": "binary", "zero_as_missing": True}, data, of_two, cats)
        train(f"nomissing_{kind}", {"objective": "binary", "use_missing": False}, data, of_two, cats)
        if VERSION >= (3, 2):
            train(f"linear_{kind}", {"objective": "regression", "linear_tree": True}, data, y, cats)
    if VERSION >= (3, 2):
        train("linear_binary", {"objective": "binary", "linear_tree": True}, missing, two)
        train("linear_stump", {"linear_tree": True, "min_data_in_leaf": 9000}, missing, target, n_trees=2)
    train("ova", {"objective": "multiclassova", "num_class": 4, "sigmoid": 0.7}, missing, four)
    train(
        "rf_ova",
        {
            "objective": "multiclassova",
            "num_class": 4,
            "boosting": "rf",
            "bagging_freq": 1,
            "bagging_fraction": 0.7,
        },
        missing,
        four,
    )
    train("sigmoid", {"objective": "binary", "sigmoid": 2.3}, missing, two)
    train("xentropy", {"objective": "cross_entropy"}, missing, 1 / (1 + np.exp(-target)))
    train("xentlambda", {"objective": "cross_entropy_lambda"}, missing, 1 / (1 + np.exp(-target)))
    train("sqrt", {"objective": "regression", "reg_sqrt": True}, missing, target)
    train("l1sqrt", {"objective": "regression_l1", "reg_sqrt": True}, missing, target)
    for objective in ("regression_l1", "huber", "fair", "quantile", "mape"):
        train(objective, {"objective": objective}, missing, target)
    for objective in ("poisson", "gamma", "tweedie"):
        train(objective, {"objective": objective}, missing, np.exp(target / 3))
    for objective in ("lambdarank", "rank_xendcg") if VERSION >= (3, 0) else ("lambdarank",):
        train(objective, {"objective": objective}, missing, four, group=GROUPS)
    train("custom", {}, missing, target, own=own)
    train("stump", {"num_leaves": 2}, missing, target, n_trees=1)
    train("constant", {"min_data_in_leaf": 9000}, missing, target, n_trees=2)
    train("monotone", {"monotone_constraints": [1, 0, 0, 0, -1]}, missing, target)


def estimators(maker: Maker) -> None:
    told: dict[str, Any] = {
        "n_estimators": maker.n_trees,
        "num_leaves": 5,
        "min_child_samples": 5,
        "random_state": 3,
    }
    told.update(n_jobs=1, verbose=-1)
    data, names = missing[:60], np.array(["no", "maybe", "yes", "sure"])
    keep = maker.keep
    keep("two", lambda: lgb.LGBMClassifier(**told).fit(missing, np.array(["b", "a"])[two]), data)
    keep("classes", lambda: lgb.LGBMClassifier(**told).fit(missing, names[four]), data[:12])
    keep("integers", lambda: lgb.LGBMClassifier(**told).fit(missing, four * 10), data)
    keep("entropy", lambda: lgb.LGBMClassifier(objective="cross_entropy", **told).fit(missing, two), data)
    keep("regressor", lambda: lgb.LGBMRegressor(**told).fit(missing, target), data)
    keep("likely", lambda: lgb.LGBMRegressor(objective="binary", **told).fit(missing, two), data)
    keep(
        "forest",
        lambda: lgb.LGBMRegressor(boosting_type="rf", subsample=0.7, subsample_freq=1, **told).fit(
            missing, target
        ),
        data,
    )
    keep("ranker", lambda: lgb.LGBMRanker(**told).fit(missing, four, group=GROUPS), data)
    keep("booster", lambda: lgb.train(maker.parameters, lgb.Dataset(missing, target), 9), data)
    keep("early", lambda: stopped_early(told), numbers[:12])
    frame, shown = frames()
    keep(
        "frame",
        lambda: lgb.LGBMRegressor(**told).fit(
            frame, target + (frame["town"] == "Rome") * 6 + (frame["size"] == 20) * 6
        ),
        shown,
    )
    if maker.wants("frame"):
        booster = (
            lgb.LGBMRegressor(**told)
            .fit(frame, target + (frame["town"] == "Rome") * 6 + (frame["size"] == 20) * 6)
            .booster_
        )
        booster.save_model(str(maker.folder / "frame.txt"))
        maker.note("frame.txt", shown, booster.predict(shown), booster.predict(shown, raw_score=True))
    steps = (SimpleImputer(), StandardScaler(), lgb.LGBMClassifier(**told))
    keep("pipeline", lambda: make_pipeline(*steps).fit(missing, names[four]), data[:12])
    mixed = pd.DataFrame(
        {"x": missing[:, 0], "y": missing[:, 1], "town": frame["town"].astype(object).fillna("Bonn")}
    )
    encoder = ColumnTransformer(
        [("t", OneHotEncoder(handle_unknown="ignore"), ["town"])], remainder="passthrough"
    )
    keep("mixed", lambda: make_pipeline(encoder, lgb.LGBMRegressor(**told)).fit(mixed, target), mixed[:40])


def stopped_early(told: dict[str, Any]) -> Any:
    told = {**told, "n_estimators": 20, "learning_rate": 0.9}
    stop: dict[str, Any] = {"early_stopping_rounds": 5, "verbose": False}
    if VERSION >= (3, 3):
        stop = {"callbacks": [lgb.early_stopping(5, verbose=False)]}
    estimator = lgb.LGBMClassifier(**told)
    estimator.fit(numbers[:200], two[:200], eval_set=[(numbers[200:], two[200:])], **stop)
    return estimator


def frames() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Columns of categories: texts, numbers, flags, and such as have an order; the same with unknown ones."""
    drawn = np.random.default_rng(3)
    frame = pd.DataFrame(missing[:, :2], columns=["a b", "c"])
    frame["town"] = pd.Categorical(drawn.choice(["Rome", "Oslo", "Bern", "Köln"], N_ROWS))
    frame["size"] = pd.Categorical(drawn.choice([30, 10, 20], N_ROWS))
    frame["flag"] = pd.Categorical(drawn.choice([True, False], N_ROWS))
    frame["order"] = pd.Categorical(
        drawn.choice(["s", "m", "l"], N_ROWS), categories=["s", "m", "l"], ordered=True
    )
    frame.loc[5:9, "town"] = None
    shown = frame[:40].copy()
    shown["town"] = pd.Categorical(drawn.choice(["Rome", "Oslo", "Bern", "Köln", "Nowhere"], 40))
    shown["size"] = pd.Categorical(drawn.choice([10, 20, 30, 40], 40))
    shown.loc[3:6, "town"] = None
    return frame, shown


def main() -> None:
    warnings.filterwarnings("ignore")
    parser = argparse.ArgumentParser()
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", action="store_true", help="the few models that are committed")
    arguments = parser.parse_args()
    maker = Maker(arguments.folder, arguments.only)
    boosters(maker)
    estimators(maker)
    maker.finish()


if __name__ == "__main__":
    main()

"""Makes models of XGBoost's in every form, and its own answers, for the tests of their reader.

`python make_xgboost.py` writes `xgboost/VERSION/` and `xgboost/VERSION.json.gz` for the XGBoost that it
finds. What is there was made with 0.90 and 1.2.1 (Python 3.8, scikit-learn 0.24), 1.7.6 and 3.2.0
(Python 3.11, scikit-learn 1.9).
"""

import gzip
import json
import pickle
import shutil
import warnings
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import xgboost
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder
from xgboost import DMatrix, XGBClassifier, XGBRanker, XGBRegressor, XGBRFClassifier

VERSION = xgboost.__version__
NUMBER = tuple(int(part) for part in VERSION.split(".")[:2])
HERE = Path(__file__).parent / "xgboost"
N_ROWS = 90


def numbers(n_columns=3):
    return np.round(np.random.RandomState(3).normal(size=(N_ROWS, n_columns)), 1)


X = numbers()
Y = X[:, 0] - 2 * X[:, 1] * (X[:, 2] > 0) + np.random.RandomState(4).normal(size=N_ROWS) * 0.2
TWO, THREE = (Y > 0).astype(int), np.digitize(Y, [-0.5, 0.5])
CITIES = np.random.RandomState(5).choice(["Bergen", "Lima", "Oslo", "Paris", "Rome"], N_ROWS)
FLOORS = np.random.RandomState(6).choice([-1, 3, 70], N_ROWS)
SMALL = {"n_estimators": 2, "max_depth": 2}
HELD = {"eval_set": [(X[60:], Y[60:])], "verbose": False}


def cases():
    """A name, a fitted estimator, what it was fitted on, and whether its own files are kept."""
    yield "two", XGBClassifier(base_score=0.3, **SMALL).fit(X, TWO), X, True
    yield "three", XGBClassifier(**SMALL).fit(X, THREE), X, False
    yield "forest", XGBRFClassifier(n_estimators=2, max_depth=2, random_state=0).fit(X, THREE), X, False
    yield "raw", XGBClassifier(objective="binary:logitraw", **SMALL).fit(X, TWO), X, False
    yield "hinge", XGBClassifier(objective="binary:hinge", **SMALL).fit(X, TWO), X, False
    yield "number", XGBRegressor(base_score=20.0, **SMALL).fit(X, Y), X, False
    counts = np.round(np.abs(Y) * 3) + 1
    yield "count", XGBRegressor(objective="count:poisson", base_score=2.0, **SMALL).fit(X, counts), X, False
    yield "gamma", XGBRegressor(objective="reg:gamma", base_score=2.0, **SMALL).fit(X, counts), X, False
    yield "rank", XGBRanker(**SMALL).fit(X, THREE, group=[30, 30, 30]), X, False
    yield "linear", XGBClassifier(booster="gblinear", n_estimators=4).fit(X, THREE), X, True
    yield "missing", XGBRegressor(missing=0.5, **SMALL).fit(X, Y), X, False
    if NUMBER >= (1, 0):
        # Before, trees were dropped at random when rows were asked, too.
        yield (
            "dart",
            XGBRegressor(booster="dart", rate_drop=0.5, base_score=20.0, **SMALL).fit(X, Y),
            X,
            False,
        )
    early = {
        "n_estimators": 60,
        "max_depth": 1,
        "num_parallel_tree": 2,
        "subsample": 0.6,
        "learning_rate": 0.9,
    }
    if NUMBER >= (1, 6):
        yield "early", XGBRegressor(early_stopping_rounds=2, **early).fit(X[:60], Y[:60], **HELD), X, False
    else:
        yield "early", XGBRegressor(**early).fit(X[:60], Y[:60], early_stopping_rounds=2, **HELD), X, False
    if NUMBER < (1, 6):
        labels = np.array(["low", "mid", "top"])[THREE]
        yield "labels", XGBClassifier(**SMALL).fit(X, labels), X, False
    words = np.column_stack([CITIES, CITIES[::-1]])
    yield "sparse", make_pipeline(OneHotEncoder(), XGBClassifier(**SMALL)).fit(words, TWO), words, False
    if NUMBER >= (1, 7):
        codes = np.column_stack([np.unique(CITIES, return_inverse=True)[1].astype(float), X[:, 1]])
        kinds = {"enable_categorical": True, "tree_method": "hist", "feature_types": ["c", "q"], **SMALL}
        yield "codes", XGBRegressor(max_cat_to_onehot=1, **kinds).fit(codes, Y), codes, True
        yield "onehot", XGBRegressor(max_cat_to_onehot=100, **kinds).fit(codes, Y), codes, False
        yield "targets", XGBRegressor(**SMALL).fit(X, np.column_stack([Y, Y**2])), X, False
    if NUMBER >= (2, 0):
        vectors = {"multi_strategy": "multi_output_tree", "tree_method": "hist", **SMALL}
        yield "vectors", XGBRegressor(**vectors).fit(X, np.column_stack([Y, Y**2])), X, True
        yield (
            "quantiles",
            XGBRegressor(objective="reg:quantileerror", quantile_alpha=np.array([0.2, 0.8]), **SMALL).fit(
                X, Y
            ),
            X,
            False,
        )
    if NUMBER >= (3, 1):
        frame = pd.DataFrame(
            {"city": pd.Categorical(CITIES), "floor": pd.Categorical(FLOORS), "age": X[:, 1]}
        )
        named = {"enable_categorical": True, "tree_method": "hist", **SMALL}
        yield "names", XGBRegressor(max_cat_to_onehot=1, **named).fit(frame, Y), frame, True


def rows(fitted_on, estimator):
    """Some of the data, and rows on and beside thresholds, missing, infinite, of no category."""
    if not isinstance(fitted_on, np.ndarray):
        frame = fitted_on.iloc[:8].copy()
        frame.loc[3, "city"] = frame.loc[4, "floor"] = None
        frame.loc[5, "age"] = np.nan
        return frame
    if fitted_on.dtype.kind == "U":
        return fitted_on[:8]
    table = np.vstack([fitted_on[:5], fitted_on[:4], fitted_on[:4], np.zeros((2, fitted_on.shape[1]))])
    for row in range(4):
        table[5 + row, row % table.shape[1]] = np.nan
    table[9:13, 0] = [np.inf, -np.inf, 1e300, -0.0]
    table[13] = -0.0
    asked = [table, *(beside(fitted_on[7], column, value) for column, value in thresholds(estimator))]
    if getattr(estimator, "enable_categorical", False):
        asked += [beside(fitted_on[5], 0, value, steps=False) for value in (-1.0, -0.5, 1.7, 4.9, 40.0, 1e9)]
    return np.vstack(asked)


def beside(row, column, value, steps=True):
    near = (
        [value, np.nextafter(value, np.float32(-np.inf)), np.nextafter(value, np.float32(np.inf))]
        if steps
        else [value]
    )
    table = np.tile(row, (len(near), 1))
    table[:, column] = near
    return table


def thresholds(estimator):
    """A few, as single precision has them."""
    if estimator.get_params().get("booster") == "gblinear" or getattr(estimator, "enable_categorical", False):
        return []
    if getattr(estimator, "multi_strategy", None) == "multi_output_tree":
        return []
    trees = "\n".join(estimator.get_booster().get_dump())
    found = sorted({part.split("]")[0] for part in trees.split("[")[1:]})
    pairs = (part.split("<") for part in found[:: max(1, len(found) // 3)])
    return [(int(pair[0][1:]), np.float32(pair[1])) for pair in pairs if pair[0][0] == "f" and len(pair) == 2]


def answers(estimator, table, classes):
    """What it says of each row; nothing of those at which it raises."""
    if not classes:
        return {"values": estimator.predict(table)}
    last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
    asked = estimator.steps[0][1].transform(table) if hasattr(estimator, "steps") else table
    said = {"labels": estimator.predict(table), "margins": last.predict(asked, output_margin=True)}
    if getattr(last, "objective", None) != "binary:logitraw":
        said["probabilities"] = estimator.predict_proba(table)
    return said


def as_text(value):
    """Numbers as Python writes them, which every reader reads back alike."""
    if isinstance(value, (list, tuple)):
        return [as_text(each) for each in value]
    if value is None or (isinstance(value, float) and np.isnan(value)):
        return "nan"
    return value if isinstance(value, str) else repr(value)


def taken(estimator, table, classes):
    """The rows that are answered with numbers, and those that are not."""
    keeps = []
    for index in range(len(table)):
        row = table[index : index + 1] if isinstance(table, np.ndarray) else table.iloc[index : index + 1]
        try:
            said = answers(estimator, row, classes)
        except (ValueError, xgboost.core.XGBoostError):
            keeps.append(False)
            continue
        numbers = [np.asarray(value) for key, value in said.items() if key != "labels"]
        keeps.append(all(np.isfinite(each).all() for each in numbers))
    keeps = np.array(keeps)
    return table[keeps], table[~keeps]


def main():
    warnings.simplefilter("ignore")
    folder = HERE / VERSION
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    made = []
    for name, estimator, fitted_on, keeps_files in cases():
        last = estimator.steps[-1][1] if hasattr(estimator, "steps") else estimator
        classes = isinstance(last, XGBClassifier)
        answered, refused = taken(estimator, rows(fitted_on, last), classes)
        said = answers(estimator, answered, classes)
        files = [f"{name}.joblib"]
        # Compressed, as models of 1.0 and later hold a copy of every parameter.
        joblib.dump(estimator, folder / files[0], compress=("zlib", 9))
        if keeps_files:
            endings = (
                [".bin"] * (NUMBER < (3, 0)) + [".json"] * (NUMBER >= (1, 0)) + [".ubj"] * (NUMBER >= (1, 6))
            )
            for ending in endings:
                try:
                    last.get_booster().save_model(str(folder / (name + ending)))
                except xgboost.core.XGBoostError:
                    continue
                files.append(name + ending)
        made.append(
            {
                "files": files,
                "rows": as_text(np.asarray(answered).tolist()),
                "refused": as_text(np.asarray(refused).tolist()),
                **{key: as_text(np.asarray(value).tolist()) for key, value in said.items()},
            }
        )
    three = XGBClassifier(**SMALL).fit(X, THREE).get_booster()
    (folder / "booster.pkl.gz").write_bytes(gzip.compress(pickle.dumps(three, protocol=2), 9))
    asked = X[:6]
    made.append(
        {
            "files": ["booster.pkl.gz"],
            "rows": as_text(asked.tolist()),
            "refused": [],
            "labels": as_text(three.predict(DMatrix(asked)).argmax(axis=1).tolist()),
            "margins": as_text(three.predict(DMatrix(asked), output_margin=True).tolist()),
            "probabilities": as_text(three.predict(DMatrix(asked)).tolist()),
        }
    )
    (HERE / f"{VERSION}.json.gz").write_bytes(gzip.compress(json.dumps(made).encode(), 9))


if __name__ == "__main__":
    main()

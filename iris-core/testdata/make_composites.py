"""Makes pickles of predictors that are made of others, or answer otherwise than by scores.

`python make_composites.py` writes `composites/` and their answers, `composites.json`, with the scikit-learn
of `make_pickles.py`, and `old_composites/` with 0.24.2 and numpy 1.19.5, whose attributes and answers
differ. A row that scikit-learn answers by NaN is left out.
"""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
from itertools import compress
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.base import is_classifier
from sklearn.compose import TransformedTargetRegressor
from sklearn.datasets import load_diabetes, load_iris
from sklearn.dummy import DummyClassifier, DummyRegressor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import (
    GammaRegressor,
    LinearRegression,
    LogisticRegression,
    PoissonRegressor,
    Ridge,
    RidgeClassifier,
    SGDClassifier,
    TweedieRegressor,
)
from sklearn.model_selection import GridSearchCV
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.neighbors import KNeighborsClassifier, NearestCentroid
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import (
    MaxAbsScaler,
    MinMaxScaler,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

HERE = Path(__file__).parent
IS_OLD = sklearn.__version__ == "0.24.2"
FOLDER = HERE / ("old_composites" if IS_OLD else "composites")
IRIS = load_iris()
SPECIES = IRIS.target_names[IRIS.target]
THREE = (IRIS.data, SPECIES)
TWO = (IRIS.data[50:], SPECIES[50:])
ZERO_ONE = (IRIS.data[50:], IRIS.target[50:] - 1)
DIABETES = load_diabetes()
ONE = (DIABETES.data[:, :4] * 20, DIABETES.target)
YES_OR_NO = (
    IRIS.data,
    np.column_stack([IRIS.target == 0, IRIS.target > 0, IRIS.data[:, 0] > 6]).astype(int),
)
LABELS = (IRIS.data, np.column_stack([IRIS.target - 1, IRIS.data[:, 0] > 6, IRIS.target * 10]))
SEVERAL = (ONE[0], np.column_stack([ONE[1], np.log(ONE[1]), np.sqrt(ONE[1])]))


def logistic(**parameters: Any) -> LogisticRegression:
    """One that converges."""
    return LogisticRegression(max_iter=2000, **parameters)


def sgd(loss: str) -> SGDClassifier:
    """By a loss as this release calls it."""
    return SGDClassifier(loss="log" if IS_OLD and loss == "log_loss" else loss, random_state=0)


def target(transformer: Any = None, regressor: Any = None, **parameters: Any) -> TransformedTargetRegressor:
    """A regressor of transformed targets."""
    return TransformedTargetRegressor(regressor or Ridge(), transformer=transformer, **parameters)


def dummy(estimator: Any) -> Any:
    """One that answers the same whatever comes; in 0.24 only what stands before it knows the columns."""
    return make_pipeline(StandardScaler(), estimator) if IS_OLD else estimator


def last(results: Any) -> int:
    """Which of two a search is to take."""
    return len(results["params"]) - 1


# In both releases.
CASES: dict[str, tuple[Any, tuple[Any, Any]]] = {
    "PoissonRegressor": (PoissonRegressor(max_iter=1000), ONE),
    "GammaRegressor": (GammaRegressor(max_iter=1000, fit_intercept=False), ONE),
    "TweedieRegressor(auto)": (TweedieRegressor(power=1.5, max_iter=1000), ONE),
    "TweedieRegressor(identity)": (TweedieRegressor(power=0, max_iter=1000), ONE),
    "TransformedTargetRegressor(log1p)": (target(func=np.log1p, inverse_func=np.expm1), ONE),
    "TransformedTargetRegressor(PowerTransformer)": (target(PowerTransformer()), ONE),
    "TransformedTargetRegressor(QuantileTransformer)": (
        target(QuantileTransformer(n_quantiles=20, output_distribution="normal")),
        ONE,
    ),
    "DummyClassifier(prior)": (dummy(DummyClassifier(strategy="prior")), THREE),
    "DummyClassifier(constant)": (dummy(DummyClassifier(strategy="constant", constant="versicolor")), THREE),
    "DummyRegressor": (dummy(DummyRegressor()), SEVERAL),
    "NearestCentroid": (NearestCentroid(), THREE),
    "OneVsRestClassifier(LogisticRegression)": (OneVsRestClassifier(logistic()), THREE),
    "OneVsRestClassifier(modified_huber)": (OneVsRestClassifier(sgd("modified_huber")), THREE),
    "OneVsRestClassifier(DummyClassifier)": (
        OneVsRestClassifier(dummy(DummyClassifier(strategy="most_frequent"))),
        THREE,
    ),
    "OneVsRestClassifier, two": (OneVsRestClassifier(logistic()), TWO),
    "OneVsOneClassifier": (OneVsOneClassifier(LinearSVC(random_state=0, max_iter=20000)), THREE),
    "OneVsOneClassifier(DummyClassifier), two": (
        OneVsOneClassifier(dummy(DummyClassifier(strategy="prior"))),
        TWO,
    ),
    "OutputCodeClassifier": (OutputCodeClassifier(logistic(), code_size=2, random_state=0), THREE),
    "MultiOutputRegressor": (MultiOutputRegressor(Ridge()), SEVERAL),
    "RegressorChain": (RegressorChain(make_pipeline(StandardScaler(), Ridge()), order=[2, 0, 1]), SEVERAL),
}
NEW: dict[str, tuple[Any, tuple[Any, Any]]] = {}
if not IS_OLD:
    from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV

    NEW = {
        "SGDClassifier, sparse": (sgd("log_loss"), THREE),
        "TweedieRegressor(link='log')": (TweedieRegressor(power=0, link="log", max_iter=1000), ONE),
        "TransformedTargetRegressor(StandardScaler)": (target(StandardScaler()), SEVERAL),
        "TransformedTargetRegressor(MinMaxScaler → box-cox)": (
            target(
                make_pipeline(
                    MinMaxScaler((1, 2)), "passthrough", PowerTransformer(method="box-cox", standardize=False)
                )
            ),
            SEVERAL,
        ),
        "TransformedTargetRegressor(RobustScaler → MaxAbsScaler)": (
            target(make_pipeline(RobustScaler(), MaxAbsScaler())),
            ONE,
        ),
        "TransformedTargetRegressor(quantiles, uniform)": (
            target(QuantileTransformer(n_quantiles=20)),
            SEVERAL,
        ),
        "TransformedTargetRegressor(identity)": (target(regressor=LinearRegression()), ONE),
        "DummyClassifier(most_frequent, 1)": (DummyClassifier(strategy="most_frequent"), ZERO_ONE),
        "NearestCentroid(manhattan)": (NearestCentroid(metric="manhattan"), THREE),
        "NearestCentroid(priors)": (NearestCentroid(priors=[0.2, 0.5, 0.3], shrink_threshold=0.3), THREE),
        "NearestCentroid(manhattan, priors), two": (
            NearestCentroid(metric="manhattan", priors=[0.8, 0.2]),
            TWO,
        ),
        "NearestCentroid, two": (NearestCentroid(priors=[0.7, 0.3]), TWO),
        "OneVsRestClassifier(log_loss)": (OneVsRestClassifier(sgd("log_loss")), THREE),
        "OneVsRestClassifier(Ridge)": (OneVsRestClassifier(Ridge()), THREE),
        "OneVsOneClassifier(LogisticRegression), two": (OneVsOneClassifier(logistic()), TWO),
        "OutputCodeClassifier(DummyClassifier)": (
            OutputCodeClassifier(DummyClassifier(strategy="most_frequent"), code_size=3, random_state=1),
            THREE,
        ),
        "FixedThresholdClassifier": (
            FixedThresholdClassifier(logistic(), threshold=0.8, pos_label="versicolor"),
            TWO,
        ),
        "FixedThresholdClassifier(scores)": (
            FixedThresholdClassifier(LinearSVC(random_state=0, max_iter=20000), pos_label="versicolor"),
            TWO,
        ),
        "TunedThresholdClassifierCV": (TunedThresholdClassifierCV(logistic(), thresholds=20), TWO),
        "TunedThresholdClassifierCV(f1)": (
            TunedThresholdClassifierCV(
                make_pipeline(StandardScaler(), logistic()),
                scoring="f1",
                response_method="decision_function",
                thresholds=20,
            ),
            ZERO_ONE,
        ),
        "GridSearchCV(refit=callable)": (
            GridSearchCV(OneVsRestClassifier(logistic()), {"estimator__C": [0.1, 1]}, refit=last),
            THREE,
        ),
        "MultiOutputClassifier": (MultiOutputClassifier(logistic()), LABELS),
        "MultiOutputClassifier(DecisionTreeClassifier)": (
            MultiOutputClassifier(DecisionTreeClassifier(max_depth=3, random_state=0)),
            LABELS,
        ),
        "ClassifierChain": (ClassifierChain(logistic(), order=[2, 0, 1]), YES_OR_NO),
        "ClassifierChain(predict_proba)": (
            ClassifierChain(logistic(), chain_method="predict_proba"),
            YES_OR_NO,
        ),
        "ClassifierChain(decision_function)": (
            ClassifierChain(LinearSVC(random_state=0, max_iter=20000), chain_method="decision_function"),
            YES_OR_NO,
        ),
        "OneVsRestClassifier, several labels": (OneVsRestClassifier(logistic()), YES_OR_NO),
        "RidgeClassifier, several labels": (RidgeClassifier(), YES_OR_NO),
        "MLPClassifier, several labels": (MLPClassifier((4,), max_iter=50, random_state=0), YES_OR_NO),
        "DecisionTreeClassifier, several labels": (
            DecisionTreeClassifier(max_depth=3, random_state=0),
            LABELS,
        ),
        "RandomForestClassifier, several labels": (
            RandomForestClassifier(n_estimators=5, max_depth=3, random_state=0),
            LABELS,
        ),
        "KNeighborsClassifier, several labels": (KNeighborsClassifier(weights="distance"), LABELS),
    }


def answers(estimator: Any, rows: Any) -> dict[str, Any]:
    """What the estimator answers."""
    # Several labels a row are answered as numbers.
    if not is_classifier(estimator) or np.ndim(estimator.predict(rows)) > 1:
        values = np.asarray(estimator.predict(rows), dtype=float)
        return {"values": values.reshape(len(rows), -1).tolist()}
    expected: dict[str, Any] = {"labels": estimator.predict(rows).tolist()}
    for key, method in (("decision_function", "decision_function"), ("probabilities", "predict_proba")):
        numbers = getattr(estimator, method)(rows) if hasattr(estimator, method) else None
        expected[key] = (
            None if numbers is None else np.asarray(numbers, float).reshape(len(rows), -1).tolist()
        )
    return expected


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    for index, (title, (estimator, (rows, targets))) in enumerate({**CASES, **NEW}.items()):
        estimator.fit(rows, targets)
        if title.endswith("sparse"):
            estimator.sparsify()
        stem = "_".join("".join(c if c.isascii() and c.isalnum() else " " for c in title.lower()).split())
        if index % 2:
            file = f"{stem}.joblib"
            joblib.dump(estimator, FOLDER / file)
        else:
            file = f"{stem}.pkl"
            (FOLDER / file).write_bytes(pickle.dumps(estimator, protocol=index % 5))
        asked = np.vstack([rows[:: len(rows) // 6], rows[:3] * 2 - rows[-3:], [[1.4, 0.33, 0.54, 0.26]]])
        if title.startswith(("OutputCode", "NearestCentroid(manhattan)")) or (
            IS_OLD and title == "NearestCentroid"
        ):
            # So far away that no distance is a number.
            asked = np.vstack([asked, [[1e300, 3.0, 4.5, 1.5]]])
        found = answers(estimator, asked)
        known = [not np.isnan(row).any() for row in found.get("probabilities") or asked]
        found = {key: value and list(compress(value, known)) for key, value in found.items()}
        item = {"estimator": title, "files": [file], "names": None, "rows": asked[known].tolist(), **found}
        items.append(item)
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(items)} estimators")


if __name__ == "__main__":
    main()

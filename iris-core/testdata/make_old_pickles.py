"""Makes pickles as scikit-learn 1.2 with numpy 1 wrote them, and their answers.

Run with scikit-learn==1.2.2, numpy==1.26.4, scipy==1.11.4 and joblib: `python make_old_pickles.py` writes
`old_pickles/` and `old_pickles.json`. Later releases answer some of these otherwise, or refuse to load them.
"""

from __future__ import annotations

import json
import pickle
import shutil
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, RidgeClassifier, SGDClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, StandardScaler

HERE = Path(__file__).parent
FOLDER = HERE / "old_pickles"
IRIS = load_iris()
SPECIES = IRIS.target_names[IRIS.target]
THREE = (IRIS.data, SPECIES)
TWO = (IRIS.data[50:], SPECIES[50:])
DIABETES = load_diabetes(scaled=False)


def logistic(**parameters: Any) -> LogisticRegression:
    """One that converges."""
    return LogisticRegression(max_iter=2000, **parameters)


CASES: dict[str, tuple[Any, tuple[Any, Any]]] = {
    "LogisticRegression": (logistic(), THREE),
    "LogisticRegression, two": (logistic(), TWO),
    "LogisticRegression(ovr)": (logistic(multi_class="ovr"), THREE),
    "LogisticRegression(liblinear)": (logistic(solver="liblinear"), THREE),
    "LogisticRegression(newton-cholesky)": (logistic(solver="newton-cholesky"), THREE),
    "LogisticRegression(multinomial)": (logistic(multi_class="multinomial"), THREE),
    "LogisticRegression(multinomial), two": (logistic(multi_class="multinomial"), TWO),
    "RidgeClassifier": (RidgeClassifier(), THREE),
    "RidgeClassifier, two": (RidgeClassifier(), TWO),
    "SGDClassifier": (SGDClassifier(loss="log_loss", random_state=0), THREE),
    "LinearRegression": (LinearRegression(), (DIABETES.data, DIABETES.target)),
    "SimpleImputer → StandardScaler → PCA → MinMaxScaler → LogisticRegression": (
        make_pipeline(SimpleImputer(), StandardScaler(), PCA(2), MinMaxScaler(clip=True), logistic()),
        THREE,
    ),
    "GridSearchCV": (
        GridSearchCV(make_pipeline(StandardScaler(), logistic()), {"steps": [[("a", logistic())]]}),
        THREE,
    ),
}


def main() -> None:
    """Writes every file."""
    assert sklearn.__version__ == "1.2.2" and np.__version__.startswith("1.")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    for index, (title, (estimator, (rows, targets))) in enumerate(CASES.items()):
        estimator.fit(rows, targets)
        stem = "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        protocol = index % 6
        files = [f"{stem}.p{protocol}.pkl", f"{stem}.joblib"]
        (FOLDER / files[0]).write_bytes(pickle.dumps(estimator, protocol=protocol))
        joblib.dump(estimator, FOLDER / files[1])
        asked = np.vstack([rows[:: len(rows) // 6], rows[:3] * 2 - rows[-3:]])
        item: dict[str, Any] = {"estimator": title, "files": files, "names": None, "rows": asked.tolist()}
        if hasattr(estimator, "decision_function"):
            item["labels"] = estimator.predict(asked).tolist()
            item["decision_function"] = estimator.decision_function(asked).reshape(len(asked), -1).tolist()
            proba = hasattr(estimator, "predict_proba")
            item["probabilities"] = estimator.predict_proba(asked).tolist() if proba else None
        else:
            item["values"] = estimator.predict(asked).reshape(len(asked), -1).tolist()
        items.append(item)
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / "old_pickles.json").write_text(f"[\n{lines}\n]\n")


if __name__ == "__main__":
    main()

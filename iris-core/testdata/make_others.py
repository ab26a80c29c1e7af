"""Makes pickles of estimators that are neither linear nor trees, small ones, with what they answer.

`python make_others.py` writes `others/` and `others.json` with the scikit-learn of `make_pickles.py`.
"""

from __future__ import annotations

import json
import pickle
import shutil
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from make_trees import ONE, THREE, TWO, answers
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import KMeans
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB, MultinomialNB
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor, LocalOutlierFactor
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC, SVR

HERE = Path(__file__).parent
FOLDER = HERE / "others"
FEW = (THREE[0][::3], THREE[1][::3])

CASES: dict[str, tuple[Any, tuple[Any, Any]]] = {
    "SVC": (make_pipeline(StandardScaler(), SVC(probability=True, random_state=0)), FEW),
    "SVC, two": (SVC(kernel="poly", degree=2, gamma=0.1), TWO),
    "SVR": (SVR(C=50.0), ONE),
    "KNeighborsClassifier, boxes": (KNeighborsClassifier(4, algorithm="kd_tree", leaf_size=5), FEW),
    "KNeighborsClassifier, balls": (
        KNeighborsClassifier(5, algorithm="ball_tree", leaf_size=6, weights="distance"),
        FEW,
    ),
    "KNeighborsRegressor": (KNeighborsRegressor(3, algorithm="brute", metric="manhattan"), ONE),
    "LocalOutlierFactor": (LocalOutlierFactor(7, novelty=True), FEW),
    "GaussianNB": (GaussianNB(), THREE),
    "MultinomialNB": (MultinomialNB(), THREE),
    "KMeans": (KMeans(3, n_init=1, random_state=0), THREE),
    "MLPClassifier": (
        make_pipeline(StandardScaler(), MLPClassifier((6,), max_iter=40, random_state=0)),
        THREE,
    ),
    "QuadraticDiscriminantAnalysis": (QuadraticDiscriminantAnalysis(), THREE),
    "CalibratedClassifierCV": (CalibratedClassifierCV(GaussianNB(), cv=3, method="isotonic"), THREE),
    "VotingClassifier": (
        VotingClassifier([("a", GaussianNB()), ("b", LogisticRegression(max_iter=300))], voting="soft"),
        THREE,
    ),
    "StackingClassifier": (
        StackingClassifier([("a", GaussianNB()), ("b", LogisticRegression(max_iter=300))], cv=3),
        TWO,
    ),
    "GaussianProcessRegressor": (
        GaussianProcessRegressor(alpha=0.5, optimizer=None),
        (ONE[0][:40], ONE[1][:40]),
    ),
}


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
            name = f"{stem}.joblib"
            joblib.dump(estimator, FOLDER / name)
        else:
            name = f"{stem}.pkl"
            (FOLDER / name).write_bytes(pickle.dumps(estimator, protocol=4))
        some = np.array([*rows[:: len(rows) // 8], rows.mean(0), rows.min(0), 3 * rows.max(0)])
        said = answers(estimator, some)
        if title == "KMeans":
            said = {
                "labels": estimator.predict(some).tolist(),
                "decision_function": None,
                "probabilities": None,
            }
        items.append({"estimator": title, "files": [name], "names": None, "rows": some.tolist(), **said})
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(items)} estimators")


if __name__ == "__main__":
    main()

"""Makes pickles of imbalanced-learn's pipelines and ensembles, small ones, with what they answer.

`python make_imbalanced.py FOLDER` writes `FOLDER/` and `FOLDER.json` in the form of `pickles.json`, with the libraries of
whoever runs it: `imbalanced` with scikit-learn 1.9 and imbalanced-learn 0.14, `old_imbalanced` with 1.0 and 0.9.
"""

from __future__ import annotations

import json
import pickle
import shutil
import sys
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from imblearn import FunctionSampler
from imblearn.combine import SMOTETomek
from imblearn.ensemble import (
    BalancedBaggingClassifier,
    BalancedRandomForestClassifier,
    EasyEnsembleClassifier,
    RUSBoostClassifier,
)
from imblearn.over_sampling import SMOTE, RandomOverSampler
from imblearn.pipeline import Pipeline, make_pipeline
from imblearn.under_sampling import RandomUnderSampler
from sklearn.ensemble import BaggingClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import GaussianNB
from sklearn.preprocessing import StandardScaler
from sklearn.tree import DecisionTreeClassifier

FOLDER = Path(sys.argv[1])


def data() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rows by a seed, of two classes and of three, of which one is rare."""
    random = np.random.RandomState(7)
    rows = np.round(random.normal(size=(160, 4)), 3)
    score = rows[:, 0] + 0.5 * rows[:, 1]
    return rows, (score > 1.1).astype(int), np.array(["a", "b", "c"])[(score > 0.2).astype(int) + (score > 1.2)]


def cases() -> dict[str, tuple[Any, bool]]:
    """Estimators, and whether of three classes."""
    tree = DecisionTreeClassifier(max_depth=4, random_state=0)
    return {
        "SMOTE": (make_pipeline(StandardScaler(), SMOTE(random_state=0), LogisticRegression()), False),
        "Several samplers": (
            make_pipeline(
                RandomOverSampler(random_state=0),
                StandardScaler(),
                SMOTETomek(random_state=0),
                FunctionSampler(),
                make_pipeline(RandomUnderSampler(random_state=0), "passthrough", tree),
            ),
            True,
        ),
        "Pipeline without samplers": (Pipeline([("scale", StandardScaler()), ("end", GaussianNB())]), True),
        "BalancedRandomForestClassifier": (
            BalancedRandomForestClassifier(n_estimators=5, max_depth=4, random_state=0),
            True,
        ),
        "BalancedBaggingClassifier": (BalancedBaggingClassifier(n_estimators=4, random_state=0), True),
        "BalancedBaggingClassifier, columns": (
            BalancedBaggingClassifier(GaussianNB(), n_estimators=4, max_features=2, random_state=0),
            False,
        ),
        "RUSBoostClassifier": (RUSBoostClassifier(tree, n_estimators=4, random_state=0), False),
        "RUSBoostClassifier, three": (RUSBoostClassifier(tree, n_estimators=4, random_state=0), True),
        "RUSBoostClassifier, SAMME": (
            RUSBoostClassifier(tree, n_estimators=4, algorithm="SAMME", random_state=0),
            True,
        ),
        "EasyEnsembleClassifier": (EasyEnsembleClassifier(n_estimators=3, random_state=0), False),
        "EasyEnsembleClassifier, three": (EasyEnsembleClassifier(n_estimators=3, random_state=0), True),
        "Bagging of pipelines": (
            BaggingClassifier(make_pipeline(RandomUnderSampler(random_state=0), tree), n_estimators=3, random_state=0),
            True,
        ),
    }


def main() -> None:
    """Writes every file."""
    warnings.simplefilter("ignore")
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    rows, two, three = data()
    some = np.array([*rows[::16], rows.mean(0), rows.min(0), 3 * rows.max(0)])
    items = []
    for index, (title, (estimator, is_three)) in enumerate(cases().items()):
        estimator.fit(rows, three if is_three else two)
        stem = "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        file = f"{stem}.{'pkl' if index % 2 else 'joblib'}"
        if index % 2:
            (FOLDER / file).write_bytes(pickle.dumps(estimator, protocol=4))
        else:
            joblib.dump(estimator, FOLDER / file, compress=3)
        has_scores = hasattr(estimator, "decision_function")
        scores = np.reshape(estimator.decision_function(some), (len(some), -1)).tolist() if has_scores else None
        items.append(
            {
                "estimator": title,
                "files": [file],
                "names": None,
                "rows": some.tolist(),
                "labels": estimator.predict(some).tolist(),
                "decision_function": scores,
                "probabilities": estimator.predict_proba(some).tolist(),
            }
        )
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (FOLDER.parent / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
    print(f"{len(items)} estimators")


if __name__ == "__main__":
    main()

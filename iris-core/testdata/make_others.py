"""Makes pickles of estimators that are neither linear nor trees, small ones, with what they answer.

`python make_others.py` writes `others/`, `others.json` and `many_categories/` as `make_pickles.py` does.
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
import pandas as pd
from make_trees import ONE, THREE, TWO, answers
from sklearn.calibration import CalibratedClassifierCV
from sklearn.cluster import (
    AffinityPropagation,
    Birch,
    BisectingKMeans,
    FeatureAgglomeration,
    KMeans,
    MeanShift,
)
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import MiniBatchDictionaryLearning, SparsePCA, TruncatedSVD
from sklearn.discriminant_analysis import QuadraticDiscriminantAnalysis
from sklearn.ensemble import StackingClassifier, VotingClassifier
from sklearn.experimental import enable_iterative_imputer  # noqa: F401
from sklearn.feature_extraction import DictVectorizer
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.impute import IterativeImputer
from sklearn.kernel_approximation import (
    AdditiveChi2Sampler,
    Nystroem,
    PolynomialCountSketch,
    SkewedChi2Sampler,
)
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.naive_bayes import BernoulliNB, GaussianNB, MultinomialNB
from sklearn.neighbors import (
    KNeighborsClassifier,
    KNeighborsRegressor,
    LocalOutlierFactor,
    NeighborhoodComponentsAnalysis,
)
from sklearn.neural_network import BernoulliRBM, MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, OneHotEncoder, StandardScaler
from sklearn.random_projection import SparseRandomProjection
from sklearn.svm import SVC, SVR

HERE = Path(__file__).parent
FOLDER = HERE / "others"
WIDE = HERE / "many_categories"
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

TRANSFORMERS = [
    NeighborhoodComponentsAnalysis(2, max_iter=5, random_state=0),
    SparseRandomProjection(3, random_state=0),
    SparsePCA(2, max_iter=5, random_state=0),
    MiniBatchDictionaryLearning(3, transform_algorithm="threshold", transform_alpha=0.5, random_state=0),
    FeatureAgglomeration(2),
    BernoulliRBM(3, n_iter=2, random_state=0),
    AdditiveChi2Sampler(),
    SkewedChi2Sampler(n_components=6, random_state=0),
    PolynomialCountSketch(n_components=9, degree=3, coef0=0.5, random_state=0),
    Nystroem("chi2", n_components=6, random_state=0),
    Nystroem("cosine", n_components=3, random_state=0),
    IterativeImputer(max_iter=3, random_state=0),
]
CLUSTERS = [
    BisectingKMeans(5, random_state=0),
    Birch(threshold=0.4, n_clusters=4),
    MeanShift(bandwidth=1.0),
    AffinityPropagation(damping=0.8, max_iter=500, random_state=0),
]
UNIT = (MinMaxScaler().fit_transform(THREE[0]), THREE[1])
HOLES = np.where(np.random.RandomState(0).rand(*THREE[0].shape) < 0.1, np.nan, THREE[0])
for step in TRANSFORMERS:
    title = type(step).__name__ + (f", {step.kernel}" if isinstance(step, Nystroem) else "")
    rows = HOLES if isinstance(step, IterativeImputer) else UNIT[0]
    CASES[title] = (make_pipeline(step, LogisticRegression(max_iter=300)), (rows, THREE[1]))
for cluster in CLUSTERS:
    CASES[type(cluster).__name__] = (cluster, FEW)
for kernel in ("additive_chi2", "chi2", "cosine"):
    some = (UNIT[0][::3], np.arange(float(len(FEW[1]))))
    CASES[f"KernelRidge, {kernel}"] = (KernelRidge(kernel=kernel, gamma=0.5), some)

RECORDS = [
    {"city": "Oslo", "rooms": 2},
    {"city": "Bergen", "rooms": 3.5},
    {"rooms": 1, "garden": True},
    {"city": "=", "heated": "by=wood"},
]


def write_wide() -> None:
    """Models of hundreds of categories, with what they answer and what each column adds to it."""
    shutil.rmtree(WIDE, ignore_errors=True)
    WIDE.mkdir()
    random = np.random.RandomState(0)
    frame = pd.DataFrame(
        {
            "shop": random.permutation([f"shop {index % 280}" for index in range(700)]),
            "price": random.lognormal(size=700),
            "item": random.permutation([f"item {index % 150}" for index in range(700)]),
        }
    )
    target = random.randint(0, 2, 700)
    asked = pd.concat(
        [frame[:12], pd.DataFrame({"shop": ["shop 7", "?"], "price": [0.5, 2.0], "item": ["?", "?"]})]
    )
    items = []
    for title, last in [
        ("logistic", LogisticRegression()),
        ("bernoulli", BernoulliNB()),
        ("ridge", Ridge()),
        ("pca", make_pipeline(TruncatedSVD(3, random_state=0), LogisticRegression())),
    ]:
        hot = OneHotEncoder(handle_unknown="ignore", sparse_output=title != "pca")
        columns = ColumnTransformer([("c", hot, ["shop", "item"]), ("n", StandardScaler(), ["price"])])
        steps = [hot if title == "bernoulli" else columns, last]
        names = ["shop", "item"] if title == "bernoulli" else list(frame)
        model = make_pipeline(*steps).fit(frame[names], target)
        (WIDE / f"{title}.pkl").write_bytes(pickle.dumps(model, protocol=4))
        ask = model.predict if title == "ridge" else model.predict_proba
        numbers = np.asarray(ask(asked[names])).reshape(len(asked), -1)
        item = {
            "file": f"{title}.pkl",
            "rows": asked[names].to_numpy().tolist(),
            "numbers": numbers.tolist(),
        }
        if title in ("logistic", "ridge"):
            of_columns = model[0].transform(asked)
            parts = np.asarray(of_columns.toarray() if hasattr(of_columns, "toarray") else of_columns)
            parts = parts * np.ravel(last.coef_)
            n_shops = len(model[0].named_transformers_["c"].categories_[0])
            added = [parts[:, :n_shops].sum(1), parts[:, -1], parts[:, n_shops:-1].sum(1)]
            constant = np.full(len(asked), float(np.ravel(last.intercept_)[0]))
            item["contributions"] = np.column_stack([*added, constant]).tolist()
        items.append(item)
    lines = ",\n".join(json.dumps(item) for item in items)
    (WIDE / "answers.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")


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
        least, most = np.nanmin(rows, 0), np.nanmax(rows, 0)
        some = np.array([*rows[:: len(rows) // 8], np.nanmean(rows, 0), least, 3 * most])
        said = answers(estimator, some)
        if hasattr(estimator, "cluster_centers_") or title == "Birch":
            said = {
                "labels": estimator.predict(some).tolist(),
                "decision_function": None,
                "probabilities": None,
            }
        asked = [[None if np.isnan(value) else value for value in row] for row in some.tolist()]
        items.append({"estimator": title, "files": [name], "names": None, "rows": asked, **said})
    # It gives back what it gets, so that each column of the dictionaries shows.
    shown = make_pipeline(DictVectorizer(), LinearRegression()).fit(RECORDS, np.zeros(len(RECORDS)))
    shown[-1].coef_, shown[-1].intercept_ = np.eye(len(shown[0].feature_names_)), np.zeros(1)
    (FOLDER / "shown_records.pkl").write_bytes(pickle.dumps(shown, protocol=4))
    write_wide()
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / f"{FOLDER.name}.json").write_text(f"[\n{lines}\n]\n")
    print(f"{len(items)} estimators")


if __name__ == "__main__":
    main()

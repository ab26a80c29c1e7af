"""Makes the pickles that the tests read, and scikit-learn's answers for them.

`python make_pickles.py` writes `pickles/` and `pickles.json`; `--check` loads the committed files with the
libraries that wrote them and compares what they answer with `pickles.json`.
"""

from __future__ import annotations

import argparse
import collections
import io
import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, is_classifier
from sklearn.datasets import load_diabetes, load_iris, load_wine
from sklearn.decomposition import NMF, PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.exceptions import ConvergenceWarning
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ARDRegression,
    BayesianRidge,
    ElasticNet,
    ElasticNetCV,
    HuberRegressor,
    Lars,
    LarsCV,
    Lasso,
    LassoCV,
    LassoLars,
    LassoLarsCV,
    LassoLarsIC,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    MultiTaskElasticNet,
    MultiTaskElasticNetCV,
    MultiTaskLasso,
    MultiTaskLassoCV,
    OrthogonalMatchingPursuit,
    OrthogonalMatchingPursuitCV,
    PassiveAggressiveClassifier,
    PassiveAggressiveRegressor,
    Perceptron,
    QuantileRegressor,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    RidgeCV,
    SGDClassifier,
    SGDRegressor,
    TheilSenRegressor,
)
from sklearn.model_selection import GridSearchCV, RandomizedSearchCV
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    FunctionTransformer,
    MaxAbsScaler,
    MinMaxScaler,
    Normalizer,
    RobustScaler,
    StandardScaler,
)
from sklearn.svm import LinearSVC, LinearSVR

Rows = NDArray[np.float64]
HERE = Path(__file__).parent
FOLDER = HERE / "pickles"
EXPECTED = HERE / "pickles.json"
REFUSED = HERE / "refused_pickles.json"
NAN = float("nan")


def dump_pickle(estimator: BaseEstimator, protocol: int) -> bytes:
    """What `pickle.dump` writes."""
    return pickle.dumps(estimator, protocol=protocol)


def dump_joblib(estimator: BaseEstimator, compress: Any, protocol: int | None = None) -> bytes:
    """What `joblib.dump` writes."""
    file = io.BytesIO()
    joblib.dump(estimator, file, compress=compress, protocol=protocol)
    return file.getvalue()


FORMATS: dict[str, Callable[[BaseEstimator], bytes]] = {
    **{f"p{protocol}.pkl": lambda e, protocol=protocol: dump_pickle(e, protocol) for protocol in range(6)},
    "joblib": lambda e: dump_joblib(e, 0),
    "zlib.joblib": lambda e: dump_joblib(e, ("zlib", 3)),
    "gzip.joblib": lambda e: dump_joblib(e, ("gzip", 3)),
    "p2.joblib": lambda e: dump_joblib(e, 0, 2),
    "p5.joblib": lambda e: dump_joblib(e, 0, 5),
}


@dataclass(frozen=True)
class Case:
    """One estimator to fit and write."""

    title: str
    estimator: BaseEstimator
    data: str
    every_format: bool = False
    names: tuple[str, ...] = field(default=())

    def files(self, index: int) -> Iterator[tuple[str, str]]:
        """File and format: all of them, or one of each kind in turn."""
        stem = "".join(c if c.isalnum() else "_" for c in self.title.lower())
        stem = "_".join(part for part in stem.split("_") if part)
        pickles, joblibs = list(FORMATS)[:6], list(FORMATS)[6:]
        some = [pickles[index % 6], joblibs[index % 5]]
        for form in FORMATS if self.every_format else some:
            yield f"{stem}.{form}", form


def data(name: str) -> tuple[Rows, NDArray[Any]]:
    """Rows and targets by the name that a case uses."""
    iris, wine, diabetes = load_iris(), load_wine(), load_diabetes(scaled=False)
    species = iris.target_names[iris.target]
    rows = iris.data.copy()
    missing = rows.copy()
    missing[::10, 1], missing[5::15, 2] = NAN, NAN
    progression = diabetes.target
    several = np.column_stack([progression, np.log(progression), np.sqrt(progression)])
    return {
        "iris": (rows, species),
        "iris objects": (rows, species.astype(object)),
        "iris int": (rows, iris.target * 10 - 10),
        "iris int8": (rows, iris.target.astype(np.int8)),
        "iris two": (rows[50:], species[50:]),
        "iris two int": (rows[50:], iris.target[50:]),
        "iris missing": (missing, species),
        "iris minus one": (np.where(np.isnan(missing), -1.0, missing), species),
        "iris fortran": (np.asfortranarray(rows), species),
        "iris empty column": (np.column_stack([rows[:, :2], np.full(150, NAN), rows[:, 2:]]), species),
        "wine": (wine.data, wine.target),
        "diabetes": (diabetes.data, progression),
        "diabetes three": (diabetes.data, several),
        "diabetes column": (diabetes.data, progression[:, None]),
    }[name]


def asked(name: str) -> Rows:
    """Rows of the data, and others around it from a seed: twice as far out, and a thousand times."""
    rows = data(name)[0]
    generator = np.random.default_rng(20260101)
    low, high = np.nanmin(np.nan_to_num(rows), axis=0), np.nanmax(np.nan_to_num(rows), axis=0)
    span = high - low
    around = low - span / 2 + 2 * span * generator.random((4, rows.shape[1]))
    far = (generator.random((2, rows.shape[1])) - 0.5) * 1000 * (span + 1)
    return np.vstack([rows[:: len(rows) // 6], around, far])


def steps(*estimators: Any) -> Pipeline:
    """A pipeline whose steps are called after their classes."""
    return make_pipeline(*estimators)


CLASSIFIERS: dict[str, BaseEstimator] = {
    "LogisticRegression": LogisticRegression(max_iter=1000),
    "LogisticRegression(C=0.1)": LogisticRegression(C=0.1, max_iter=1000, fit_intercept=False),
    "LogisticRegressionCV": LogisticRegressionCV(
        Cs=3, max_iter=1000, l1_ratios=(0,), use_legacy_attributes=False
    ),
    "RidgeClassifier": RidgeClassifier(),
    "RidgeClassifierCV": RidgeClassifierCV(),
    "LinearSVC": LinearSVC(max_iter=10_000),
    "LinearSVC(fit_intercept=False)": LinearSVC(max_iter=10_000, fit_intercept=False),
    "LinearSVC(crammer_singer)": LinearSVC(max_iter=10_000, multi_class="crammer_singer", random_state=0),
    "Perceptron": Perceptron(random_state=0),
    "PassiveAggressiveClassifier": PassiveAggressiveClassifier(random_state=0),
    "SGDClassifier(hinge)": SGDClassifier(random_state=0),
    "SGDClassifier(log_loss)": SGDClassifier(loss="log_loss", random_state=0),
    "SGDClassifier(log_loss, average)": SGDClassifier(loss="log_loss", average=True, random_state=0),
    "SGDClassifier(modified_huber)": SGDClassifier(loss="modified_huber", random_state=0),
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis(),
    "LinearDiscriminantAnalysis(lsqr)": LinearDiscriminantAnalysis(solver="lsqr", shrinkage="auto"),
}

REGRESSORS: dict[str, BaseEstimator] = {
    "LinearRegression": LinearRegression(),
    "LinearRegression(fit_intercept=False)": LinearRegression(fit_intercept=False),
    "Ridge": Ridge(),
    "RidgeCV": RidgeCV(),
    "Lasso": Lasso(),
    "LassoCV": LassoCV(),
    "ElasticNet": ElasticNet(),
    "ElasticNetCV": ElasticNetCV(),
    "Lars": Lars(),
    "LarsCV": LarsCV(),
    "LassoLars": LassoLars(),
    "LassoLarsCV": LassoLarsCV(),
    "LassoLarsIC": LassoLarsIC(),
    "OrthogonalMatchingPursuit": OrthogonalMatchingPursuit(),
    "OrthogonalMatchingPursuitCV": OrthogonalMatchingPursuitCV(),
    "BayesianRidge": BayesianRidge(),
    "ARDRegression": ARDRegression(),
    "HuberRegressor": HuberRegressor(max_iter=1000),
    "QuantileRegressor": QuantileRegressor(alpha=0),
    "TheilSenRegressor": TheilSenRegressor(random_state=0, max_subpopulation=100),
    "LinearSVR": LinearSVR(random_state=0, max_iter=10_000),
    "StandardScaler → SGDRegressor": steps(StandardScaler(), SGDRegressor(random_state=0)),
    "StandardScaler → PassiveAggressiveRegressor": steps(
        StandardScaler(), PassiveAggressiveRegressor(random_state=0)
    ),
}

SEVERAL: dict[str, BaseEstimator] = {
    "LinearRegression": LinearRegression(),
    "Ridge": Ridge(alpha=[1.0, 2.0, 3.0]),
    "Lasso": Lasso(),
    "MultiTaskLasso": MultiTaskLasso(),
    "MultiTaskLassoCV": MultiTaskLassoCV(),
    "MultiTaskElasticNet": MultiTaskElasticNet(),
    "MultiTaskElasticNetCV": MultiTaskElasticNetCV(),
    "StandardScaler → PCA(4) → Ridge": steps(StandardScaler(), PCA(4), Ridge()),
}

PREPROCESSED: dict[str, tuple[BaseEstimator, str]] = {
    "StandardScaler": (StandardScaler(), "iris"),
    "StandardScaler(with_mean=False)": (StandardScaler(with_mean=False), "iris"),
    "StandardScaler(with_std=False)": (StandardScaler(with_std=False), "iris"),
    "MinMaxScaler": (MinMaxScaler(), "iris"),
    "MinMaxScaler(clip=True)": (MinMaxScaler((-1, 2), clip=True), "iris"),
    "MaxAbsScaler": (MaxAbsScaler(), "iris"),
    "MaxAbsScaler(clip=True)": (MaxAbsScaler(clip=True), "iris"),
    "RobustScaler": (RobustScaler(), "iris"),
    "RobustScaler(unit_variance)": (RobustScaler(with_centering=False, unit_variance=True), "iris"),
    "RobustScaler(with_scaling=False)": (RobustScaler(with_scaling=False), "iris"),
    "Normalizer(l1)": (Normalizer("l1"), "iris"),
    "Normalizer(l2)": (Normalizer(), "iris"),
    "Normalizer(max)": (Normalizer("max"), "iris"),
    "SimpleImputer": (SimpleImputer(), "iris missing"),
    "SimpleImputer(median)": (SimpleImputer(strategy="median"), "iris missing"),
    "SimpleImputer(most_frequent)": (SimpleImputer(strategy="most_frequent"), "iris missing"),
    "SimpleImputer(constant)": (SimpleImputer(strategy="constant", fill_value=2), "iris missing"),
    "SimpleImputer(missing_values=-1)": (SimpleImputer(missing_values=-1), "iris minus one"),
    "SimpleImputer, dropping": (SimpleImputer(), "iris empty column"),
    "SimpleImputer, keeping": (SimpleImputer(keep_empty_features=True), "iris empty column"),
    "SimpleImputer(constant), dropping": (SimpleImputer(strategy="constant"), "iris empty column"),
    "PCA": (PCA(), "iris"),
    "PCA(2)": (PCA(2), "iris fortran"),
    "PCA(3, whiten=True)": (PCA(3, whiten=True), "iris"),
}


def searched(search: type, **parameters: Any) -> BaseEstimator:
    """A search over a pipeline."""
    pipeline = steps(StandardScaler(), LogisticRegression(max_iter=1000))
    return search(pipeline, {"logisticregression__C": [0.1, 1.0]}, cv=2, **parameters)


def cases() -> Iterator[Case]:
    """Every estimator to try."""
    every = {"LogisticRegression", "RidgeClassifier", "SGDClassifier(log_loss)"}
    for title, estimator in CLASSIFIERS.items():
        for name in ("iris", "iris two"):
            yield Case(f"{title}, {name}", estimator, name, title in every and name == "iris")
    for name in ("iris objects", "iris int", "iris int8", "iris two int"):
        yield Case(
            f"LogisticRegression, {name}", LogisticRegression(max_iter=1000), name, name != "iris int8"
        )
    for loss in ("log_loss", "modified_huber", "hinge"):
        yield Case(f"SGDClassifier({loss}), wine", SGDClassifier(loss=loss, random_state=2), "wine")
    for title, estimator in REGRESSORS.items():
        yield Case(title, estimator, "diabetes", title == "LinearRegression")
    for title, estimator in SEVERAL.items():
        yield Case(f"{title}, three targets", estimator, "diabetes three", title == "LinearRegression")
    yield Case("LinearRegression, a column", LinearRegression(), "diabetes column")
    for title, (transformer, name) in PREPROCESSED.items():
        model = steps(transformer, LogisticRegression(max_iter=1000))
        yield Case(f"{title} → LogisticRegression", model, name, title == "SimpleImputer")
    chain = [("impute", SimpleImputer()), ("scale", StandardScaler()), ("nothing", "passthrough")]
    chain += [("none", None), ("clip", MinMaxScaler(clip=True)), ("length", Normalizer()), ("pca", PCA(2))]
    model = Pipeline(
        [("prepare", Pipeline(chain)), ("classify", SGDClassifier(loss="log_loss", random_state=0))]
    )
    yield Case("a pipeline in a pipeline", model, "iris missing", True)
    yield Case("GridSearchCV", searched(GridSearchCV), "iris")
    yield Case("RandomizedSearchCV", searched(RandomizedSearchCV, n_iter=2, random_state=0), "iris two")
    names = ("Sepal length [cm]", "Breite", "長さ", "d")
    yield Case("LogisticRegression, named columns", LogisticRegression(max_iter=1000), "iris", True, names)
    yield Case("a pipeline, named columns", steps(StandardScaler(), RidgeClassifier()), "iris", False, names)


def objects() -> dict[str, Any]:
    """One of each kind of object that files hold, for the reader's own tests."""
    numbers = np.arange(6).reshape(2, 3)
    dtypes = "f2 f4 f8 i1 i2 i4 i8 u1 u2 u4 u8 >f2 >f4 >f8 >i2 >i4 >i8 >u2 >u4 >u8"
    records = np.array([(1, 2.5, "x"), (3, 4.5, "y")], dtype=[("n", "i4"), ("v", "f8"), ("t", "U2")])
    return {
        "none": None,
        "bools": [True, False],
        "ints": [0, 1, 255, 256, 65536, -1, -300, 2**31, -(2**31), 2**62, -(2**62)],
        "big": [2**70, -(2**70)],
        "floats": [0.0, -1.5, 1e300, float("inf"), float("-inf")],
        "bytes": [b"", b"abc", bytes(range(256)), bytearray(b"\xffy")],
        "texts": ["", "plain", "caf\u00e9", "\u9577\u3055 \U0001f600", "line\nbreak\\u0041'\"", "x" * 300],
        "tuples": [(), (1,), (1, 2), (1, 2, 3), (1, 2, 3, 4)],
        "sets": [{1}, frozenset([2])],
        "shared": [shared := ["a"], shared],
        "arrays": {dtype: numbers.astype(dtype) for dtype in dtypes.split()},
        "bool": np.array([True, False]),
        "unicode": np.array(["a", "\u9577\u3055", ""]),
        ">unicode": np.array(["a", "\u9577\u3055", ""]).astype(">U2"),
        "S": np.array([b"a", b"bc"]),
        "object": np.array(["a", None, 1.5], dtype=object),
        "fortran": np.asfortranarray(numbers.astype(float)),
        "cube": np.asfortranarray(np.arange(24.0).reshape(2, 3, 4)),
        "strided": np.arange(12.0).reshape(3, 4)[::2, ::2],
        "empty": np.empty((0, 3)),
        "point": np.array(1.5),
        "records": records,
        "dates": np.array(["2026-01-01"], dtype="M8[D]"),
        "scalars": [
            np.float64(1.5),
            np.float32(0.5),
            np.int64(-7),
            np.uint8(200),
            np.bool_(True),
            np.str_("s"),
        ],
        "random": np.random.RandomState(0),
        "named": collections.OrderedDict([("a", 1)]),
    }


class OwnScaler(StandardScaler):
    """A class of the script's own, as people write them into theirs."""


class EasyEnsembleClassifier(BaseEstimator):
    """A stand-in for a class of another library's, which nobody has to install to be refused."""

    __module__ = "otherlib.ensemble._easy_ensemble"


def own_function(rows: Rows) -> Rows:
    """A function of the script's own."""
    return rows


def refused() -> Iterator[tuple[str, Any, str, str]]:
    """File, what to dump, the class at which reading stops, and what its message says."""
    rows, species = data("iris")
    logistic = "sklearn.linear_model._logistic.LogisticRegression"
    scaler = "sklearn.preprocessing._data.StandardScaler"
    fitted = LogisticRegression(max_iter=1000).fit(rows, species)
    yield (
        "own_class.pkl",
        steps(OwnScaler(), Ridge()).fit(rows, rows[:, 0]),
        "__main__.OwnScaler",
        "step 'ownscaler'",
    )
    function = steps(FunctionTransformer(own_function), Ridge()).fit(rows, rows[:, 0])
    transformer = "sklearn.preprocessing._function_transformer.FunctionTransformer"
    yield "own_function.joblib", function, transformer, "step 'functiontransformer'"
    yield "function.pkl", own_function, "__main__.own_function", "the function or class __main__.own_function"
    yield "scaler.joblib", StandardScaler().fit(rows), scaler, "a transformer without an estimator"
    yield (
        "in_a_dict.pkl",
        {"model": fitted, "threshold": 0.5},
        "a dict",
        "say which of them is the model, as in `model.pkl#model`",
    )
    yield "an_array.pkl", rows[:3], "an array of float64 in [3, 4]", "an array of float64"
    ridge = "sklearn.linear_model._ridge.Ridge"
    yield "not_fitted.pkl", Ridge(), ridge, "it has no 'coef_', as one that was fitted would"
    other = "otherlib.ensemble._easy_ensemble.EasyEnsembleClassifier"
    elsewhere = steps(StandardScaler().fit(rows), EasyEnsembleClassifier())
    yield "elsewhere.joblib", elsewhere, other, "step 'easyensembleclassifier' of the pipeline: otherlib"
    yield "elsewhere_alone.pkl", EasyEnsembleClassifier(), other, "Classifier: this class is not read"
    grid = GridSearchCV(Ridge(), {"alpha": [1.0]}, cv=2, refit=False).fit(rows, rows[:, 0])
    yield "no_refit.pkl", grid, "sklearn.model_selection._search.GridSearchCV", "refit=False"
    for kind, labels in (("S1", np.array([b"a", b"b", b"c"])), ("object", np.array([1, "b", True], object))):
        model = LogisticRegression(max_iter=1000).fit(rows, species)
        model.classes_ = labels
        yield f"labels_{kind}.pkl", model, logistic, f"its labels are an array of {kind}"
    for kind, labels in (("nan", [0.0, 1.0, np.nan]), ("negative_zero", [-0.0, 1.0, 2.0])):
        model = LogisticRegression(max_iter=1000).fit(rows, species)
        model.classes_ = np.array(labels)
        yield f"labels_{kind}.pkl", model, logistic, "no label that a class could be called by"
    several = MultiOutputClassifier(RidgeClassifier()).fit(rows, np.column_stack([species, species]))
    yield (
        "several_texts.pkl",
        several,
        "sklearn.multioutput.MultiOutputClassifier",
        "labels that are numbers are read",
    )
    factors = steps(NMF(2, tol=0.01, random_state=0), RidgeClassifier()).fit(rows, species)
    yield (
        "factors.joblib",
        factors,
        "sklearn.decomposition._nmf.NMF",
        "step 'nmf' of the pipeline: sklearn.decomposition._nmf.NMF: it stops as soon as all rows",
    )


def fit(case: Case) -> BaseEstimator:
    """The estimator, fitted; with the names that fitting on a frame leaves."""
    estimator = case.estimator.fit(*data(case.data))
    if case.names:
        first = estimator[0] if isinstance(estimator, Pipeline) else estimator
        first.feature_names_in_ = np.array(case.names, dtype=object)
    return estimator


def answers(estimator: BaseEstimator, rows: Rows) -> dict[str, Any]:
    """What the estimator answers."""
    if not is_classifier(estimator):
        values = np.asarray(estimator.predict(rows), dtype=float)
        return {"values": values.reshape(len(rows), -1).tolist()}
    scores = np.asarray(estimator.decision_function(rows), dtype=float)
    expected: dict[str, Any] = {
        "labels": estimator.predict(rows).tolist(),
        "decision_function": scores.reshape(len(rows), -1).tolist(),
        "probabilities": None,
    }
    if hasattr(estimator, "predict_proba"):
        expected["probabilities"] = estimator.predict_proba(rows).tolist()
    return expected


def table(rows: Rows) -> list[list[float | None]]:
    """The rows for JSON, in which a missing value is null."""
    return [[None if np.isnan(value) else value for value in row] for row in rows.tolist()]


def without_names(estimator: BaseEstimator) -> BaseEstimator:
    """The estimator without names that plain rows lack, of which it would warn."""
    first = estimator[0] if isinstance(estimator, Pipeline) else estimator
    if hasattr(first, "feature_names_in_"):
        del first.feature_names_in_
    return estimator


def make() -> None:
    """Writes every file."""
    # Pickle looks a class up before it writes its name.
    parts = EasyEnsembleClassifier.__module__.split(".")
    for length in range(1, len(parts) + 1):
        sys.modules[".".join(parts[:length])] = sys.modules[__name__]
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    items = []
    for index, case in enumerate(cases()):
        estimator = fit(case)
        files = list(case.files(index))
        for file, form in files:
            (FOLDER / file).write_bytes(FORMATS[form](estimator))
        rows = asked(case.data)
        item = {
            "estimator": case.title,
            "files": [file for file, _ in files],
            "names": list(case.names) or None,
        }
        items.append(item | {"rows": table(rows)} | answers(without_names(estimator), rows))
    write(EXPECTED, items)
    for form, dump in FORMATS.items():
        (FOLDER / f"objects.{form}").write_bytes(dump(objects()))
    stops = []
    for file, estimator, operator, says in refused():
        form = "joblib" if file.endswith("joblib") else "p4.pkl"
        (FOLDER / f"refused_{file}").write_bytes(FORMATS[form](estimator))
        stops.append({"file": f"refused_{file}", "operator": operator, "says": says})
    write(REFUSED, stops)
    print(f"{len(items)} estimators, {sum(len(item['files']) for item in items)} files")


def write(path: Path, items: list[dict[str, Any]]) -> None:
    """One item a line."""
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    path.write_text(f"[\n{lines}\n]\n")


def check() -> int:
    """Compares what the committed files answer with what is committed as their answers."""
    wrong = []
    for item in json.loads(EXPECTED.read_text()):
        rows = np.array([[NAN if value is None else value for value in row] for row in item["rows"]])
        for file in item["files"]:
            found = answers(without_names(joblib.load(FOLDER / file)), rows)
            for key, value in found.items():
                same = (
                    item[key] == value
                    if key == "labels" or value is None
                    else np.allclose(item[key], value, 1e-9)
                )
                if not same:
                    wrong.append(f"{file}: {key}")
    print("\n".join(wrong) or "every file answers as expected")
    return 1 if wrong else 0


def main(arguments: list[str] | None = None) -> int:
    """The command line."""
    import warnings

    warnings.simplefilter("ignore", ConvergenceWarning)
    warnings.simplefilter("ignore", FutureWarning)
    warnings.simplefilter("ignore", UserWarning)
    warnings.simplefilter("ignore", RuntimeWarning)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="compare instead of writing")
    if parser.parse_args(arguments).check:
        return check()
    make()
    return 0


if __name__ == "__main__":
    sys.exit(main())

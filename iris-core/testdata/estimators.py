"""The classifiers whose exports are tested: the catalogue, and the calls that fit and export one of them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from make_iris import FEATURES, load, sort_opsets
from numpy.typing import NDArray
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType, FloatTensorType
from sklearn.base import ClassifierMixin
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC

Rows = NDArray[np.float64]
Labels = NDArray[Any]

INPUTS = {"double": DoubleTensorType, "float": FloatTensorType}


@dataclass(frozen=True)
class Case:
    """One classifier to fit and export."""

    title: str
    labelling: str
    dtype: str
    zipmap: bool
    one_input_per_feature: bool = False

    @property
    def file(self) -> str:
        """The title in snake case, then the labels and the type of the input."""
        return file_name(
            f"{self.title} {self.labelling} {self.dtype}" + " columns" * self.one_input_per_feature
        )

    @property
    def has_imputer(self) -> bool:
        """Whether the classifier takes rows with missing values."""
        return "Imputer" in self.title

    @property
    def imputed(self) -> list[int]:
        """The columns that may lack values if it does."""
        return SCALED if self.title in BRANCHED else [0, 1, 2, 3]


def file_name(title: str) -> str:
    """A title in snake case."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", " ", title)
    return "_".join(re.findall(r"[a-z0-9]+", words.lower())) + ".onnx"


def logistic() -> LogisticRegression:
    """Solved to the last digits, for the reason given in make_iris.fit."""
    return LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000)


def logistic_cv() -> LogisticRegressionCV:
    """The settings that scikit-learn is about to make the default are spelled out, lest it warns."""
    return LogisticRegressionCV(
        Cs=3,
        cv=3,
        solver="newton-cholesky",
        tol=1e-10,
        max_iter=1000,
        l1_ratios=(0,),
        scoring="neg_log_loss",
        use_legacy_attributes=False,
    )


def linear_svc() -> LinearSVC:
    """Solved far enough for a refit to agree: at its default tolerance, coordinate descent stops early."""
    return LinearSVC(random_state=0, tol=1e-12, max_iter=1_000_000)


def sgd(loss: str) -> SGDClassifier:
    """Stochastic, hence the seed."""
    return SGDClassifier(loss=loss, random_state=0)


BARE: dict[str, Callable[[], ClassifierMixin]] = {
    "LogisticRegression": logistic,
    "LogisticRegressionCV": logistic_cv,
    "OneVsRestClassifier(LogisticRegression)": lambda: OneVsRestClassifier(logistic()),
    "LinearDiscriminantAnalysis": LinearDiscriminantAnalysis,
    "RidgeClassifier": RidgeClassifier,
    "RidgeClassifierCV": RidgeClassifierCV,
    "LinearSVC": linear_svc,
    "SGDClassifier(loss='hinge')": lambda: sgd("hinge"),
    "SGDClassifier(loss='log_loss')": lambda: sgd("log_loss"),
    "SGDClassifier(loss='modified_huber')": lambda: sgd("modified_huber"),
    "Perceptron": lambda: Perceptron(random_state=0),
}

PREPROCESSED: dict[str, Callable[[], list[Any]]] = {
    "StandardScaler → LogisticRegression": lambda: [StandardScaler(), logistic()],
    "MinMaxScaler → LogisticRegression": lambda: [MinMaxScaler(), logistic()],
    "MinMaxScaler(clip=True) → LogisticRegression": lambda: [MinMaxScaler(clip=True), logistic()],
    "MaxAbsScaler → LogisticRegression": lambda: [MaxAbsScaler(), logistic()],
    "RobustScaler → LogisticRegression": lambda: [RobustScaler(), logistic()],
    "Normalizer('l1') → LogisticRegression": lambda: [Normalizer("l1"), logistic()],
    "Normalizer('l2') → LogisticRegression": lambda: [Normalizer("l2"), logistic()],
    "Normalizer('max') → LogisticRegression": lambda: [Normalizer("max"), logistic()],
    "SimpleImputer → LogisticRegression": lambda: [SimpleImputer(), logistic()],
    "PCA(2) → LogisticRegression": lambda: [PCA(2), logistic()],
    "PCA(2, whiten=True) → LogisticRegression": lambda: [PCA(2, whiten=True), logistic()],
    "SimpleImputer → StandardScaler → PCA(3) → LogisticRegression": lambda: [
        SimpleImputer(),
        StandardScaler(),
        PCA(3),
        logistic(),
    ],
    "StandardScaler → Normalizer('l2') → LogisticRegression": lambda: [
        StandardScaler(),
        Normalizer("l2"),
        logistic(),
    ],
    "MinMaxScaler(clip=True) → StandardScaler → LogisticRegression": lambda: [
        MinMaxScaler(clip=True),
        StandardScaler(),
        logistic(),
    ],
    "MinMaxScaler(clip=True) → Normalizer('l1') → LogisticRegression": lambda: [
        MinMaxScaler(clip=True),
        Normalizer("l1"),
        logistic(),
    ],
    "MinMaxScaler(clip=True) → Normalizer('l2') → LogisticRegression": lambda: [
        MinMaxScaler(clip=True),
        Normalizer("l2"),
        logistic(),
    ],
    "MinMaxScaler(clip=True) → PCA(2) → LogisticRegression": lambda: [
        MinMaxScaler(clip=True),
        PCA(2),
        logistic(),
    ],
    "MinMaxScaler(clip=True) → SimpleImputer → LogisticRegression": lambda: [
        MinMaxScaler(clip=True),
        SimpleImputer(),
        logistic(),
    ],
    "StandardScaler → LinearSVC": lambda: [StandardScaler(), linear_svc()],
    "StandardScaler → SGDClassifier(loss='log_loss')": lambda: [StandardScaler(), sgd("log_loss")],
}

# These are exported with one graph input per feature, which skl2onnx joins in two different ways.
BY_COLUMN: dict[str, Callable[[], list[Any]]] = {
    "StandardScaler → LogisticRegression": PREPROCESSED["StandardScaler → LogisticRegression"],
    "ColumnTransformer(StandardScaler) → LogisticRegression": lambda: [
        ColumnTransformer([("scale", StandardScaler(), [0, 1, 2, 3])]),
        logistic(),
    ],
    "ColumnTransformer(SimpleImputer) → LogisticRegression": lambda: [
        ColumnTransformer([("impute", SimpleImputer(), [0, 1, 2, 3])]),
        logistic(),
    ],
}

# Two columns are scaled, the others go through something that is not affine; neither pair is adjacent.
SCALED, OTHERS = [2, 0], [1, 3]
BRANCHED: dict[str, Callable[[], list[Any]]] = {
    "ColumnTransformer(SimpleImputer → StandardScaler, Normalizer('l2')) → LogisticRegression": lambda: [
        ColumnTransformer(
            [
                ("scale", make_pipeline(SimpleImputer(), StandardScaler()), SCALED),
                ("normalize", Normalizer("l2"), OTHERS),
            ]
        ),
        logistic(),
    ],
}

LABELLINGS: dict[str, Callable[[NDArray[np.str_]], Labels]] = {
    "three strings": lambda species: species,
    "two ints": lambda species: (species == "versicolor").astype(np.int64),
    "three ints": lambda species: np.array([10, 20, 35])[np.unique(species, return_inverse=True)[1]],
    "two strings": lambda species: np.where(species == "versicolor", "versicolor", "other"),
}


def cases() -> Iterator[Case]:
    """Every combination to try. Every other one comes with ZipMap, which is skl2onnx's default."""
    for e, title in enumerate(BARE):
        for k, labelling in enumerate(LABELLINGS):
            for d, dtype in enumerate(INPUTS):
                yield Case(title, labelling, dtype, zipmap=(e + k + d) % 2 == 0)
    for e, title in enumerate(PREPROCESSED):
        for d, dtype in enumerate(INPUTS):
            yield Case(title, "three strings", dtype, zipmap=(e + d) % 2 == 0)
    for title in BY_COLUMN:
        for dtype in INPUTS:
            yield Case(title, "three strings", dtype, zipmap=False, one_input_per_feature=True)


def branched_cases() -> Iterator[Case]:
    """Those whose columns are not all preprocessed alike."""
    for title in BRANCHED:
        for dtype in INPUTS:
            yield Case(title, "three strings", dtype, zipmap=False)


def training_rows(case: Case) -> Rows:
    """The flowers; for an imputer, some with a petal or sepal not measured."""
    x = load()[0]
    if case.has_imputer:
        x[::10, case.imputed[1]] = np.nan
        x[5::15, case.imputed[-2]] = np.nan
    return x


def fit(case: Case) -> ClassifierMixin:
    """The classifier, fitted."""
    if case.title in BARE:
        estimator = BARE[case.title]()
    else:
        steps = BY_COLUMN if case.one_input_per_feature else PREPROCESSED | BRANCHED
        estimator = make_pipeline(*steps[case.title]())
    return estimator.fit(training_rows(case), LABELLINGS[case.labelling](load()[1]))


def export(case: Case, estimator: ClassifierMixin, zipmap: bool) -> onnx.ModelProto:
    """What a plain call of skl2onnx gives, save for what it leaves to chance: graph name and opset order."""
    tensor = INPUTS[case.dtype]
    inputs = [("X", tensor([None, 4]))]
    if case.one_input_per_feature:
        inputs = [(feature, tensor([None, 1])) for feature in FEATURES]
    options: dict[Any, dict[str, bool]] | None = None if zipmap else {"zipmap": False}
    if "LinearSVC" in case.title:
        # It never gets a ZipMap, but skl2onnx tries to set that option in a pipeline unless any other is set.
        options = {LinearSVC: {"raw_scores": True}} if case.title in PREPROCESSED else None
    name = case.file.removesuffix(".onnx")
    model = to_onnx(estimator, initial_types=inputs, name=name, options=options)
    sort_opsets(model)
    return model

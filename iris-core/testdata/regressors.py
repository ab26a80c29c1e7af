"""The regressors whose exports are tested: the catalogue, and the calls that fit and export one of them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import onnx
from estimators import INPUTS, file_name
from make_iris import attach_metadata, sort_opsets
from numpy.typing import NDArray
from skl2onnx import to_onnx
from sklearn.base import RegressorMixin
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.linear_model import ElasticNet, Lasso, LinearRegression, Ridge, SGDRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MinMaxScaler, Normalizer, StandardScaler
from sklearn.svm import LinearSVR

Values = NDArray[np.float64]


@dataclass(frozen=True)
class Case:
    """One regressor to fit and export."""

    title: str
    targets: str
    dtype: str
    golden: bool = False

    @property
    def file(self) -> str:
        """The title in snake case, then the targets and the type of the input."""
        return file_name(f"{self.title} {self.targets} {self.dtype}" + " golden" * self.golden)

    @property
    def has_imputer(self) -> bool:
        """Whether the regressor takes rows with missing values."""
        return "Imputer" in self.title

    @property
    def imputed(self) -> list[int]:
        """The columns that may lack values if it does."""
        return SCALED if self.title in BRANCHED else list(range(10))


def ridge() -> Ridge:
    """Solved without squaring the condition number, so that a refit agrees."""
    return Ridge(solver="svd")


def lasso() -> Lasso:
    """Coordinate descent, taken far enough for a refit to agree."""
    return Lasso(tol=1e-14, max_iter=1_000_000)


def elastic_net() -> ElasticNet:
    """The same."""
    return ElasticNet(tol=1e-14, max_iter=1_000_000)


def linear_svr() -> LinearSVR:
    """With the loss that has an exact optimum: Newton's method finds it to the last digits."""
    return LinearSVR(loss="squared_epsilon_insensitive", dual=False, tol=1e-10, max_iter=10_000)


def sgd() -> SGDRegressor:
    """Stochastic, hence the seed; larger steps diverge on values that are not scaled."""
    return SGDRegressor(random_state=0, eta0=1e-6)


SINGLE: dict[str, Callable[[], list[Any]]] = {
    "LinearRegression": lambda: [LinearRegression()],
    "LinearRegression(fit_intercept=False)": lambda: [LinearRegression(fit_intercept=False)],
    "Ridge": lambda: [ridge()],
    "Lasso": lambda: [lasso()],
    "ElasticNet": lambda: [elastic_net()],
    "SGDRegressor": lambda: [sgd()],
    "LinearSVR": lambda: [linear_svr()],
    "SimpleImputer → StandardScaler → PCA(4) → LinearRegression": lambda: [
        SimpleImputer(),
        StandardScaler(),
        PCA(4),
        LinearRegression(),
    ],
    "StandardScaler → Ridge": lambda: [StandardScaler(), ridge()],
    "SimpleImputer → Lasso": lambda: [SimpleImputer(), lasso()],
    "StandardScaler → ElasticNet": lambda: [StandardScaler(), elastic_net()],
    "StandardScaler → SGDRegressor": lambda: [StandardScaler(), SGDRegressor(random_state=0)],
    "StandardScaler → PCA(4) → LinearSVR": lambda: [StandardScaler(), PCA(4), linear_svr()],
}

SEVERAL: dict[str, Callable[[], list[Any]]] = {
    title: SINGLE[title]
    for title in (
        "LinearRegression",
        "LinearRegression(fit_intercept=False)",
        "Ridge",
        "Lasso",
        "SimpleImputer → StandardScaler → PCA(4) → LinearRegression",
        "StandardScaler → Ridge",
    )
}

# The first are scaled, the others go through something that is not affine; together they are out of order.
SCALED, BODY, BLOOD = [9, 0, 3, 2], [1, 8], [4, 5, 6, 7]
BRANCHED: dict[str, Callable[[], list[Any]]] = {
    "ColumnTransformer(SimpleImputer → StandardScaler, MinMaxScaler(clip=True)) → Ridge": lambda: [
        ColumnTransformer(
            [
                ("scale", make_pipeline(SimpleImputer(), StandardScaler()), SCALED),
                ("clip", MinMaxScaler(clip=True), BLOOD + BODY),
            ]
        ),
        ridge(),
    ],
    "ColumnTransformer(SimpleImputer → StandardScaler, Normalizer('l1'), MinMaxScaler(clip=True)) → Ridge": (
        lambda: [
            ColumnTransformer(
                [
                    ("scale", make_pipeline(SimpleImputer(), StandardScaler()), SCALED),
                    ("normalize", Normalizer("l1"), BLOOD),
                    ("clip", MinMaxScaler(clip=True), BODY),
                ]
            ),
            ridge(),
        ]
    ),
}

# What is predicted, made from the progression of the disease: targets of three different sizes.
TARGETS: dict[str, Callable[[Values], Values]] = {
    "one target": lambda progression: progression,
    "three targets": lambda progression: np.column_stack(
        [progression, np.log(progression), np.sqrt(progression)]
    ),
}


def load() -> tuple[Values, Values]:
    """The 442 patients bundled with scikit-learn, not scaled, and the progression of each one's diabetes."""
    data = load_diabetes(scaled=False)
    return data.data, data.target


def cases() -> Iterator[Case]:
    """Every combination to try."""
    for targets, titles in (("one target", SINGLE), ("three targets", SEVERAL)):
        for title in titles:
            for dtype in INPUTS:
                yield Case(title, targets, dtype)
    yield Case("StandardScaler → Ridge", "three targets", "double", golden=True)


def branched_cases() -> Iterator[Case]:
    """Those whose columns are not all preprocessed alike."""
    for title, targets in zip(BRANCHED, TARGETS, strict=True):
        for dtype in INPUTS:
            yield Case(title, targets, dtype)


def fit(case: Case) -> RegressorMixin:
    """The regressor, fitted; for an imputer, on patients of whom some lack a value."""
    x, progression = load()
    if case.has_imputer:
        x[::10, case.imputed[1]] = np.nan
        x[5::15, case.imputed[-2]] = np.nan
    steps = (SINGLE | BRANCHED)[case.title]()
    estimator = steps[0] if len(steps) == 1 else make_pipeline(*steps)
    return estimator.fit(x, TARGETS[case.targets](progression))


def export(case: Case, estimator: RegressorMixin) -> onnx.ModelProto:
    """What a plain call of skl2onnx gives, save for what it leaves to chance; the golden one has metadata."""
    inputs = [("X", INPUTS[case.dtype]([None, 10]))]
    model = to_onnx(estimator, initial_types=inputs, name=case.file.removesuffix(".onnx"))
    sort_opsets(model)
    if case.golden:
        attach_metadata(model, metadata(estimator))
    return model


def metadata(estimator: RegressorMixin) -> dict[str, Any]:
    """A name for each feature, and a few patients with scikit-learn's answers."""
    rows = load()[0][:440:110]
    return {
        "name": "diabetes",
        "version": "1",
        "feature_names": load_diabetes().feature_names,
        "golden": {"inputs": rows.tolist(), "values": estimator.predict(rows).tolist()},
    }

"""Every estimator and every step that the core reads: classifiers on four data sets, regressors on one."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_breast_cancer, load_diabetes, load_digits, load_iris, load_wine
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.impute import SimpleImputer
from sklearn.linear_model import (
    ElasticNet,
    Lasso,
    LinearRegression,
    LogisticRegression,
    LogisticRegressionCV,
    Perceptron,
    Ridge,
    RidgeClassifier,
    RidgeClassifierCV,
    SGDClassifier,
    SGDRegressor,
)
from sklearn.multiclass import OneVsRestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, RobustScaler, StandardScaler
from sklearn.svm import LinearSVC, LinearSVR

DATA: dict[str, Callable[[], Any]] = {
    "iris": load_iris,
    "wine": load_wine,
    "breast_cancer": load_breast_cancer,
    "digits": load_digits,
}


def logistic() -> LogisticRegression:
    return LogisticRegression(max_iter=50)


ESTIMATORS: dict[str, Callable[[int], Any]] = {
    "LogisticRegression": lambda _: logistic(),
    "LogisticRegressionCV": lambda _: LogisticRegressionCV(
        Cs=2, cv=2, max_iter=50, l1_ratios=(0,), scoring="neg_log_loss", use_legacy_attributes=False
    ),
    "OneVsRest": lambda _: OneVsRestClassifier(logistic()),
    "LDA": lambda _: LinearDiscriminantAnalysis(),
    "Ridge": lambda _: RidgeClassifier(),
    "RidgeCV": lambda _: RidgeClassifierCV(),
    "LinearSVC": lambda _: LinearSVC(max_iter=50),
    "Perceptron": lambda _: Perceptron(random_state=0),
    "SGD(hinge)": lambda _: SGDClassifier(random_state=0),
    "SGD(log_loss)": lambda _: SGDClassifier("log_loss", random_state=0),
    "SGD(modified_huber)": lambda _: SGDClassifier("modified_huber", random_state=0),
    "Standard": lambda _: make_pipeline(StandardScaler(), logistic()),
    "MinMax": lambda _: make_pipeline(MinMaxScaler(), logistic()),
    "MinMax(clip)": lambda _: make_pipeline(MinMaxScaler(clip=True), logistic()),
    "MaxAbs": lambda _: make_pipeline(MaxAbsScaler(), logistic()),
    "Robust": lambda _: make_pipeline(RobustScaler(), logistic()),
    "Normalizer(l1)": lambda _: make_pipeline(Normalizer("l1"), logistic()),
    "Normalizer(l2)": lambda _: make_pipeline(Normalizer("l2"), logistic()),
    "Normalizer(max)": lambda _: make_pipeline(Normalizer("max"), logistic()),
    "Imputer": lambda _: make_pipeline(SimpleImputer(), StandardScaler(), logistic()),
    "PCA": lambda _: make_pipeline(PCA(3), logistic()),
    "PCA(whiten)": lambda _: make_pipeline(StandardScaler(), PCA(3, whiten=True), logistic()),
    "Columns": lambda n: make_pipeline(
        ColumnTransformer([("scale", StandardScaler(), list(range(n)))]), logistic()
    ),
    "Standard LDA": lambda _: make_pipeline(StandardScaler(), LinearDiscriminantAnalysis()),
    "Standard LinearSVC": lambda _: make_pipeline(StandardScaler(), LinearSVC(max_iter=50)),
}


def cases() -> Iterator[tuple[str, str]]:
    for data in DATA:
        for estimator in ESTIMATORS:
            yield data, estimator


def fitted(data: str, estimator: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """The estimator, rows and labels; some rows with missing values for who fills them in."""
    x, y = DATA[data](return_X_y=True)
    if estimator == "Imputer":
        x[::7, 1] = np.nan
    return ESTIMATORS[estimator](x.shape[1]).fit(x, y), x, y


# Each with whether it takes several targets.
REGRESSORS: dict[str, tuple[Callable[[], Any], bool]] = {
    "LinearRegression": (LinearRegression, True),
    "LinearRegression(no intercept)": (lambda: LinearRegression(fit_intercept=False), True),
    "Ridge": (Ridge, True),
    "Ridge(no intercept)": (lambda: Ridge(fit_intercept=False), True),
    "Lasso": (Lasso, True),
    "Lasso(no intercept)": (lambda: Lasso(fit_intercept=False), True),
    "ElasticNet": (ElasticNet, True),
    "SGDRegressor": (lambda: SGDRegressor(eta0=1e-6, random_state=0), False),
    "SGDRegressor(huber)": (lambda: SGDRegressor("huber", eta0=1e-6, random_state=0), False),
    "LinearSVR": (lambda: LinearSVR(max_iter=50, random_state=0), False),
    "LinearSVR(no intercept)": (lambda: LinearSVR(fit_intercept=False, max_iter=50, random_state=0), False),
    "Standard LinearRegression": (lambda: make_pipeline(StandardScaler(), LinearRegression()), True),
    "Robust Ridge": (lambda: make_pipeline(RobustScaler(), Ridge()), True),
    "MinMax(clip) Lasso": (lambda: make_pipeline(MinMaxScaler(clip=True), Lasso(0.1)), True),
    "Standard ElasticNet": (lambda: make_pipeline(StandardScaler(), ElasticNet()), True),
    "Standard SGDRegressor": (lambda: make_pipeline(StandardScaler(), SGDRegressor(random_state=0)), False),
    "PCA LinearSVR": (lambda: make_pipeline(StandardScaler(), PCA(4), LinearSVR(random_state=0)), False),
    "Normalizer Ridge": (lambda: make_pipeline(Normalizer(), Ridge()), True),
    "Imputer Ridge": (lambda: make_pipeline(SimpleImputer(), StandardScaler(), Ridge()), True),
    "Columns Ridge": (
        lambda: make_pipeline(ColumnTransformer([("scale", StandardScaler(), [9, 0, 3, 2])]), Ridge()),
        True,
    ),
}


def regressor_cases() -> Iterator[tuple[str, str]]:
    for title, (_, takes_several) in REGRESSORS.items():
        yield "one target", title
        if takes_several:
            yield "three targets", title


def diabetes(targets: str) -> tuple[np.ndarray, np.ndarray]:
    """442 patients; the progression of the disease, or with it two more of other sizes."""
    x, progression = load_diabetes(return_X_y=True, scaled=False)
    if targets == "one target":
        return x, progression
    return x, np.column_stack([progression, np.log(progression), 1e3 * np.sqrt(progression)])


def fitted_regressor(targets: str, title: str) -> tuple[Any, np.ndarray, np.ndarray]:
    """The regressor, rows and values; some rows with missing values for who fills them in."""
    x, y = diabetes(targets)
    if "Imputer" in title:
        x[::7, 1] = np.nan
    return REGRESSORS[title][0]().fit(x, y), x, y

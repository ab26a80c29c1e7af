"""Makes pickles of every transformer in front of an estimator, and scikit-learn's answers for them.

`python make_transformers.py` writes `transformers/` and `transformers.json`, with what make_pickles.py takes.
`python make_transformers.py old` writes `old_transformers/` and `old_transformers.json`, with sklearn 1.0.2,
numpy 1.21 and scipy 1.7: attributes moved, and some answers did.
"""

from __future__ import annotations

import json
import pickle
import shutil
import sys
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import sklearn
from sklearn.base import is_classifier
from sklearn.cross_decomposition import CCA, PLSSVD, PLSCanonical, PLSRegression
from sklearn.datasets import load_diabetes, load_iris
from sklearn.decomposition import FactorAnalysis, FastICA, IncrementalPCA, TruncatedSVD
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import (
    RFE,
    RFECV,
    GenericUnivariateSelect,
    SelectFdr,
    SelectFpr,
    SelectFromModel,
    SelectFwe,
    SelectKBest,
    SelectPercentile,
    SequentialFeatureSelector,
    VarianceThreshold,
)
from sklearn.impute import KNNImputer, SimpleImputer
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import (
    Binarizer,
    FunctionTransformer,
    KBinsDiscretizer,
    Normalizer,
    PolynomialFeatures,
    PowerTransformer,
    QuantileTransformer,
    RobustScaler,
    SplineTransformer,
    StandardScaler,
)

HERE = Path(__file__).parent
NAN = float("nan")
IRIS = load_iris()
DIABETES = load_diabetes()
RELEASE = tuple(int(part) for part in sklearn.__version__.split(".")[:2])
FUNCTIONS = "absolute negative sign square sqrt cbrt expm1 log log2 log10 log1p sin tanh arcsinh floor rint"


def iris(missing: bool = False) -> tuple[Any, Any]:
    """Rows, of which some values are missing if asked, and species."""
    rows = IRIS.data.copy()
    if missing:
        rows[::10, 1], rows[5::15, 2] = NAN, NAN
    return rows, IRIS.target_names[IRIS.target]


def asked(rows: Any, within: bool) -> Any:
    """Rows of the data, values on edges and thresholds, and others around them from a seed."""
    generator = np.random.default_rng(20260102)
    low, high = np.nanmin(rows, axis=0), np.nanmax(rows, axis=0)
    quantiles = np.nanquantile(rows, [0.0, 0.25, 0.5, 0.75, 1.0], axis=0)
    if within:
        around = low + (high - low) * generator.random((4, rows.shape[1]))
    else:
        around = low - (high - low) / 2 + 2 * (high - low) * generator.random((6, rows.shape[1]))
    return np.vstack([rows[:: len(rows) // 10], quantiles, around])


def classify(*steps: Any) -> Pipeline:
    """The steps in front of a classifier."""
    return make_pipeline(*steps, LogisticRegression(max_iter=5000))


def regress(*steps: Any) -> Pipeline:
    """The steps in front of a regressor."""
    return make_pipeline(*steps, Ridge())


def bins(**parameters: Any) -> KBinsDiscretizer:
    """Bins that say how quantiles are found, where there is a choice."""
    if RELEASE >= (1, 7) and parameters.get("strategy", "quantile") == "quantile":
        parameters["quantile_method"] = "averaged_inverted_cdf"
    return KBinsDiscretizer(**parameters)


def of_flowers() -> Iterator[tuple[str, Any]]:
    """Classifiers of flowers: title and pipeline."""
    yield "FunctionTransformer, none", classify(FunctionTransformer())
    for name in FUNCTIONS.split():
        yield f"FunctionTransformer({name})", classify(FunctionTransformer(getattr(np, name)))
    yield "Binarizer", classify(Binarizer(threshold=3.0))
    yield "StandardScaler, Binarizer", classify(StandardScaler(), Binarizer())
    yield "PolynomialFeatures", classify(StandardScaler(), PolynomialFeatures())
    yield "PolynomialFeatures(3)", classify(StandardScaler(), PolynomialFeatures(3, include_bias=False))
    yield (
        "PolynomialFeatures(4, interactions)",
        classify(StandardScaler(), PolynomialFeatures(4, interaction_only=True)),
    )
    yield "StandardScaler, Normalizer", classify(StandardScaler(), Normalizer())
    yield "KBinsDiscretizer", classify(bins())
    yield "KBinsDiscretizer(onehot-dense)", classify(bins(encode="onehot-dense", strategy="uniform"))
    yield "KBinsDiscretizer(ordinal)", classify(bins(encode="ordinal", n_bins=4))
    yield "StandardScaler, KBinsDiscretizer", classify(StandardScaler(), bins(n_bins=4))
    yield "RobustScaler, KBinsDiscretizer", classify(RobustScaler(), bins(n_bins=3))
    yield "PowerTransformer", classify(PowerTransformer())
    yield "PowerTransformer(box-cox)", classify(PowerTransformer("box-cox"))
    yield "PowerTransformer, not scaled", classify(StandardScaler(), PowerTransformer(standardize=False))
    yield "QuantileTransformer", classify(QuantileTransformer(n_quantiles=25))
    yield (
        "QuantileTransformer(normal)",
        classify(QuantileTransformer(n_quantiles=25, output_distribution="normal")),
    )
    yield "IncrementalPCA", classify(IncrementalPCA(2, whiten=True))
    yield "TruncatedSVD", classify(TruncatedSVD(2, random_state=0))
    yield "FactorAnalysis", classify(FactorAnalysis(2, random_state=0))
    yield "FastICA", classify(FastICA(3, random_state=0))
    yield "LinearDiscriminantAnalysis", classify(LinearDiscriminantAnalysis())
    yield (
        "LinearDiscriminantAnalysis(eigen)",
        classify(LinearDiscriminantAnalysis(solver="eigen", n_components=1)),
    )
    yield "SelectKBest", classify(SelectKBest(k=2))
    yield "SelectKBest(all)", classify(SelectKBest(k="all"))
    yield "SelectPercentile", classify(SelectPercentile(percentile=50))
    yield "GenericUnivariateSelect", classify(GenericUnivariateSelect(mode="k_best", param=3))
    yield "VarianceThreshold", classify(VarianceThreshold(0.5))
    yield "RFE", classify(RFE(LogisticRegression(max_iter=5000), n_features_to_select=2))
    yield "RFE, predicting", RFE(LogisticRegression(max_iter=5000), n_features_to_select=2)
    yield "RFECV, predicting", RFECV(LogisticRegression(max_iter=5000), cv=3)
    yield (
        "SequentialFeatureSelector",
        classify(SequentialFeatureSelector(LinearDiscriminantAnalysis(), n_features_to_select=2, cv=2)),
    )
    yield "SelectFromModel", classify(SelectFromModel(LogisticRegression(max_iter=5000)))
    yield (
        "SelectFromModel(median, norm 2)",
        classify(SelectFromModel(LogisticRegression(max_iter=5000), threshold="0.9*median", norm_order=2)),
    )
    for extrapolation in ("constant", "linear", "continue", "periodic", "error"):
        for degree in (3, 1) if extrapolation == "linear" else (3,):
            splines = SplineTransformer(n_knots=4, degree=degree, extrapolation=extrapolation)
            yield f"SplineTransformer({extrapolation}, {degree})", classify(splines)
    yield (
        "SplineTransformer(quantile, no bias)",
        classify(SplineTransformer(n_knots=4, knots="quantile", include_bias=False)),
    )


def of_flowers_with_missing_values() -> Iterator[tuple[str, Any]]:
    """The same where some values are missing."""
    yield (
        "StandardScaler, PowerTransformer, SimpleImputer",
        classify(StandardScaler(), PowerTransformer(), SimpleImputer()),
    )
    yield (
        "QuantileTransformer, SimpleImputer",
        classify(QuantileTransformer(n_quantiles=20), SimpleImputer(add_indicator=True)),
    )
    yield "VarianceThreshold, SimpleImputer", classify(VarianceThreshold(0.5), SimpleImputer())
    yield "FunctionTransformer, SimpleImputer", classify(FunctionTransformer(np.log1p), SimpleImputer())
    yield "KNNImputer", classify(KNNImputer(n_neighbors=3))
    yield "KNNImputer(distance, indicator)", classify(KNNImputer(weights="distance", add_indicator=True))
    if RELEASE >= (1, 8):
        splines = SplineTransformer(n_knots=3, handle_missing="zeros")
        yield "SplineTransformer(zeros)", classify(splines)


def of_diabetes() -> Iterator[tuple[str, Any]]:
    """Regressors."""
    yield "SelectFdr", regress(SelectFdr())
    yield "SelectFpr", regress(SelectFpr())
    yield "SelectFwe", regress(SelectFwe())
    yield "SelectFromModel(Lasso)", regress(SelectFromModel(Lasso(alpha=0.5)))
    yield (
        "SelectFromModel(max_features)",
        regress(SelectFromModel(LinearRegression(), max_features=3, threshold=-np.inf)),
    )
    yield "RFE, predicting values", RFE(Ridge(), n_features_to_select=4)
    yield "PLSRegression", PLSRegression(3)
    yield "PLSCanonical", PLSCanonical(1)
    yield "CCA", CCA(1)


def joined(transformer: Any, rows: Any, targets: Any) -> Pipeline:
    """Behind a transformer that gives pipelines more than its rows while fitting, a regressor."""
    regressor = Ridge().fit(transformer.fit(rows, targets).transform(rows), targets)
    return make_pipeline(transformer, regressor)


def answers(estimator: Any, rows: Any) -> dict[str, Any]:
    """What the estimator answers."""
    if not is_classifier(estimator):
        return {"values": np.asarray(estimator.predict(rows)).reshape(len(rows), -1).tolist()}
    return {
        "labels": estimator.predict(rows).tolist(),
        "decision_function": np.asarray(estimator.decision_function(rows)).reshape(len(rows), -1).tolist(),
        "probabilities": estimator.predict_proba(rows).tolist(),
    }


def cases() -> Iterator[tuple[str, Any, Any]]:
    """Title, fitted estimator, and rows around which it is asked."""
    rows, species = iris()
    for title, estimator in of_flowers():
        yield title, estimator.fit(rows, species), rows
    missing, _ = iris(missing=True)
    for title, estimator in of_flowers_with_missing_values():
        yield title, estimator.fit(missing, species), missing
    patients, progression = DIABETES.data[:80], DIABETES.target[:80]
    for title, estimator in of_diabetes():
        # Some keep the rows that they were fitted on.
        few = slice(80 if title.startswith(("PLS", "CCA")) else None)
        yield title, estimator.fit(DIABETES.data[few], DIABETES.target[few]), patients
    far = rows * 1e-4 + 1.0
    yield "StandardScaler, far from zero", classify(StandardScaler()).fit(far, species), far
    partly = rows.copy()
    partly[::10, 1] = NAN
    yield "VarianceThreshold, missing", classify(VarianceThreshold(0.5)).fit(partly, species), partly
    splines = classify(SplineTransformer(n_knots=3, degree=1, extrapolation="linear"))
    yield "SplineTransformer(linear, 1), three knots", splines.fit(rows, species), rows
    yield "PLSRegression, transforming", joined(PLSRegression(3), patients, progression), patients
    yield "PLSSVD", joined(PLSSVD(1), patients, progression), patients
    if RELEASE >= (1, 6):
        from sklearn.frozen import FrozenEstimator

        frozen = classify(FrozenEstimator(StandardScaler().fit(rows)))
        yield "FrozenEstimator", frozen.fit(rows, species), rows
        several = np.column_stack([progression, np.sqrt(progression)])
        yield "PLSRegression, two targets", PLSRegression(2).fit(patients, several), patients
        polynomial = classify(StandardScaler(), PolynomialFeatures((2, 3)))
        yield "PolynomialFeatures((2, 3))", polynomial.fit(rows, species), rows


def main(arguments: list[str]) -> None:
    """Writes every file, or those of an older release."""
    warnings.simplefilter("ignore")
    name = "old_transformers" if arguments == ["old"] else "transformers"
    assert (RELEASE < (1, 1)) == (name == "old_transformers")
    folder = HERE / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    items = []
    for index, (title, estimator, rows) in enumerate(cases()):
        stem = "_".join("".join(c if c.isalnum() else " " for c in title.lower()).split())
        file = f"{stem}.joblib" if index % 2 else f"{stem}.pkl"
        if index % 2:
            joblib.dump(estimator, folder / file, compress=("zlib", 9))
        else:
            (folder / file).write_bytes(pickle.dumps(estimator, protocol=index % 6))
        inside = any(word in title for word in ("error", "box-cox", "log", "sqrt"))
        question = asked(rows, inside)
        table = [[None if np.isnan(value) else value for value in row] for row in question.tolist()]
        item = {"estimator": title, "files": [file], "names": None, "rows": table}
        items.append(item | answers(estimator, question))
    lines = ",\n".join(json.dumps(item, ensure_ascii=False) for item in items)
    (HERE / f"{name}.json").write_text(f"[\n{lines}\n]\n")
    sizes = [path.stat().st_size for path in folder.iterdir()]
    print(f"{len(items)} estimators, {sum(sizes)} bytes, at most {max(sizes)}")


if __name__ == "__main__":
    main(sys.argv[1:])

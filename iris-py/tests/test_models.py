"""Models made, kept and shown; estimators that are not read."""

from __future__ import annotations

import copy
import io
import itertools
import json
import pickle
import pydoc
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from iris_py import GoldenMismatchError, ModelError, Predictor, UnsupportedModelError
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.cluster import KMeans
from sklearn.compose import make_column_transformer
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.decomposition import NMF
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import RandomForestClassifier
from sklearn.exceptions import NotFittedError
from sklearn.feature_extraction.text import CountVectorizer, TfidfVectorizer
from sklearn.frozen import FrozenEstimator
from sklearn.impute import SimpleImputer
from sklearn.inspection import permutation_importance
from sklearn.linear_model import Lasso, LinearRegression, LogisticRegression, Ridge, RidgeClassifier
from sklearn.metrics import get_scorer
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import ClassifierChain, MultiOutputClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import LinearSVC
from sklearn.tree import DecisionTreeClassifier

X, Y = load_iris(return_X_y=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)


def test_a_saved_model_is_the_same_model(tmp_path: Path) -> None:
    predictor = Predictor.from_sklearn(MODEL, X, ["a", "b", "c", "d"], name="mine", version="7")
    path = tmp_path / "model.iris"
    predictor.save(path)
    predictor.save(str(path))
    assert [file.name for file in tmp_path.iterdir()] == ["model.iris"]
    content = path.read_bytes()
    copies = [Predictor.load(path), Predictor.load(str(path)), Predictor.load(content)]
    copies += [Predictor.load(memoryview(content)), pickle.loads(pickle.dumps(predictor))]
    copies += [copy.copy(predictor), copy.deepcopy(predictor), clone(predictor)]
    for same in copies:
        np.testing.assert_array_equal(same.predict_proba(X), predictor.predict_proba(X))
        assert (same.name, same.version, list(same.feature_names_in_)) == ("mine", "7", list("abcd"))


def test_a_file_that_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        Predictor().save(tmp_path / "nowhere" / "model.iris")
    (tmp_path / "folder").mkdir()
    with pytest.raises(IsADirectoryError):
        Predictor().save(tmp_path / "folder")
    assert [file.name for file in tmp_path.iterdir()] == ["folder"]


def test_what_is_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        Predictor.load(tmp_path / "nowhere.onnx")
    for content in (b"", b"\x00", b"not a model" * 100):
        with pytest.raises(ModelError):
            Predictor.load(content)
    with pytest.raises(TypeError, match="not BytesIO"):
        Predictor.load(io.BytesIO(b""))  # type: ignore[arg-type]


def test_a_model_that_answers_otherwise_is_refused() -> None:
    file = Predictor.from_sklearn(MODEL, X).__reduce__()[1][0]
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        manifest = json.loads(archive.read("iris.json"))
        estimator = archive.read(manifest["model"])
    assert Predictor.load(estimator).predict(X[:1]) == MODEL.predict(X[:1])
    manifest["golden"]["labels"][0] = 1
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w") as archive:
        archive.writestr("iris.json", json.dumps(manifest))
        archive.writestr(manifest["model"], estimator)
    with pytest.raises(GoldenMismatchError, match="golden row 0: the model answers 0, not"):
        Predictor.load(changed.getvalue())


def test_a_package_says_how_features_were_spread() -> None:
    """In tenths, so that a server sees later whether others come in."""
    with_gaps = np.column_stack([X[:, :3], np.full(len(X), 7.0)])
    with_gaps[::3, 1] = np.nan
    model = make_pipeline(SimpleImputer(), LogisticRegression(max_iter=2000)).fit(with_gaps, Y)
    file = Predictor.from_sklearn(model, with_gaps).__reduce__()[1][0]
    with zipfile.ZipFile(io.BytesIO(file)) as archive:
        statistics = json.loads(archive.read("iris.json"))["training_statistics"]
    assert statistics["missing"] == pytest.approx([0, 1 / 3, 0, 0])
    assert statistics["edges"][3] == [7.0] and statistics["shares"][3] == [1.0, 0.0]
    for column, edges, shares in zip(with_gaps.T, statistics["edges"], statistics["shares"], strict=True):
        assert edges == sorted(set(edges)) and len(shares) == len(edges) + 1 <= 10
        bounds = [-np.inf, *edges, np.inf]
        counts = [((low < column) & (column <= high)).sum() for low, high in itertools.pairwise(bounds)]
        assert shares == pytest.approx([count / len(column) for count in counts])


def test_a_sample_without_rows_says_nothing_of_how_features_are_spread() -> None:
    predictor = Predictor.from_sklearn(MODEL, X[:0])
    manifest = packaged(predictor)
    assert "training_statistics" not in manifest and len(manifest["golden"]["inputs"]) == 8
    assert predictor.predict(X[:1]) == MODEL.predict(X[:1])


def test_a_package_says_how_texts_and_answers_were_spread() -> None:
    """The commonest texts each, the length of free ones, and what the model says to all of it."""
    lines = ["free money now", "see you", None, "free!"]
    cities = ["Bern", "Bern", "Lyon", None]
    table = pd.DataFrame({"line": [line or "" for line in lines], "city": cities, "age": [30, 40, 50, 60]})
    y = ["spam", "ham", "ham", "spam"]
    cities_known = (OneHotEncoder(handle_unknown="ignore"), ["city"])
    columns = make_column_transformer((TfidfVectorizer(), "line"), cities_known, remainder="passthrough")
    model = make_pipeline(columns, DecisionTreeClassifier(random_state=0)).fit(table, y)
    predictor = Predictor.from_sklearn(model, table)
    manifest = packaged(predictor)
    statistics = manifest["training_statistics"]
    assert statistics["texts"] == [None, ["Bern", "Lyon"], None]
    assert statistics["shares"][1] == [0.5, 0.25, 0.0] and statistics["missing"] == [0.0, 0.25, 0.0]
    assert statistics["edges"][0] == [0.0, 5.0, 7.0] and statistics["edges"][1] is None
    assert statistics["min"] == [None, None, 30.0]
    assert statistics["answers"] == {"shares": [0.5, 0.5]}
    # Rows of the sample, texts as they are, which the package is held to whenever it is loaded.
    assert manifest["golden"]["inputs"][0] == ["free money now", "Bern", 30.0]
    assert manifest["golden"]["inputs"][-1] == ["free!", None, 60.0]


def test_texts_alone_are_packaged_with_a_sample_or_without() -> None:
    texts, y = ["free money now", "see you at noon", "money for nothing", "at noon"], [1.5, 0.0, 2.5, 0.0]
    model = make_pipeline(CountVectorizer(), Ridge()).fit(texts, y)
    statistics = packaged(Predictor.from_sklearn(model, texts))["training_statistics"]
    assert statistics["edges"] == [[7.0, 14.0, 15.0]] and statistics["shares"] == [[0.25, 0.25, 0.25, 0.25]]
    answers = statistics["answers"]
    assert len(answers["shares"]) == len(answers["edges"]) + 1 and sum(answers["shares"]) == pytest.approx(1)
    alone = Predictor.from_sklearn(model)
    assert "training_statistics" not in packaged(alone)
    np.testing.assert_allclose(alone.predict(texts), model.predict(texts), rtol=1e-12)


def packaged(predictor: Predictor) -> dict[str, Any]:
    """What the package of a predictor says."""
    with zipfile.ZipFile(io.BytesIO(predictor.__reduce__()[1][0])) as archive:
        manifest: dict[str, Any] = json.loads(archive.read("iris.json"))
    return manifest


def test_what_was_loaded_from_a_bare_file_is_saved_as_a_package(tmp_path: Path) -> None:
    Predictor.load(pickle.dumps(MODEL)).save(tmp_path / "model.iris")
    same = Predictor.load(tmp_path / "model.iris")
    np.testing.assert_allclose(same.predict_proba(X), MODEL.predict_proba(X), rtol=1e-12)
    again = (tmp_path / "model.iris").read_bytes()
    same.save(tmp_path / "model.iris")
    assert (tmp_path / "model.iris").read_bytes() == again


class OwnClassifier(LogisticRegression):
    """Of which nobody here knows what it changes."""


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (OwnClassifier(max_iter=2000), "OwnClassifier: this class is not read"),
        (
            make_pipeline(NMF(2, tol=0.01, random_state=0), LogisticRegression()),
            "step 'nmf' of the pipeline: .*NMF: it stops as soon as all rows ",
        ),
        (
            make_pipeline(FunctionTransformer(lambda x: x), LogisticRegression(max_iter=2000)),
            "^Pipeline.* cannot be pickled: .*lambda",
        ),
    ],
)
def test_an_estimator_that_is_not_read_is_named(estimator: Any, message: str) -> None:
    estimator.fit(X / 8, Y)
    with pytest.raises(UnsupportedModelError, match=message):
        Predictor.from_sklearn(estimator, X)


def test_what_is_no_fitted_estimator_is_refused() -> None:
    with pytest.raises(NotFittedError):
        Predictor.from_sklearn(LogisticRegression())
    with pytest.raises(NotFittedError):
        Predictor.from_sklearn(LinearRegression())
    with pytest.raises(TypeError, match="classifier or regressor .* is expected, not KMeans"):
        Predictor.from_sklearn(KMeans(2, n_init=1).fit(X))
    with pytest.raises(TypeError, match="classifier or regressor"):
        Predictor.from_sklearn("a model")
    with pytest.raises(ValueError, match="feature_names has 2 names, the estimator has 4 features"):
        Predictor.from_sklearn(MODEL, feature_names=["a", "b"])
    big = LogisticRegression(max_iter=1000).fit(X, Y * 2**33)
    np.testing.assert_array_equal(Predictor.from_sklearn(big).classes_, big.classes_)


@pytest.mark.parametrize(
    "wrapped",
    [
        GridSearchCV(LinearSVC(), {"C": [1]}),
        GridSearchCV(RidgeClassifier(), {"alpha": [1]}),
        GridSearchCV(LinearDiscriminantAnalysis(), {"tol": [1e-4]}),
        GridSearchCV(make_pipeline(StandardScaler(), Lasso()), {"lasso__alpha": [0.01]}),
        Pipeline([("nothing", "passthrough"), ("logistic", LogisticRegression(max_iter=500))]),
        Pipeline([("scale", StandardScaler()), ("nothing", None), ("logistic", LogisticRegression())]),
        make_pipeline(StandardScaler(), GridSearchCV(make_pipeline("passthrough", LinearSVC()), {})),
    ],
    ids=lambda wrapped: " ".join(str(wrapped).split()),
)
def test_what_is_around_an_estimator_does_not_matter(wrapped: Any) -> None:
    frame = load_iris(as_frame=True).data
    binary = np.minimum(Y, 1)
    predictor = Predictor.from_sklearn(wrapped.fit(frame, binary), frame)
    np.testing.assert_allclose(predictor.predict(frame), wrapped.predict(frame), rtol=1e-12)
    assert list(predictor.feature_names_in_) == list(frame.columns)


def test_a_frozen_estimator_is_the_one_inside() -> None:
    predictor = Predictor.from_sklearn(FrozenEstimator(MODEL), X)
    np.testing.assert_allclose(predictor.predict_proba(X), MODEL.predict_proba(X), rtol=0, atol=1e-12)


LABELS = np.column_stack([Y == 0, Y > 0, X[:, 0] > 6]).astype(int)


@pytest.mark.parametrize(
    "estimator",
    [
        OneVsRestClassifier(LogisticRegression(max_iter=500)),
        MultiOutputClassifier(LogisticRegression(max_iter=500)),
        ClassifierChain(LogisticRegression(max_iter=500), order=[2, 0, 1]),
        ClassifierChain(LogisticRegression(max_iter=500), chain_method="decision_function"),
        RidgeClassifier(),
        MLPClassifier((5,), max_iter=20, random_state=0),
        DecisionTreeClassifier(random_state=0),
        RandomForestClassifier(5, random_state=0),
    ],
    ids=lambda estimator: str(estimator).split("(")[0],
)
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_several_labels_a_row_are_numbers_without_probabilities(estimator: Any) -> None:
    predictor = Predictor.from_sklearn(estimator.fit(X, LABELS), X)
    np.testing.assert_array_equal(predictor.predict(X), estimator.predict(X))
    with pytest.raises(AttributeError, match="has no predict_proba"):
        predictor.predict_proba(X)


def test_several_labels_a_row_that_are_texts_are_refused() -> None:
    texts = np.column_stack([Y, Y]).astype(str)
    several = MultiOutputClassifier(LogisticRegression(max_iter=500)).fit(X, texts)
    with pytest.raises(UnsupportedModelError, match="an answer of several values is one of numbers"):
        Predictor.from_sklearn(several, X)


def test_an_estimator_fitted_on_a_frame_keeps_its_names() -> None:
    frame = load_iris(as_frame=True).data
    model = LogisticRegression(max_iter=500).fit(frame, Y)
    for predictor in (Predictor.from_sklearn(model), Predictor.from_sklearn(model, frame)):
        assert list(predictor.feature_names_in_) == list(frame.columns)
        np.testing.assert_array_equal(predictor.predict(frame[frame.columns[::-1]]), model.predict(frame))


def test_scikit_learn_takes_it_for_a_classifier() -> None:
    predictor = Predictor.from_sklearn(MODEL, X)
    assert is_classifier(predictor) and not is_regressor(predictor)
    assert predictor._estimator_type == "classifier"
    for scorer in ("accuracy", "neg_log_loss", "roc_auc_ovr", "f1_macro"):
        expected = get_scorer(scorer)(MODEL, X, Y)
        assert get_scorer(scorer)(predictor, X, Y) == pytest.approx(expected, abs=1e-12)
    frozen = FrozenEstimator(predictor)
    np.testing.assert_array_equal(cross_val_predict(frozen, X, Y), predictor.predict(X))
    importances = permutation_importance(predictor, X, Y, n_repeats=2, random_state=0, scoring="accuracy")
    assert importances.importances_mean.shape == (4,)
    x, y = load_breast_cancer(return_X_y=True)
    binary = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    predictor = Predictor.from_sklearn(binary, x)
    assert predictor.decision_function(x[:1]).shape == (1,)
    assert get_scorer("roc_auc")(predictor, x, y) == pytest.approx(get_scorer("roc_auc")(binary, x, y))


def test_score_takes_weights() -> None:
    predictor, weights = Predictor.from_sklearn(MODEL, X), np.linspace(0, 1, len(X))
    assert predictor.score(X, Y, weights) == pytest.approx(MODEL.score(X, Y, sample_weight=weights))
    with pytest.raises(ValueError, match="there are labels for 150 rows"):
        predictor.score(X, Y[:-1])


def test_it_says_what_it_is() -> None:
    iris = Predictor()
    features = "sepal_length, sepal_width, petal_length, petal_width"
    assert repr(iris) == f"<iris_py.Predictor iris 1: {features} → setosa, versicolor, virginica>"
    assert (iris.n_features_in_, iris.feature_units) == (4, ["cm"] * 4)
    html = iris._repr_html_()
    assert html.startswith("<details") and "<td>petal_width</td><td>cm</td>" in html
    odd = Predictor.from_sklearn(MODEL, feature_names=["<a>", "b", "c", "d"], name="<script>")
    assert "<script>" not in odd._repr_html_() and "&lt;a&gt;" in odd._repr_html_()
    shown = pydoc.render_doc(Predictor, renderer=pydoc.plaintext)
    for text in ("predict_proba(self, /, X, out=None)", "Returns", "(n_rows, n_classes)", "InputError"):
        assert text in shown


def test_what_it_gives_out_cannot_change_it() -> None:
    iris = Predictor()
    iris.classes_[:] = "rose"
    iris.predict([[5.1, 3.5, 1.4, 0.2]])[:] = "rose"
    assert iris.predict_one(5.1, 3.5, 1.4, 0.2).label == iris.predict([[5.1, 3.5, 1.4, 0.2]])[0] == "setosa"
    with pytest.raises(AttributeError):
        iris.n_features_in_ = 5  # type: ignore[misc]

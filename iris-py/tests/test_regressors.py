"""A regressor's answers are scikit-learn's, and what only classifiers have is missing."""

from __future__ import annotations

import copy
import io
import json
import pickle
import zipfile
from typing import Any

import catalogue
import numpy as np
import pandas
import pytest
from iris_py import GoldenMismatchError, InputError, Prediction, Predictor, UnsupportedModelError
from sklearn.base import clone, is_classifier, is_regressor
from sklearn.linear_model import Ridge
from sklearn.metrics import get_scorer, r2_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, Y = catalogue.diabetes("one target")
Y3 = catalogue.diabetes("three targets")[1]
NAMES = ["age", "sex", "bmi", "bp", "s1", "s2", "s3", "s4", "s5", "s6"]
ONE = make_pipeline(StandardScaler(), Ridge()).fit(X, Y)
THREE = make_pipeline(StandardScaler(), Ridge()).fit(X, Y3)
SINGLE = Predictor.from_sklearn(ONE, X, NAMES, name="diabetes", version="2")
SEVERAL = Predictor.from_sklearn(THREE, X, NAMES)


def assert_same(answers: Any, expected: Any) -> None:
    """Within 1e-12 of the largest value of each target."""
    assert answers.dtype == np.float64 and answers.shape == expected.shape
    scale = np.abs(expected).max(axis=0)
    np.testing.assert_allclose(answers / scale, expected / scale, rtol=1e-12, atol=1e-12)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("targets", "estimator"), list(catalogue.regressor_cases()))
def test_values_are_scikit_learns(targets: str, estimator: str) -> None:
    model, x, y = catalogue.fitted_regressor(targets, estimator)
    predictor = Predictor.from_sklearn(model, x)
    expected = model.predict(x)
    assert_same(predictor.predict(x), expected)
    assert_same(Predictor.from_sklearn(model).predict(x), expected)
    assert predictor.score(x, y) == pytest.approx(model.score(x, y), rel=1e-12)
    golden = manifest(predictor)["golden"]
    assert sorted(golden) == ["inputs", "values"]
    assert np.shape(golden["values"]) == (8, 1 if expected.ndim == 1 else expected.shape[1])


def manifest(predictor: Predictor) -> dict[str, Any]:
    with zipfile.ZipFile(io.BytesIO(predictor.__reduce__()[1][0])) as archive:
        return dict(json.loads(archive.read("iris.json")))


@pytest.mark.parametrize("predictor", [SINGLE, SEVERAL], ids=["one target", "three targets"])
@pytest.mark.parametrize("n_rows", [0, 1, 2, 63, 65, 442])
def test_out_takes_the_values(predictor: Predictor, n_rows: int) -> None:
    rows = X[:n_rows]
    expected = predictor.predict(rows)
    assert expected.shape == (n_rows, 3)[: 1 if predictor is SINGLE else 2]
    buffers = [np.empty_like(expected), np.empty((2, *expected.shape))[1], np.empty(expected.shape[::-1]).T]
    for out in buffers:
        assert predictor.predict(rows, out=out) is out
        np.testing.assert_array_equal(out, expected)


def test_an_out_that_does_not_fit_is_refused() -> None:
    with pytest.raises(InputError, match=r"out has the shape \[442, 1\], the answer has \[442\]"):
        SINGLE.predict(X, np.empty((442, 1)))
    with pytest.raises(InputError, match=r"out has the shape \[442\], the answer has \[442, 3\]"):
        SEVERAL.predict(X, np.empty(442))
    with pytest.raises(TypeError, match="out must be an array of float64"):
        SINGLE.predict(X[:1], np.empty(1, np.float32))
    with pytest.raises(TypeError, match="of a classifier takes no out"):
        Predictor().predict([[5.1, 3.5, 1.4, 0.2]], np.empty(1))


def test_one_row_is_a_batch_of_one_bit_for_bit() -> None:
    for row, value, values in zip(X[:100], SINGLE.predict(X), SEVERAL.predict(X), strict=False):
        one, several = SINGLE.predict_one(*row), SEVERAL.predict_one(**dict(zip(NAMES, row, strict=True)))
        assert (one.value, several.value) == (value, tuple(values))
        assert (type(one.value), type(several.value)) == (float, tuple)
        assert SINGLE.predict([row]).tolist() == [one.value]
        assert SEVERAL.predict([row]).tolist() == [list(values)]


def test_a_prediction_is_a_value() -> None:
    one, other = SINGLE.predict_one(*X[0]), SINGLE.predict_one(*X[1])
    assert one == SINGLE.predict_one(*X[0]) and hash(one) == hash(SINGLE.predict_one(*X[0]))
    assert one != other and one != Predictor().predict_one(5.1, 3.5, 1.4, 0.2)
    several = SEVERAL.predict_one(*X[0])
    assert several == SEVERAL.predict_one(*X[0]) and hash(several) == hash(SEVERAL.predict_one(*X[0]))
    assert several != SEVERAL.predict_one(*X[1]) and several != one
    assert repr(one) == f"Prediction(value={one.value!r})"
    assert repr(several) == f"Prediction(value={several.value!r})"
    for attribute in ("label", "class_index", "probability"):
        with pytest.raises(AttributeError, match=f"a regressor's prediction has no {attribute}"):
            getattr(one, attribute)
    with pytest.raises(AttributeError, match="a classifier's prediction has no value"):
        _ = Predictor().predict_one(5.1, 3.5, 1.4, 0.2).value


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "decision_function"])
@pytest.mark.parametrize("rows", [X, X[:1], "no rows"], ids=["rows", "row", "no rows"])
def test_a_classifiers_methods_are_missing(method: str, rows: Any) -> None:
    with pytest.raises(AttributeError, match=f"a regressor, which has no {method}; ask for predict"):
        getattr(SINGLE, method)(rows)


def test_a_regressor_has_no_classes() -> None:
    assert not hasattr(SINGLE, "classes_")
    with pytest.raises(AttributeError, match="this model is a regressor, which has no classes_"):
        _ = SINGLE.classes_


def test_rows_that_cannot_be_answered_are_named() -> None:
    for at in (0, 63, 64, 300):
        rows = X.copy()
        rows[at, 2] = np.nan
        for predictor in (SINGLE, SEVERAL):
            with pytest.raises(InputError, match=f"row {at}: bmi is NaN") as raised:
                predictor.predict(rows)
            assert (raised.value.row, raised.value.feature) == (at, "bmi")
    for predictor in (SINGLE, SEVERAL):
        with pytest.raises(InputError, match="bmi is inf"):
            predictor.predict_one(*X[0, :2], np.inf, *X[0, 3:])
        with pytest.raises(InputError, match="overflows"):
            predictor.predict(np.full((1, 10), 1e308))


@pytest.mark.parametrize(("predictor", "model", "y"), [(SINGLE, ONE, Y), (SEVERAL, THREE, Y3)])
@pytest.mark.parametrize("weights", [None, np.linspace(0, 2, len(X))], ids=["alike", "weighted"])
def test_score_is_r2(predictor: Predictor, model: Any, y: Any, weights: Any) -> None:
    assert predictor.score(X, y, weights) == pytest.approx(model.score(X, y, weights), rel=1e-12)
    with pytest.raises(ValueError, match="y has the shape"):
        predictor.score(X, y[:-1])
    with pytest.raises(ValueError, match="sample_weight has the shape"):
        predictor.score(X, y, np.ones(3))
    with pytest.raises(ValueError, match="not finite"):
        predictor.score(X, y * np.nan)


def test_score_where_r2_has_no_variance() -> None:
    exact = np.repeat(SEVERAL.predict(X[:1]), 5, axis=0)
    rows = np.repeat(X[:1], 5, axis=0)
    for y in (exact, exact + [0, 1, 0], exact + [1, 1, 1], exact + np.arange(5)[:, np.newaxis]):
        assert SEVERAL.score(rows, y) == pytest.approx(r2_score(y, SEVERAL.predict(rows)), rel=1e-12)
    assert SINGLE.score(X, Y[:, np.newaxis]) == SINGLE.score(X, Y)
    with pytest.warns(UserWarning, match="fewer than two rows"):
        assert np.isnan(SINGLE.score(X[:1], Y[:1]))


def test_scikit_learn_takes_it_for_a_regressor() -> None:
    for predictor, model, y in ((SINGLE, ONE, Y), (SEVERAL, THREE, Y3)):
        assert is_regressor(predictor) and not is_classifier(predictor)
        assert predictor._estimator_type == "regressor"
        assert predictor.__sklearn_tags__().target_tags.multi_output == (predictor is SEVERAL)
        for scorer in ("r2", "neg_mean_absolute_error"):
            expected = get_scorer(scorer)(model, X, y)
            assert get_scorer(scorer)(predictor, X, y) == pytest.approx(expected, rel=1e-12)
        np.testing.assert_array_equal(cross_val_predict(predictor, X, y), predictor.predict(X))


def test_copies_are_the_same_model() -> None:
    for predictor in (SINGLE, SEVERAL):
        for same in (pickle.loads(pickle.dumps(predictor)), copy.deepcopy(predictor), clone(predictor)):
            np.testing.assert_array_equal(same.predict(X), predictor.predict(X))


def test_it_says_what_it_is() -> None:
    features = "age, sex, bmi, bp, s1, s2, s3, s4, …"
    assert repr(SINGLE) == f"<iris_py.Predictor diabetes 2: {features} → a value>"
    assert repr(SEVERAL) == f"<iris_py.Predictor model 1: {features} → 3 values>"
    html = SINGLE._repr_html_()
    assert "<td>bmi</td>" in html and "classes" not in html
    frame = pandas.DataFrame(X, columns=NAMES)[NAMES[::-1]]
    np.testing.assert_array_equal(SINGLE.predict(frame), SINGLE.predict(X))
    assert isinstance(SINGLE.predict_one(*X[0]), Prediction)


def test_a_model_that_answers_otherwise_is_refused() -> None:
    changed = manifest(SINGLE)
    changed["golden"]["values"][3][0] += 1e-6
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        archive.writestr("iris.json", json.dumps(changed))
        archive.writestr(changed["model"], pickle.dumps(ONE))
    with pytest.raises(GoldenMismatchError, match="golden row 3: values are"):
        Predictor.load(package.getvalue())


class OwnRegressor(Ridge):
    """Of which nobody here knows what it changes."""


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        (OwnRegressor(), "OwnRegressor: this class is not read"),
        (make_pipeline(StandardScaler(), OwnRegressor()), "step 'ownregressor' of the pipeline"),
    ],
)
def test_a_regressor_that_is_not_read_is_named(estimator: Any, message: str) -> None:
    with pytest.raises(UnsupportedModelError, match=message):
        Predictor.from_sklearn(estimator.fit(X, Y), X)

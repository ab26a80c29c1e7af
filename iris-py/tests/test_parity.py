"""The answers are scikit-learn's, for everything that the core reads."""

from __future__ import annotations

import catalogue
import numpy as np
import pytest
from iris_py import Predictor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("data", "estimator"), list(catalogue.cases()))
def test_classes_and_probabilities_are_scikit_learns(data: str, estimator: str) -> None:
    model, x, y = catalogue.fitted(data, estimator)
    predictor = Predictor.from_sklearn(model, x)
    assert predictor.predict(x).tolist() == model.predict(x).tolist()
    assert predictor.classes_.tolist() == model.classes_.tolist()
    assert predictor.score(x, y) == np.mean(model.predict(x) == y)
    if hasattr(model, "predict_proba"):
        expected = model.predict_proba(x)
        np.testing.assert_allclose(predictor.predict_proba(x), expected, rtol=0, atol=1e-12)
    else:
        with pytest.raises(AttributeError, match="ask for decision_function"):
            predictor.predict_proba(x)
    if hasattr(model, "decision_function"):
        scores = model.decision_function(x)
        tolerance = 1e-12 * max(1, abs(scores).max())
        np.testing.assert_allclose(predictor.decision_function(x), scores, rtol=1e-9, atol=tolerance)


def test_log_probabilities_are_the_logarithms() -> None:
    predictor = Predictor()
    x = np.array([[5.1, 3.5, 1.4, 0.2], [6.3, 3.3, 6.0, 2.5], [9e3, -9e3, 9e3, 9e3]])
    with np.errstate(divide="ignore"):
        expected = np.log(predictor.predict_proba(x))
    assert np.isneginf(expected[2]).any()
    np.testing.assert_array_max_ulp(predictor.predict_log_proba(x), expected, 1)
    np.testing.assert_array_equal(predictor.predict_log_proba(x[:1]), predictor.predict_log_proba(x)[:1])


def test_one_row_is_a_batch_of_one_bit_for_bit() -> None:
    predictor = Predictor()
    x = np.random.default_rng(1).uniform(0, 8, (300, 4))
    proba, labels = predictor.predict_proba(x), predictor.predict(x)
    for row, expected, label in zip(x, proba, labels, strict=True):
        one = predictor.predict_one(*row)
        assert predictor.predict_proba([row]).tolist() == [expected.tolist()]
        assert (one.label, one.probability) == (label, expected.max())
        assert predictor.classes_[one.class_index] == label


@pytest.mark.parametrize(
    "labels",
    [["b", "a", "ß" * 40], [-5, 0, 2**31 - 1], [False, True, True], [0.0, 1.0, 2.0], ["x", "y", "x"]],
)
def test_labels_of_every_kind(labels: list[object]) -> None:
    from sklearn.linear_model import LogisticRegression

    x = np.repeat([[0.0, 1.0], [1.0, 0.0], [3.0, 3.0]], 5, axis=0)
    model = LogisticRegression().fit(x, np.repeat(labels, 5))
    predictor = Predictor.from_sklearn(model, x)
    assert predictor.predict(x).tolist() == model.predict(x).tolist()
    assert predictor.predict(x[:1]).tolist() == model.predict(x[:1]).tolist()
    assert predictor.predict_one(*x[0]).label == model.predict(x[:1])[0]
    assert predictor.predict(np.empty((0, 2))).shape == (0,)

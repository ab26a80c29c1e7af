"""The file that a training script leaves, read as it is."""

from __future__ import annotations

import pickle
from pathlib import Path

import catalogue
import joblib
import numpy as np
import pytest
from iris_py import Predictor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("data", "estimator"), list(catalogue.cases()))
def test_joblib_files_of_classifiers_answer_as_scikit_learn(
    data: str, estimator: str, tmp_path: Path
) -> None:
    model, x, _ = catalogue.fitted(data, estimator)
    path = tmp_path / "model.joblib"
    joblib.dump(model, path, compress=("zlib", 3) if data == "wine" else 0)
    predictor = Predictor.load(path)
    assert predictor.predict(x).tolist() == model.predict(x).tolist()
    if hasattr(model, "predict_proba"):
        np.testing.assert_allclose(predictor.predict_proba(x), model.predict_proba(x), rtol=0, atol=1e-12)
    if hasattr(model, "decision_function"):
        scores = model.decision_function(x)
        tolerance = 1e-12 * max(1, abs(scores).max())
        np.testing.assert_allclose(predictor.decision_function(x), scores, rtol=1e-9, atol=tolerance)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize(("targets", "regressor"), list(catalogue.regressor_cases()))
def test_pickles_of_regressors_answer_as_scikit_learn(targets: str, regressor: str) -> None:
    model, x, _ = catalogue.fitted_regressor(targets, regressor)
    content = pickle.dumps(model)
    expected = model.predict(x)
    predicted = Predictor.load(content).predict(x)
    assert predicted.shape == expected.shape
    np.testing.assert_allclose(predicted, expected, rtol=1e-12, atol=1e-12 * abs(expected).max())


def test_a_pickled_predictor_is_the_file_that_it_was_read_from(tmp_path: Path) -> None:
    model, x, _ = catalogue.fitted("iris", "Standard")
    joblib.dump(model, tmp_path / "model.joblib")
    predictor = Predictor.load(tmp_path / "model.joblib")
    assert predictor.__reduce__()[1] == ((tmp_path / "model.joblib").read_bytes(),)
    copy = pickle.loads(pickle.dumps(predictor))
    np.testing.assert_array_equal(copy.predict_proba(x), predictor.predict_proba(x))

"""Holds iris.onnx and the test data to scikit-learn: refitted, run in onnxruntime, compared by number."""

from __future__ import annotations

import copy
import json
import sys
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import onnxruntime
import pytest
from numpy.typing import NDArray
from onnx import numpy_helper
from sklearn.linear_model import LogisticRegression

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE), str(HERE.parent / "testdata")]

import make_cases  # noqa: E402  (found only once the folders are on the path)
import make_iris  # noqa: E402
import make_pickles  # noqa: E402

MASK = 2**64 - 1


@pytest.fixture(scope="module")
def model() -> onnx.ModelProto:
    """The committed file."""
    return onnx.load(make_iris.MODEL)


@pytest.fixture(scope="module")
def refit() -> LogisticRegression:
    """The estimator fitted here and now."""
    return make_iris.fit()


@pytest.fixture(scope="module")
def weights(model: onnx.ModelProto) -> dict[str, NDArray[Any]]:
    """The constants of the committed graph."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


@pytest.fixture(scope="module")
def estimator(refit: LogisticRegression, weights: dict[str, NDArray[Any]]) -> LogisticRegression:
    """scikit-learn with the committed coefficients: another CPU's last digits can't disturb a comparison."""
    committed = copy.copy(refit)
    committed.coef_ = weights["coef"].T.copy()
    committed.intercept_ = weights["intercept"].ravel()
    return committed


def metadata(model: onnx.ModelProto) -> dict[str, Any]:
    """The `iris.*` entries as they are stored."""
    return {entry.key: entry.value for entry in model.metadata_props}


def run(rows: NDArray[np.float64]) -> tuple[NDArray[Any], NDArray[np.float64]]:
    """What onnxruntime makes of the committed file."""
    labels, probabilities = onnxruntime.InferenceSession(make_iris.MODEL).run(None, {"X": rows})
    return np.asarray(labels), np.asarray(probabilities)


def test_a_refit_gives_the_committed_coefficients(
    refit: LogisticRegression, weights: dict[str, NDArray[Any]]
) -> None:
    np.testing.assert_allclose(weights["coef"].T, refit.coef_, rtol=1e-8)
    np.testing.assert_allclose(weights["intercept"].ravel(), refit.intercept_, rtol=1e-8)
    assert weights["classes"].tolist() == ["setosa", "versicolor", "virginica"]


def test_it_is_the_optimum_that_the_default_solver_looks_for(refit: LogisticRegression) -> None:
    default = LogisticRegression(max_iter=1000, tol=1e-10).fit(*make_iris.load())
    np.testing.assert_allclose(refit.coef_, default.coef_, atol=1e-4)


def test_the_committed_file_is_fresh() -> None:
    assert make_iris.main(["--check"]) == 0


def test_two_builds_are_identical() -> None:
    first, second = (make_iris.build().SerializeToString(deterministic=True) for _ in range(2))
    assert first == second


def test_a_stale_file_is_noticed(model: onnx.ModelProto) -> None:
    stale = copy.deepcopy(model)
    tensor = next(tensor for tensor in stale.graph.initializer if tensor.name == "coef")
    tensor.CopyFrom(numpy_helper.from_array(numpy_helper.to_array(tensor) + 1e-6, "coef"))
    trees = [make_iris.to_plain(m) for m in (stale, model)]
    assert make_iris.differences(*trees, make_iris.TOLERANCE)


def test_metadata_describes_the_data(model: onnx.ModelProto) -> None:
    entries = metadata(model)
    x, _ = make_iris.load()
    statistics = json.loads(entries["iris.training_statistics"])
    assert list(entries) == sorted(entries)
    assert (entries["iris.name"], entries["iris.version"]) == ("iris", "1")
    assert json.loads(entries["iris.feature_names"]) == make_iris.FEATURES
    assert json.loads(entries["iris.feature_units"]) == ["cm"] * 4
    assert statistics["n_samples"] == 150
    np.testing.assert_allclose(
        statistics["std"], np.sqrt(((x - x.mean(axis=0)) ** 2).mean(axis=0)), rtol=1e-12
    )


def test_golden_rows_hold_what_the_file_answers(
    model: onnx.ModelProto, estimator: LogisticRegression
) -> None:
    golden = json.loads(metadata(model)["iris.golden"])
    rows = np.array(golden["inputs"])
    labels, probabilities = run(rows)
    assert labels.tolist() == golden["labels"]
    assert set(labels) == {"setosa", "versicolor", "virginica"}
    np.testing.assert_allclose(probabilities, golden["probabilities"], rtol=0, atol=1e-12)
    np.testing.assert_allclose(estimator.decision_function(rows), golden["decision_function"], rtol=1e-8)


@pytest.mark.parametrize("source", ["flowers", "random"])
def test_onnxruntime_and_scikit_learn_agree(source: str, estimator: LogisticRegression) -> None:
    rows = make_iris.load()[0] if source == "flowers" else make_cases.random_rows(make_cases.N_RANDOM_ROWS)
    labels, probabilities = run(rows)
    assert np.array_equal(labels, estimator.predict(rows))
    np.testing.assert_allclose(probabilities, estimator.predict_proba(rows), rtol=0, atol=1e-12)


def test_random_numbers_follow_the_published_recipe() -> None:
    state, expected = make_cases.SEED, []
    for _ in range(8):
        state = (state + 0x9E3779B97F4A7C15) & MASK
        z = ((state ^ (state >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        expected.append(((z ^ (z >> 31)) >> 11) * 2.0**-53)
    assert make_cases.uniforms(make_cases.SEED, 8).tolist() == expected


def test_packed_answers_unpack_to_what_the_file_answers() -> None:
    classes, probabilities = make_cases.unpack((make_cases.HERE / "random_rows.bin").read_bytes())
    labels, expected = run(make_cases.random_rows(make_cases.N_RANDOM_ROWS))
    assert np.array_equal(np.array(["setosa", "versicolor", "virginica"])[classes], labels)
    np.testing.assert_allclose(probabilities, expected[:, :2], rtol=0, atol=1e-12)


def test_the_committed_cases_are_fresh() -> None:
    assert make_cases.main(["--check"]) == 0


@pytest.mark.filterwarnings("ignore::FutureWarning")
def test_the_committed_pickles_answer_as_their_answers_say() -> None:
    assert make_pickles.main(["--check"]) == 0

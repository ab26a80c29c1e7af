"""A model of 500 trees of XGBoost's over columns of texts, through every door: XGBoost's own answers."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tritonclient.grpc
from iris_py import Predictor
from serving import post, serving

FOLDER = Path(__file__).parents[2] / "iris-core/testdata/customers"
MODEL = FOLDER / "customers.ubj"
SAID = json.loads((FOLDER / "answers.json").read_text(encoding="utf-8"))
NAMES, ROWS = SAID["columns"], SAID["rows"]
TEXTS = ["city", "plan"]
OUTPUTS = ["decision_function", "predict_proba", "predict", "contributions"]
TABLE = pd.DataFrame(ROWS, columns=NAMES).astype({"age": float, "months": float})
PREDICTOR = Predictor.load(MODEL)
MARGINS = PREDICTOR.decision_function(TABLE)
PROBABILITIES = PREDICTOR.predict_proba(TABLE)
CONTRIBUTIONS = PREDICTOR.predict_contributions(TABLE)


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    with serving(f"customers={MODEL}") as addresses:
        yield addresses


def column(name: str) -> list[Any]:
    return [row[NAMES.index(name)] for row in ROWS]


def test_python_answers_as_xgboost() -> None:
    """Margins bit for bit, probabilities within two steps of single precision."""
    np.testing.assert_array_equal(MARGINS, SAID["margins"])
    expected = np.array(SAID["probabilities"])
    steps = 2 * np.spacing(expected.astype(np.float32)).astype(float)
    assert (np.abs(PROBABILITIES[:, 1] - expected) <= steps).all()
    labels = PREDICTOR.predict(TABLE)
    np.testing.assert_array_equal(labels, (expected > 0.5).astype(int))
    contributions = np.array(SAID["contributions"])
    largest = np.abs(contributions).max(axis=1, keepdims=True)
    assert (np.abs(CONTRIBUTIONS - contributions) <= 1e-5 * largest).all()


def test_json_has_the_same_bits(addresses: dict[str, str]) -> None:
    objects = [dict(zip(NAMES, row, strict=True)) for row in ROWS]
    for body in (ROWS, objects):
        answers: Any = post(f"http://{addresses['http']}/predict", body)
        given = [list(answer["probabilities"].values()) for answer in answers]
        assert given == PROBABILITIES.tolist()


def test_version_2_has_the_same_bits(addresses: dict[str, str]) -> None:
    inputs = [
        {
            "name": name,
            "datatype": "BYTES" if name in TEXTS else "FP64",
            "shape": [len(ROWS)],
            "data": column(name),
        }
        for name in NAMES
    ]
    body = {"inputs": inputs, "outputs": [{"name": name} for name in OUTPUTS]}
    answer: Any = post(f"http://{addresses['http']}/v2/models/customers/infer", body)
    check({each["name"]: np.array(each["data"]).reshape(each["shape"]) for each in answer["outputs"]})


def test_grpc_has_the_same_bits(addresses: dict[str, str]) -> None:
    # Among bytes there is no null.
    known = np.array([all(row[NAMES.index(name)] for name in TEXTS) for row in ROWS])
    assert known.sum() > 40
    tensors = []
    for name in NAMES:
        if name in TEXTS:
            values = np.array(column(name), dtype=object)[known]
            tensor = tritonclient.grpc.InferInput(name, values.shape, "BYTES")
        else:
            values = np.array(column(name), dtype=float)[known]
            tensor = tritonclient.grpc.InferInput(name, values.shape, "FP64")
        tensor.set_data_from_numpy(values)
        tensors.append(tensor)
    outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in OUTPUTS]
    with tritonclient.grpc.InferenceServerClient(addresses["grpc"]) as client:
        answer = client.infer("customers", tensors, outputs=outputs)
    check({name: answer.as_numpy(name) for name in OUTPUTS}, known)


def check(answers: dict[str, np.ndarray], asked: np.ndarray | slice = slice(None)) -> None:
    np.testing.assert_array_equal(answers["decision_function"].ravel(), MARGINS[asked])
    np.testing.assert_array_equal(answers["predict_proba"], PROBABILITIES[asked])
    np.testing.assert_array_equal(answers["predict"], PREDICTOR.predict(TABLE)[asked])
    np.testing.assert_array_equal(answers["contributions"], CONTRIBUTIONS[asked])

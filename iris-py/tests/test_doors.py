"""A saved model gives the same bits in Python, over HTTP and over gRPC."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
import tritonclient.grpc
from iris_py import Predictor
from serving import post, serving
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

X, Y = load_wine(return_X_y=True)
MODEL = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, Y)
PREDICTOR = Predictor.from_sklearn(MODEL, X, name="wine", version="3")


@pytest.fixture(scope="module")
def addresses(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    path = tmp_path_factory.mktemp("models") / "wine.iris"
    PREDICTOR.save(path)
    with serving(str(path)) as addresses:
        yield addresses


def test_http(addresses: dict[str, str]) -> None:
    answers = post(f"http://{addresses['http']}/predict", X.tolist())
    proba, labels = PREDICTOR.predict_proba(X), PREDICTOR.predict(X)
    assert [answer["predicted_species"] for answer in answers] == labels.tolist()  # type: ignore[attr-defined]
    given = [list(answer["probabilities"].values()) for answer in answers]  # type: ignore[attr-defined]
    assert given == proba.tolist()
    assert (answers[0]["model"], answers[0]["version"]) == ("wine", "3")  # type: ignore[index]


def test_grpc(addresses: dict[str, str]) -> None:
    tensor = tritonclient.grpc.InferInput("input-0", X.shape, "FP64")
    tensor.set_data_from_numpy(X)
    names = ["predict_proba", "decision_function", "predict"]
    outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in names]
    with tritonclient.grpc.InferenceServerClient(addresses["grpc"]) as client:
        answer = client.infer("wine", [tensor], outputs=outputs)
    for name in names:
        np.testing.assert_array_equal(answer.as_numpy(name), getattr(PREDICTOR, name)(X))

"""A spam filter and other models that read texts: scikit-learn's own answers in Python and by every door."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import tritonclient.grpc
from iris_py import InputError, Predictor
from serving import post, serving

FOLDER = Path(__file__).parents[2] / "iris-core/testdata"
CASES = json.loads((FOLDER / "texts.json").read_text(encoding="utf-8"))
TEXTS: list[str] = CASES["texts"]
MODELS: dict[str, dict[str, Any]] = {model["estimator"]: model for model in CASES["models"]}
SPAM = MODELS["spam filter"]
PREDICTOR = Predictor.load(FOLDER / "texts" / SPAM["file"])
PROBABILITIES = PREDICTOR.predict_proba(TEXTS)


@pytest.mark.parametrize("name", MODELS)
def test_every_model_answers_as_scikit_learn(name: str) -> None:
    model = MODELS[name]
    predictor = Predictor.load(FOLDER / "texts" / model["file"])
    table: Any = TEXTS
    if len(model["names"]) > 1:
        table = pd.DataFrame(CASES["frame"], columns=model["names"])
    if model["labels"] is not None:
        np.testing.assert_array_equal(predictor.predict(table), model["labels"])
    if model["probabilities"] is not None:
        np.testing.assert_allclose(predictor.predict_proba(table), model["probabilities"], rtol=0, atol=1e-12)
    if model["values"] is not None:
        answered = predictor.predict(table).reshape(len(model["values"]), -1)
        np.testing.assert_allclose(answered, model["values"], rtol=1e-12, atol=1e-12)


def test_texts_come_in_every_form() -> None:
    for form in [
        tuple(TEXTS),
        np.array(TEXTS, dtype=object),
        np.array(TEXTS),
        pd.Series(TEXTS),
        pd.Series(TEXTS, dtype="category"),
        pd.DataFrame({"text": TEXTS}),
        [[text] for text in TEXTS],
    ]:
        np.testing.assert_array_equal(PREDICTOR.predict_proba(form), PROBABILITIES)
    for index, text in enumerate(TEXTS):
        assert PREDICTOR.predict([text]).tolist() == [SPAM["labels"][index]]
        one = PREDICTOR.predict_one(text)
        assert one.label == SPAM["labels"][index]
        assert one.probability == PROBABILITIES[index].max()
    assert PREDICTOR.predict_one(text="free money").label == "spam"


def test_what_is_no_text_is_refused() -> None:
    for wrong in [["a", None], ["a", 5], [["a", "b"]], "a text alone", np.zeros((3, 1))]:
        with pytest.raises((InputError, TypeError, ValueError)):
            PREDICTOR.predict(wrong)
    with pytest.raises(InputError):
        PREDICTOR.predict_one(None)


@pytest.fixture(scope="module")
def addresses() -> Iterator[dict[str, str]]:
    model = FOLDER / "texts" / SPAM["file"]
    with serving(f"spam={model}") as addresses:
        yield addresses


def test_every_door_has_the_same_bits(addresses: dict[str, str]) -> None:
    answers: Any = post(f"http://{addresses['http']}/predict", [{"text": text} for text in TEXTS])
    assert [answer["predicted_species"] for answer in answers] == SPAM["labels"]
    answered = [list(answer["probabilities"].values()) for answer in answers]
    np.testing.assert_array_equal(answered, PROBABILITIES)
    client = tritonclient.grpc.InferenceServerClient(addresses["grpc"])
    tensor = tritonclient.grpc.InferInput("text", [len(TEXTS)], "BYTES")
    tensor.set_data_from_numpy(np.array([text.encode() for text in TEXTS], dtype=object))
    outputs = [tritonclient.grpc.InferRequestedOutput(name) for name in ["predict", "predict_proba"]]
    answer = client.infer("spam", [tensor], outputs=outputs)
    assert [label.decode() for label in answer.as_numpy("predict")] == SPAM["labels"]
    np.testing.assert_array_equal(answer.as_numpy("predict_proba"), PROBABILITIES)

"""Requests that no library would send; after each, the server still answers."""

from __future__ import annotations

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator

import grpc
import numpy as np
import pytest
from conftest import FLOWERS, Server
from libraries import oip
from reflected import Service


@pytest.fixture(autouse=True)
def still_answers(server: Server) -> Iterator[None]:
    yield
    assert infer(server, json.dumps({"inputs": [tensor()]}).encode())[0] == 200


def tensor(**changes) -> dict:
    return {"name": "x", "shape": [2, 4], "datatype": "FP64", "data": FLOWERS.ravel().tolist()} | changes


def infer(server: Server, body: bytes, **headers: str) -> tuple[int, str]:
    """The status and the body, which is JSON with an `error` where it is a refusal."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"{server.url}/v2/models/iris/infer", body, headers, method="POST")
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        text = refusal.read().decode()
        assert json.loads(text)["error"]
        return refusal.code, text


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"shape": [-2, 4]}, "'x': -2 rows"),
        ({"shape": [2**62, 4]}, "'x'"),
        ({"shape": [2**63 - 1, 2**63 - 1]}, "'x'"),
        ({"shape": [2, 4, 1]}, "'x'"),
        ({"shape": []}, "'x'"),
        ({"data": [1, 2, 3]}, "'x': 3 elements"),
        ({"data": [["a"] * 4] * 2}, "'x': element 0 is a string"),
        ({"datatype": "FLOAT"}, "'x': datatype"),
        ({"datatype": "BYTES", "data": ["a"] * 8}, "'x': datatype BYTES"),
        ({"datatype": "INT8", "data": [300] * 8}, "'x': element 0 is 300"),
        ({"parameters": {"binary_data_size": 64}}, "'x': both"),
        ({"data": None, "parameters": {"binary_data_size": 64}}, "'x': binary_data_size is 64"),
    ],
)
def test_a_tensor_that_lies(changes: dict, said: str, server: Server) -> None:
    status, text = infer(server, json.dumps({"inputs": [tensor(**changes)]}).encode())
    assert status == 400 and said in json.loads(text)["error"]


@pytest.mark.parametrize("length", ["-1", "1e3", "999999", "18446744073709551616"])
def test_a_header_length_past_the_body(length: str, server: Server) -> None:
    body = json.dumps({"inputs": [tensor()]}).encode()
    assert infer(server, body, inference_header_content_length=length)[0] == 400


@pytest.mark.parametrize("bomb", ["[" * 100_000, '{"a":' * 100_000, '{"inputs":[{"data":' + "[" * 100_000])
def test_nesting_bombs(bomb: str, server: Server) -> None:
    assert infer(server, bomb.encode())[0] == 400


def test_a_body_over_the_limit(server: Server) -> None:
    assert infer(server, b" " * (3 << 20))[0] == 413


def unary(channel: grpc.Channel, method: str, message: bytes, **options) -> grpc.StatusCode:
    with pytest.raises(grpc.RpcError) as refused:
        channel.unary_unary(method)(message, timeout=options.pop("timeout", 30), **options)
    return refused.value.code()


MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"


def request(**changes) -> oip.ModelInferRequest:
    """Two flowers; `contents`, `raw`, `shape`, `outputs` and `datatype` may lie."""
    message = oip.ModelInferRequest(model_name="iris")
    kind, shape = changes.get("datatype", "FP64"), changes.get("shape", [2, 4])
    one = message.inputs.add(name="x", datatype=kind, shape=shape)
    one.contents.fp64_contents.extend(changes.get("contents", []))
    message.raw_input_contents.extend(changes.get("raw", []))
    for name in changes.get("outputs", []):
        message.outputs.add(name=name)
    return message


RAW = FLOWERS.tobytes()


@pytest.mark.parametrize(
    "changes",
    [
        {"raw": [RAW[:-1]]},
        {"raw": [RAW, RAW]},
        {"raw": [RAW], "contents": FLOWERS.ravel().tolist()},
        {"raw": [RAW], "shape": [-2, 4]},
        {"raw": [RAW], "shape": [2**62, 4]},
        {"raw": [RAW], "outputs": ["predict", "predict"]},
        {"raw": [RAW], "outputs": ["nope"]},
        {"raw": [b"\x05\0\0\0ab"], "datatype": "BYTES"},
        {"contents": [1.0]},
        {"contents": [1.0] * 8, "datatype": "FP16"},
        {},
    ],
)
def test_a_message_that_lies(changes: dict, channel: grpc.Channel) -> None:
    code = unary(channel, MODEL_INFER, request(**changes).SerializeToString())
    assert code == grpc.StatusCode.INVALID_ARGUMENT


def test_bytes_that_are_no_message(channel: grpc.Channel) -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        code = unary(channel, MODEL_INFER, b"\xff" + rng.bytes(rng.integers(1, 200)))
        assert code == grpc.StatusCode.INVALID_ARGUMENT


def test_a_message_over_the_limit(channel: grpc.Channel) -> None:
    assert unary(channel, MODEL_INFER, b"\0" * (3 << 20)) == grpc.StatusCode.RESOURCE_EXHAUSTED


def test_huge_metadata(server: Server) -> None:
    with grpc.insecure_channel(server.grpc) as channel:
        code = unary(
            channel, MODEL_INFER, request(raw=[RAW]).SerializeToString(), metadata=[("x", "y" * 100_000)]
        )
        assert code in (
            grpc.StatusCode.RESOURCE_EXHAUSTED,
            grpc.StatusCode.INTERNAL,
            grpc.StatusCode.UNAVAILABLE,
        )


def test_a_method_that_is_not_there(channel: grpc.Channel) -> None:
    assert unary(channel, "/inference.GRPCInferenceService/Nope", b"") == grpc.StatusCode.UNIMPLEMENTED


def test_a_stream_that_stalls_ends_with_the_callers_deadline(channel: grpc.Channel) -> None:
    service = Service(channel, "iris.v1.Predictor")
    flower = dict.fromkeys(("sepal_length", "sepal_width", "petal_length", "petal_width"), 1.0)

    class Stalls:
        """One flower, and then nothing more for as long as the call lasts."""

        def __init__(self) -> None:
            self.messages = iter([service.message("Predict", **flower)])

        def __iter__(self) -> Stalls:
            return self

        def __next__(self):
            if (message := next(self.messages, None)) is not None:
                return message
            ended.wait()
            raise StopIteration

    ended = threading.Event()
    answers = service.call("PredictStream", Stalls(), timeout=0.5)
    try:
        assert next(answers).species
        with pytest.raises(grpc.RpcError) as refused:
            next(answers)
    finally:
        ended.set()
    assert refused.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED

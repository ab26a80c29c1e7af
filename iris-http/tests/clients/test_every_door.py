"""The same rows through every door, of a classifier and of regressors: the same bits, and scikit-learn's."""

from __future__ import annotations

import asyncio
import json
import struct
import urllib.request
from collections.abc import Iterator
from types import ModuleType

import grpc
import numpy as np
import pytest
from conftest import TEST_DATA, Server, started
from libraries import GRPCInferenceServiceStub, kserve, oip, triton_grpc, triton_http
from reflected import Service

Answers = tuple[list[str], np.ndarray | None]


def post(url: str, body: bytes, content_type: str = "application/json") -> bytes:
    request = urllib.request.Request(url, body, {"content-type": content_type}, method="POST")
    with urllib.request.urlopen(request) as answer:
        return answer.read()


def of_objects(predictions: list[dict]) -> Answers:
    labels = [prediction["predicted_species"] for prediction in predictions]
    return labels, np.array([list(prediction["probabilities"].values()) for prediction in predictions])


def one_by_one(server: Server, rows: np.ndarray) -> Answers:
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    bodies = [json.dumps(dict(zip(names, row, strict=True))).encode() for row in rows.tolist()]
    return of_objects([json.loads(post(f"{server.url}/predict", body)) for body in bodies])


def as_a_list(server: Server, rows: np.ndarray) -> Answers:
    return of_objects(json.loads(post(f"{server.url}/predict", json.dumps(rows.tolist()).encode())))


def version_1(server: Server, rows: np.ndarray) -> Answers:
    body = json.dumps({"instances": rows.tolist()}).encode()
    return json.loads(post(f"{server.url}/v1/models/iris:predict", body))["predictions"], None


def csv(server: Server, rows: np.ndarray) -> Answers:
    lines = "\n".join(",".join(map(repr, row)) for row in rows.tolist())
    return post(f"{server.url}/invocations", lines.encode(), "text/csv").decode().split(), None


def version_2(server: Server, rows: np.ndarray) -> Answers:
    tensor = {"name": "x", "shape": list(rows.shape), "datatype": "FP64", "data": rows.tolist()}
    asked = [{"name": "predict"}, {"name": "predict_proba"}]
    answer = json.loads(
        post(
            f"{server.url}/v2/models/iris/infer", json.dumps({"inputs": [tensor], "outputs": asked}).encode()
        )
    )
    labels, probabilities = (output["data"] for output in answer["outputs"])
    return labels, np.array(probabilities).reshape(-1, 3)


def triton(library, address: str, rows: np.ndarray) -> Answers:
    tensor = library.InferInput("x", rows.shape, "FP64")
    tensor.set_data_from_numpy(rows)
    asked = [library.InferRequestedOutput(name) for name in ("predict", "predict_proba")]
    answer = library.InferenceServerClient(address).infer("iris", [tensor], outputs=asked)
    return [label.decode() for label in answer.as_numpy("predict")], answer.as_numpy("predict_proba")


def binary(server: Server, rows: np.ndarray) -> Answers:
    return triton(triton_http, server.http, rows)


def raw(server: Server, rows: np.ndarray) -> Answers:
    return triton(triton_grpc, server.grpc, rows)


def typed(server: Server, rows: np.ndarray) -> Answers:
    request = oip.ModelInferRequest(model_name="iris")
    tensor = request.inputs.add(name="x", datatype="FP64", shape=rows.shape)
    tensor.contents.fp64_contents.extend(rows.ravel().tolist())
    for name in ("predict", "predict_proba"):
        request.outputs.add(name=name)
    with grpc.insecure_channel(server.grpc) as channel:
        labels, probabilities = GRPCInferenceServiceStub(channel).ModelInfer(request).outputs
    return (
        [label.decode() for label in labels.contents.bytes_contents],
        np.array(probabilities.contents.fp64_contents).reshape(-1, 3),
    )


def stream(server: Server, rows: np.ndarray) -> Answers:
    with grpc.insecure_channel(server.grpc) as channel:
        service = Service(channel, "inference.GRPCInferenceService")

        def requests() -> Iterator:
            for row in rows:
                request = service.message("ModelStreamInfer", model_name="iris")
                request.inputs.add(name="x", datatype="FP64", shape=[1, 4])
                request.raw_input_contents.append(row.tobytes())
                for name in ("predict", "predict_proba"):
                    request.outputs.add(name=name)
                yield request

        contents = [
            answer.infer_response.raw_output_contents
            for answer in service.call("ModelStreamInfer", requests())
        ]
    labels = [label[4 : 4 + struct.unpack("<I", label[:4])[0]].decode() for label, _ in contents]
    return labels, np.array([np.frombuffer(probabilities) for _, probabilities in contents])


def named(server: Server, rows: np.ndarray, method: str) -> Answers:
    names = ("sepal_length", "sepal_width", "petal_length", "petal_width")
    with grpc.insecure_channel(server.grpc) as channel:
        service = Service(channel, "iris.v1.Predictor")
        requests = [service.message(method, **dict(zip(names, row, strict=True))) for row in rows.tolist()]
        if method == "Predict":
            answers = [service.call(method, request) for request in requests]
        else:
            answers = list(service.call(method, iter(requests)))
    return [answer.species for answer in answers], np.array(
        [list(answer.probabilities) for answer in answers]
    )


def predict(server: Server, rows: np.ndarray) -> Answers:
    return named(server, rows, "Predict")


def predict_stream(server: Server, rows: np.ndarray) -> Answers:
    return named(server, rows, "PredictStream")


def predict_batch(server: Server, rows: np.ndarray) -> Answers:
    with grpc.insecure_channel(server.grpc) as channel:
        service = Service(channel, "iris.v1.Predictor")
        answer = service.call("PredictBatch", service.message("PredictBatch", values=rows.ravel().tolist()))
    labels = [answer.labels[index] for index in answer.class_index]
    return labels, np.array(answer.probabilities).reshape(-1, 3)


DOORS = [
    as_a_list,
    binary,
    csv,
    one_by_one,
    predict,
    predict_batch,
    predict_stream,
    raw,
    stream,
    typed,
    version_1,
    version_2,
]


@pytest.mark.parametrize("door", DOORS, ids=lambda door: door.__name__)
def test_every_flower(door, server: Server, cases: list[dict]) -> None:
    rows = np.array([case["features"] for case in cases])
    labels, probabilities = door(server, rows)
    assert labels == [case["label"] for case in cases]
    if probabilities is not None:
        expected = np.array([case["probabilities"] for case in cases])
        np.testing.assert_allclose(probabilities, expected, rtol=0, atol=1e-12)
        np.testing.assert_array_equal(probabilities, as_a_list(server, rows)[1])


REGRESSORS = {
    case["file"]: case
    for case in json.loads((TEST_DATA / "regressors.json").read_text())
    if case["input"] == "double"
}


@pytest.fixture(
    scope="module",
    params=[
        "ridge_one_target_double.onnx",
        "linear_regression_three_targets_double.onnx",
        "simple_imputer_lasso_one_target_double.onnx",
    ],
)
def regressor(request: pytest.FixtureRequest) -> Iterator[tuple[Server, dict]]:
    """A server of a regressor, under the name `number`, and what scikit-learn answers."""
    with started("--model", f"number={TEST_DATA / 'regressors' / request.param}") as server:
        yield server, REGRESSORS[request.param]


def list_of_values(server: Server, rows: np.ndarray) -> np.ndarray:
    # NaN as `json.dumps` writes it.
    answers = json.loads(post(f"{server.url}/predict", json.dumps(rows.tolist()).encode()))
    return np.array([answer["values"] if "values" in answer else [answer["value"]] for answer in answers])


def values_of_version_1(server: Server, rows: np.ndarray) -> np.ndarray:
    body = json.dumps({"instances": rows.tolist()}).encode()
    return np.array(json.loads(post(f"{server.url}/v1/models/number:predict", body))["predictions"])


def values_of_csv(server: Server, rows: np.ndarray) -> np.ndarray:
    fields = [["" if np.isnan(value) else repr(value) for value in row] for row in rows.tolist()]
    lines = post(f"{server.url}/invocations", "\n".join(map(",".join, fields)).encode(), "text/csv")
    return np.array([[float(value) for value in line.split(",")] for line in lines.decode().splitlines()])


def values_of_version_2(server: Server, rows: np.ndarray) -> np.ndarray:
    tensor = {"name": "x", "shape": list(rows.shape), "datatype": "FP64", "data": rows.tolist()}
    body = json.dumps({"inputs": [tensor]}).encode()
    (output,) = json.loads(post(f"{server.url}/v2/models/number/infer", body))["outputs"]
    return np.array(output["data"]).reshape(output["shape"])


def values_of_triton(library: ModuleType, address: str, rows: np.ndarray) -> np.ndarray:
    tensor = library.InferInput("x", rows.shape, "FP64")
    tensor.set_data_from_numpy(rows)
    return library.InferenceServerClient(address).infer("number", [tensor]).as_numpy("predict")


def values_over_http(server: Server, rows: np.ndarray) -> np.ndarray:
    return values_of_triton(triton_http, server.http, rows)


def values_over_grpc(server: Server, rows: np.ndarray) -> np.ndarray:
    return values_of_triton(triton_grpc, server.grpc, rows)


def kserve_request(rows: np.ndarray) -> kserve.InferRequest:
    tensor = kserve.InferInput("x", list(rows.shape), "FP64")
    tensor.set_data_from_numpy(rows, binary_data=True)
    return kserve.InferRequest("number", [tensor])


def kserve_over_http(server: Server, rows: np.ndarray) -> np.ndarray:
    client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2"))
    answer = asyncio.run(client.infer(server.url, kserve_request(rows), model_name="number"))
    return answer.outputs[0].as_numpy()


def kserve_over_grpc(server: Server, rows: np.ndarray) -> np.ndarray:
    async def run() -> np.ndarray:
        client = kserve.InferenceGRPCClient(server.grpc)
        answer = await client.infer(kserve_request(rows))
        await client.close()
        return answer.outputs[0].as_numpy()

    return asyncio.run(run())


def packed_values(server: Server, rows: np.ndarray) -> np.ndarray:
    with grpc.insecure_channel(server.grpc) as channel:
        service = Service(channel, "iris.v1.Predictor")
        answer = service.call("PredictBatch", service.message("PredictBatch", values=rows.ravel().tolist()))
    return np.array(answer.values)


DOORS_OF_VALUES = [
    kserve_over_grpc,
    kserve_over_http,
    list_of_values,
    packed_values,
    values_of_csv,
    values_of_version_1,
    values_of_version_2,
    values_over_grpc,
    values_over_http,
]


@pytest.mark.parametrize("door", DOORS_OF_VALUES, ids=lambda door: door.__name__)
def test_every_value(door, regressor: tuple[Server, dict]) -> None:
    server, case = regressor
    rows = np.array(case["rows"], dtype=np.float64)
    expected = np.array(case["values"])
    values = door(server, rows).reshape(expected.shape)
    np.testing.assert_allclose(values, expected, rtol=0, atol=1e-12 * np.abs(expected).max())
    np.testing.assert_array_equal(values, list_of_values(server, rows))

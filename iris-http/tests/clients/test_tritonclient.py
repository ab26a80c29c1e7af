"""Triton's own Python clients, over both transports."""

from __future__ import annotations

import asyncio
import queue
from types import ModuleType

import numpy as np
import pytest
from conftest import FLOWERS, Server
from libraries import triton_grpc, triton_grpc_aio, triton_http, triton_http_aio
from tritonclient.utils import InferenceServerException

NUMERIC = [
    "BOOL",
    "UINT8",
    "UINT16",
    "UINT32",
    "UINT64",
    "INT8",
    "INT16",
    "INT32",
    "INT64",
    "FP16",
    "FP32",
    "FP64",
]
BOTH = pytest.mark.parametrize("library", [triton_http, triton_grpc], ids=["http", "grpc"])


def connect(library: ModuleType, server: Server):
    address = server.http if "http" in library.__name__ else server.grpc
    return library.InferenceServerClient(address)


def tensor(library: ModuleType, rows: np.ndarray = FLOWERS, name: str = "input-0", datatype: str = "FP64"):
    tensor = library.InferInput(name, rows.shape, datatype)
    tensor.set_data_from_numpy(rows)
    return tensor


def outputs(library: ModuleType, *names: str) -> list:
    return [library.InferRequestedOutput(name) for name in names]


@BOTH
def test_the_server_and_its_model_introduce_themselves(library: ModuleType, server: Server) -> None:
    client = connect(library, server)
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("iris") and client.is_model_ready("iris", "1")
    as_json = {} if library is triton_http else {"as_json": True}
    assert client.get_server_metadata(**as_json)["name"] == "iris-server"
    metadata = client.get_model_metadata("iris", **as_json)
    assert metadata["name"] == "iris" and metadata["versions"] == ["1"]
    names = [output["name"] for output in metadata["outputs"]]
    assert names == ["predict", "predict_proba", "decision_function", "class_index"]
    config = client.get_model_config("iris", **as_json)
    assert config.get("config", config)["name"] == "iris"
    index = client.get_model_repository_index(**as_json)
    assert (index if library is triton_http else index["models"])[0]["state"] == "READY"


@BOTH
def test_it_predicts_with_and_without_naming_outputs(library: ModuleType, server: Server) -> None:
    client = connect(library, server)
    default = client.infer("iris", [tensor(library)], request_id="7")
    assert default.as_numpy("predict").tolist() == [b"versicolor", b"versicolor"]
    assert default.get_response()["id"] == "7" if library is triton_http else default.get_response().id == "7"
    names = ["predict_proba", "decision_function", "class_index", "label"]
    answer = client.infer("iris", [tensor(library)], model_version="1", outputs=outputs(library, *names))
    assert answer.as_numpy("class_index").tolist() == [1, 1]
    assert answer.as_numpy("predict_proba").shape == answer.as_numpy("decision_function").shape == (2, 3)
    np.testing.assert_allclose(answer.as_numpy("predict_proba").sum(axis=1), 1, rtol=1e-15)
    assert answer.as_numpy("label").tolist() == [b"versicolor", b"versicolor"]


@BOTH
def test_integer_labels_stay_integers(library: ModuleType, integers: Server) -> None:
    answer = connect(library, integers).infer("integers", [tensor(library)])
    assert answer.as_numpy("predict").dtype == np.int64


@BOTH
@pytest.mark.parametrize("datatype", NUMERIC)
def test_every_numeric_datatype(library: ModuleType, datatype: str, server: Server) -> None:
    kinds = {"BOOL": bool, "FP16": np.float16, "FP32": np.float32, "FP64": np.float64}
    kind = kinds.get(datatype) or np.dtype(datatype.lower())
    rows = np.array([[1, 0, 1, 1], [0, 1, 1, 0]]).astype(kind)
    client = connect(library, server)
    answer = client.infer(
        "iris", [tensor(library, rows, datatype=datatype)], outputs=outputs(library, "predict_proba")
    )
    same = client.infer(
        "iris", [tensor(library, rows.astype(np.float64))], outputs=outputs(library, "predict_proba")
    )
    np.testing.assert_array_equal(answer.as_numpy("predict_proba"), same.as_numpy("predict_proba"))


@BOTH
def test_a_tensor_for_each_feature(library: ModuleType, server: Server) -> None:
    names = ["petal_width", "petal_length", "sepal_length", "sepal_width"]
    columns = [FLOWERS[:, [3]], FLOWERS[:, 2], FLOWERS[:, 0], FLOWERS[:, [1]]]
    inputs = [
        tensor(library, np.ascontiguousarray(column), name)
        for name, column in zip(names, columns, strict=True)
    ]
    client = connect(library, server)
    answer = client.infer("iris", inputs, outputs=outputs(library, "predict_proba"))
    whole = client.infer("iris", [tensor(library)], outputs=outputs(library, "predict_proba"))
    np.testing.assert_array_equal(answer.as_numpy("predict_proba"), whole.as_numpy("predict_proba"))


def test_json_instead_of_bytes(server: Server) -> None:
    rows = triton_http.InferInput("input-0", FLOWERS.shape, "FP64")
    rows.set_data_from_numpy(FLOWERS, binary_data=False)
    asked = [triton_http.InferRequestedOutput("predict", binary_data=False)]
    answer = connect(triton_http, server).infer("iris", [rows], outputs=asked)
    assert answer.get_response()["outputs"][0]["data"] == ["versicolor", "versicolor"]


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_over_http(algorithm: str, server: Server) -> None:
    answer = connect(triton_http, server).infer(
        "iris",
        [tensor(triton_http)],
        request_compression_algorithm=algorithm,
        response_compression_algorithm=algorithm,
    )
    assert answer.as_numpy("predict").tolist() == [b"versicolor", b"versicolor"]


def test_compressed_over_grpc(server: Server) -> None:
    answer = connect(triton_grpc, server).infer("iris", [tensor(triton_grpc)], compression_algorithm="gzip")
    assert answer.as_numpy("predict").tolist() == [b"versicolor", b"versicolor"]


@pytest.mark.parametrize("library", [triton_http_aio, triton_grpc_aio], ids=["http", "grpc"])
def test_asyncio(library: ModuleType, server: Server) -> None:
    async def run() -> None:
        async with connect(library, server) as client:
            assert await client.is_server_live() and await client.is_model_ready("iris")
            metadata = await client.get_model_metadata("iris")
            assert (metadata["name"] if isinstance(metadata, dict) else metadata.name) == "iris"
            answers = await asyncio.gather(*(client.infer("iris", [tensor(library)]) for _ in range(20)))
            assert all(answer.as_numpy("predict")[0] == b"versicolor" for answer in answers)

    asyncio.run(run())


def test_a_stream_goes_on_after_a_refusal(server: Server) -> None:
    answers: queue.Queue = queue.Queue()
    with connect(triton_grpc, server) as client:
        client.start_stream(callback=lambda result, error: answers.put((result, error)))
        client.async_stream_infer("iris", [tensor(triton_grpc)], request_id="1")
        client.async_stream_infer("rose", [tensor(triton_grpc)], request_id="2")
        client.async_stream_infer("iris", [tensor(triton_grpc)], request_id="3")
        first, second, third = (answers.get(timeout=30) for _ in range(3))
        client.stop_stream()
    assert first[0].as_numpy("predict").tolist() == [b"versicolor", b"versicolor"]
    assert "rose" in str(second[1])
    assert third[0].get_response().id == "3"


@BOTH
def test_statistics_count_rows_and_requests(library: ModuleType, server: Server) -> None:
    client = connect(library, server)

    def counted() -> tuple[int, int]:
        if library is triton_http:
            stats = client.get_inference_statistics("iris")["model_stats"][0]
        else:
            stats = client.get_inference_statistics("iris", as_json=True)["model_stats"][0]
        return int(stats.get("inference_count", 0)), int(stats.get("execution_count", 0))

    rows, requests = counted()
    client.infer("iris", [tensor(library)])
    assert counted() == (rows + 2, requests + 1)


@BOTH
def test_refusals_say_what_is_wrong(library: ModuleType, server: Server) -> None:
    client = connect(library, server)
    good = [tensor(library)]
    for model, version, inputs, asked, status, said in [
        ("rose", "", good, None, ("404", "StatusCode.NOT_FOUND"), "rose"),
        ("iris", "2", good, None, ("404", "StatusCode.NOT_FOUND"), "version '2'"),
        ("iris", "", good, ["nope"], ("400", "StatusCode.INVALID_ARGUMENT"), "nope"),
        ("iris", "", good, ["predict", "predict"], ("400", "StatusCode.INVALID_ARGUMENT"), "twice"),
        (
            "iris",
            "",
            [tensor(library, FLOWERS[:, :3])],
            None,
            ("400", "StatusCode.INVALID_ARGUMENT"),
            "input-0",
        ),
    ]:
        names = outputs(library, *asked) if asked else None
        with pytest.raises(InferenceServerException, match=said) as refused:
            client.infer(model, inputs, model_version=version, outputs=names)
        assert refused.value.status() in status
    for change in (client.load_model, client.unload_model):
        with pytest.raises(InferenceServerException, match="--model") as refused:
            change("iris")
        assert refused.value.status() in ("501", "StatusCode.UNIMPLEMENTED")

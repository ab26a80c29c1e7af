"""KServe's own clients: version 1 and 2 over REST, and gRPC."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest
from conftest import FLOWERS, Server
from libraries import RequestedOutput, kserve


def request(binary: bool, output: str = "class_index") -> kserve.InferRequest:
    rows = kserve.InferInput("input-0", list(FLOWERS.shape), "FP64")
    rows.set_data_from_numpy(FLOWERS, binary_data=binary)
    asked = [RequestedOutput(output, {"binary_data": binary})]
    return kserve.InferRequest("iris", [rows], request_outputs=asked)


@pytest.mark.parametrize("binary", [False, True])
def test_version_2_gives_kserves_own_answer(binary: bool, server: Server) -> None:
    async def run() -> None:
        client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2"))
        assert await client.is_server_live(server.url) and await client.is_server_ready(server.url)
        assert await client.is_model_ready(server.url, "iris")
        assert not await client.is_model_ready(server.url, "rose")
        answer = await client.infer(server.url, request(binary), model_name="iris")
        assert answer.outputs[0].as_numpy().tolist() == [1, 1]
        labels = await client.infer(server.url, request(False, "predict"), model_name="iris")
        assert labels.outputs[0].data == ["versicolor", "versicolor"]

    asyncio.run(run())


def test_version_1_answers_labels(server: Server, integers: Server) -> None:
    async def run() -> None:
        client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v1"))
        assert await client.is_model_ready(server.url, "iris")
        body = {"instances": FLOWERS.tolist()}
        assert await client.infer(server.url, body, model_name="iris") == {
            "predictions": ["versicolor", "versicolor"]
        }
        answer = await client.infer(integers.url, body, model_name="integers")
        assert all(isinstance(label, int) for label in answer["predictions"])

    asyncio.run(run())


def test_a_refusal_reaches_the_caller(server: Server) -> None:
    async def run() -> None:
        client = kserve.InferenceRESTClient(kserve.RESTConfig(protocol="v2"))
        with pytest.raises(Exception, match="output 'nope' is unknown"):
            await client.infer(server.url, request(False, "nope"), model_name="iris")

    asyncio.run(run())


def test_grpc(server: Server) -> None:
    async def run() -> None:
        client = kserve.InferenceGRPCClient(server.grpc)
        assert await client.is_server_live() and await client.is_server_ready()
        assert await client.is_model_ready("iris")
        for data in (FLOWERS, FLOWERS.ravel().tolist()):
            rows = kserve.InferInput("input-0", [2, 4], "FP64", data=data)
            answer = await client.infer(kserve.InferRequest("iris", [rows], request_id="9"))
            assert answer.id == "9"
            assert np.array(answer.outputs[0].as_numpy()).astype(str).tolist() == ["versicolor", "versicolor"]
        await client.close()

    asyncio.run(run())

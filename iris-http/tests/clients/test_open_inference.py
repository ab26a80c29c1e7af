"""The clients generated from the protocol's own documents."""

from __future__ import annotations

import grpc
import pytest
from conftest import FLOWERS, Server
from libraries import GRPCInferenceServiceStub, oip
from open_inference.openapi.client import OpenInferenceClient
from open_inference.openapi.errors import BadRequestError
from open_inference.openapi.types import InferenceRequest, RequestInput


def request(datatype: str, data: list) -> InferenceRequest:
    return InferenceRequest(inputs=[RequestInput(name="input-0", shape=[2, 4], datatype=datatype, data=data)])


def test_rest(server: Server) -> None:
    client = OpenInferenceClient(base_url=server.url)
    client.check_server_liveness()
    client.check_server_readiness()
    client.check_model_readiness("iris")
    client.check_model_version_readiness("iris", "1")
    assert client.read_server_metadata().name == "iris-server"
    assert client.read_model_metadata("iris").versions == ["1"]
    assert client.read_model_version_metadata("iris", "1").outputs[1].shape == [-1, 3]
    for data in (FLOWERS.tolist(), FLOWERS.ravel().tolist()):
        answer = client.model_infer("iris", request=request("FP64", data))
        assert answer.outputs[0].data.__root__ == ["versicolor", "versicolor"]
    # It writes integers as floats.
    assert client.model_infer("iris", request=request("INT64", [6, 2, 4, 1, 6, 3, 4, 1])).outputs[
        0
    ].shape == [2]
    with pytest.raises(BadRequestError) as refused:
        client.model_infer("iris", request=request("FP64", [1.0]))
    assert "input-0" in str(refused.value.body)


def test_grpc(server: Server) -> None:
    with grpc.insecure_channel(server.grpc) as channel:
        stub = GRPCInferenceServiceStub(channel)
        assert stub.ServerLive(oip.ServerLiveRequest()).live
        assert stub.ServerReady(oip.ServerReadyRequest()).ready
        assert stub.ModelReady(oip.ModelReadyRequest(name="iris")).ready
        assert stub.ServerMetadata(oip.ServerMetadataRequest()).name == "iris-server"
        assert stub.ModelMetadata(oip.ModelMetadataRequest(name="iris")).inputs[0].shape == [-1, 4]
        asked = oip.ModelInferRequest(model_name="iris")
        rows = asked.inputs.add(name="input-0", datatype="FP64", shape=[2, 4])
        rows.contents.fp64_contents.extend(FLOWERS.ravel().tolist())
        answer = stub.ModelInfer(asked)
        assert answer.outputs[0].contents.bytes_contents == [b"versicolor", b"versicolor"]
        with pytest.raises(grpc.RpcError) as refused:
            stub.ModelMetadata(oip.ModelMetadataRequest(name="rose"))
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND

"""MLServer's own stubs: its service of the protocol, and the older one of the repository."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import grpc
import pytest
from conftest import FLOWERS, INTEGERS_MODEL, Server, put
from libraries import MLServerRepositoryStub, MLServerStub, mlserver, mlserver_repository

EITHER = pytest.mark.parametrize(
    ("stub", "messages"),
    [(MLServerStub, mlserver), (MLServerRepositoryStub, mlserver_repository)],
    ids=["inference", "repository"],
)


def request(model: str) -> mlserver.ModelInferRequest:
    rows = mlserver.ModelInferRequest.InferInputTensor(
        name="input-0",
        datatype="FP64",
        shape=FLOWERS.shape,
        contents=mlserver.InferTensorContents(fp64_contents=FLOWERS.ravel().tolist()),
    )
    asked = mlserver.ModelInferRequest.InferRequestedOutputTensor(name="class_index")
    return mlserver.ModelInferRequest(model_name=model, id="9", inputs=[rows], outputs=[asked])


@EITHER
def test_a_model_is_loaded_asked_and_unloaded(
    stub: type, messages: ModuleType, folder: Path, loading: Server
) -> None:
    with grpc.insecure_channel(loading.grpc) as channel:
        repository, inference = stub(channel), MLServerStub(channel)

        def states() -> dict[tuple[str, str], str]:
            index = repository.RepositoryIndex(messages.RepositoryIndexRequest())
            return {(model.name, model.version): model.state for model in index.models}

        assert states() == {("flowers", "1"): "READY"}
        put(folder, "others", "7", INTEGERS_MODEL)
        repository.RepositoryModelLoad(messages.RepositoryModelLoadRequest(model_name="others"))
        assert states()[("others", "7")] == "READY"
        ready = inference.ModelReady(mlserver.ModelReadyRequest(name="others", version="7"))
        assert ready.ready
        answer = inference.ModelInfer(request("others"))
        assert (answer.model_name, answer.model_version, answer.id) == ("others", "7", "9")
        assert [(output.name, list(output.shape)) for output in answer.outputs] == [("class_index", [2])]
        assert list(answer.outputs[0].contents.int64_contents) == [1, 1]
        repository.RepositoryModelUnload(messages.RepositoryModelUnloadRequest(model_name="others"))
        assert states().get(("others", "7")) != "READY"
        with pytest.raises(grpc.RpcError, match="'flowers'") as refused:
            inference.ModelInfer(request("others"))
        assert refused.value.code() == grpc.StatusCode.NOT_FOUND


@EITHER
def test_a_model_that_is_not_there_is_refused_by_name(
    stub: type, messages: ModuleType, loading: Server
) -> None:
    with grpc.insecure_channel(loading.grpc) as channel:
        for call, asked in (
            ("RepositoryModelLoad", messages.RepositoryModelLoadRequest(model_name="nobody")),
            ("RepositoryModelUnload", messages.RepositoryModelUnloadRequest(model_name="nobody")),
        ):
            with pytest.raises(grpc.RpcError, match="nobody") as refused:
                getattr(stub(channel), call)(asked)
            assert refused.value.code() == grpc.StatusCode.NOT_FOUND

"""Models that come and go, by the clients that have them loaded: Triton's, and KServe's agent."""

from __future__ import annotations

import base64
import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import requests
from conftest import FLOWERS, FLOWERS_MODEL, INTEGERS_MODEL, Server, put, started
from libraries import kserve, triton_http
from test_tritonclient import BOTH, connect, tensor
from tritonclient.utils import InferenceServerException


def indexed(library: ModuleType, client) -> dict[tuple[str, str], str]:
    """States by name and version."""
    index = client.get_model_repository_index(**({} if library is triton_http else {"as_json": True}))
    models = index if library is triton_http else index["models"]
    return {(model["name"], model.get("version", "")): model["state"] for model in models}


@BOTH
def test_a_version_is_loaded_asked_and_unloaded(library: ModuleType, folder: Path, loading: Server) -> None:
    client = connect(library, loading)
    assert indexed(library, client) == {("flowers", "1"): "READY"}
    put(folder, "flowers", "2", INTEGERS_MODEL)
    put(folder, "others", "7", INTEGERS_MODEL)
    for name in ("flowers", "others"):
        client.load_model(name)
    index = indexed(library, client)
    assert index[("flowers", "2")] == index[("others", "7")] == "READY"
    answer = client.infer("flowers", [tensor(library)])
    assert answer.as_numpy("predict").dtype == np.int64
    assert client.is_model_ready("others", "7")
    client.unload_model("others")
    assert indexed(library, client).get(("others", "7")) != "READY"
    with pytest.raises(InferenceServerException, match="'flowers'"):
        client.infer("others", [tensor(library)])


@BOTH
def test_a_model_is_sent_with_the_request_to_load_it(library: ModuleType, loading: Server) -> None:
    client = connect(library, loading)
    client.load_model(
        "sent", config=json.dumps({"name": "sent"}), files={"file:3/model.onnx": FLOWERS_MODEL.read_bytes()}
    )
    answer = client.infer("sent", [tensor(library)], model_version="3")
    assert answer.as_numpy("predict").tolist() == [b"versicolor"] * 2
    with pytest.raises(InferenceServerException, match="not loaded"):
        client.load_model("sent", config="{}", files={"file:4/model.onnx": b"nothing"})
    assert client.is_model_ready("sent", "3")


def test_kserves_agent_loads_and_unloads(folder: Path, loading: Server) -> None:
    """As its puller does it: an empty body after the files are there, and a status to look at."""
    put(folder, "agent", "1", FLOWERS_MODEL)
    repository = f"{loading.url}/v2/repository/models"
    assert requests.post(f"{repository}/agent/load", timeout=10).status_code == 200
    body = {"inputs": [{"name": "input-0", "shape": [2, 4], "datatype": "FP64", "data": FLOWERS.tolist()}]}
    answer = requests.post(f"{loading.url}/v2/models/agent/infer", json=body, timeout=10)
    assert answer.headers["iris-model"] == "agent/1"
    response = kserve.InferResponse.from_rest(answer.json())
    assert response.model_version == "1"
    assert requests.post(f"{repository}/agent/unload", timeout=10).status_code == 200
    assert requests.post(f"{repository}/agent/unload", timeout=10).status_code == 404


def test_sagemakers_routes_load_and_unload(folder: Path, loading: Server) -> None:
    asked = {"model_name": "sage", "url": str(folder / "flowers" / "1")}
    assert requests.post(f"{loading.url}/models", json=asked, timeout=10).status_code == 200
    answer = requests.post(f"{loading.url}/models/sage/invoke", json=FLOWERS.tolist(), timeout=10)
    assert answer.ok and answer.headers["iris-model"].startswith("sage/")
    assert requests.delete(f"{loading.url}/models/sage", timeout=10).status_code == 200
    assert requests.get(f"{loading.url}/models/sage", timeout=10).status_code == 404


def until(holds: Callable[[], bool]) -> None:
    """Waits until something holds, which it does within a time that no machine needs."""
    for _ in range(600):
        if holds():
            return
        time.sleep(0.05)
    raise AssertionError("it never came to that")


def test_a_mounted_folder_is_replaced_by_moving_a_link(tmp_path: Path) -> None:
    """As Kubernetes mounts it: `..data` is moved, and what is beside it leads through it."""
    for name, model in (("..one", FLOWERS_MODEL), ("..two", INTEGERS_MODEL)):
        (tmp_path / name).mkdir()
        shutil.copy(model, tmp_path / name / "model.onnx")
    (tmp_path / "..data").symlink_to("..one")
    (tmp_path / "model.onnx").symlink_to("..data/model.onnx")
    with started("--models", str(tmp_path), "--watch", "100ms") as server:
        asked = {"instances": FLOWERS.tolist()}

        def predictions() -> list:
            answer = requests.post(f"{server.url}/v1/models/model:predict", json=asked, timeout=10)
            return answer.json()["predictions"]

        assert predictions() == ["versicolor"] * 2
        (tmp_path / "..new").symlink_to("..two")
        (tmp_path / "..new").rename(tmp_path / "..data")
        until(lambda: predictions() != ["versicolor"] * 2)


def test_a_file_in_the_request_is_text_in_base64(loading: Server) -> None:
    text = base64.b64encode(FLOWERS_MODEL.read_bytes()).decode()
    load = f"{loading.url}/v2/repository/models/by-hand/load"
    body = {"parameters": {"config": "{}", "file:1/model.onnx": text}}
    assert requests.post(load, json=body, timeout=10).status_code == 200
    wrong = {"parameters": {"file:1/model.onnx": "§"}}
    assert requests.post(load, json=wrong, timeout=10).status_code == 400

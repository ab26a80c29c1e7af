"""A server for the tests, as a process of its own, and what is sent to it."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import grpc
import numpy as np
import pytest

REPOSITORY = Path(__file__).parents[3]
TEST_DATA = REPOSITORY / "iris-core" / "testdata"
PROTOS = REPOSITORY / "iris-grpc" / "proto"
TOOLS = REPOSITORY / "target" / "tools" / "clients"

FLOWERS_MODEL = REPOSITORY / "iris-core" / "models" / "iris.onnx"
INTEGERS_MODEL = TEST_DATA / "onnx" / "logistic_regression_three_ints_double.onnx"

# KServe's own flowers, which are two versicolors.
FLOWERS = np.array([[6.8, 2.8, 4.8, 1.4], [6.0, 3.4, 4.5, 1.6]])


@dataclass(frozen=True)
class Server:
    """Where a server answers."""

    http: str
    grpc: str

    @property
    def url(self) -> str:
        return f"http://{self.http}"


@contextmanager
def started(*arguments: str, **variables: str) -> Iterator[Server]:
    """A server on ports of its own; nothing of this process' environment concerns it."""
    program = os.environ.get("IRIS_SERVER", REPOSITORY / "target" / "debug" / "iris-server")
    command = [program, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "2", *arguments]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=variables
    ) as process:
        assert process.stdout is not None
        try:
            addresses = {}
            for _ in ("http", "grpc"):
                kind, _, address = process.stdout.readline().strip().partition("=")
                addresses[kind.removeprefix("listening ")] = address
            yield Server(**addresses)
        finally:
            process.terminate()


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The embedded model."""
    with started() as server:
        yield server


@pytest.fixture(scope="session")
def integers() -> Iterator[Server]:
    """A model whose labels are integers, under the name `integers`."""
    model = TEST_DATA / "onnx" / "logistic_regression_three_ints_double.onnx"
    with started("--model", f"integers={model}") as server:
        yield server


@pytest.fixture(scope="session")
def channel(server: Server) -> Iterator[grpc.Channel]:
    with grpc.insecure_channel(server.grpc) as channel:
        yield channel


@pytest.fixture(scope="session")
def cases() -> list[dict]:
    """The flowers with scikit-learn's answers."""
    return json.loads((TEST_DATA / "flowers.json").read_text())["cases"]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one model in one version."""
    put(tmp_path, "flowers", "1", FLOWERS_MODEL)
    return tmp_path


@pytest.fixture
def loading(folder: Path) -> Iterator[Server]:
    """A server that loads what is in it when it is told to."""
    with started("--models", str(folder), "--allow-loading") as server:
        yield server


def put(folder: Path, name: str, version: str, model: Path) -> None:
    (folder / name / version).mkdir(parents=True)
    shutil.copy(model, folder / name / version / "model.onnx")

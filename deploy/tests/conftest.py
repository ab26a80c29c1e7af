"""Manifests as they would be applied, rendered once for each overlay."""

import functools
import os
import shutil
import subprocess
import sys
import urllib.request
from pathlib import Path

import grpc
import pytest
import yaml

DEPLOY = Path(__file__).parent.parent
KUBERNETES = DEPLOY / "kubernetes"
SERVER = DEPLOY.parent / "target" / "debug" / "iris-server"
COLLECTOR = DEPLOY / "otel"
OVERLAYS = sorted(path.parent for path in KUBERNETES.glob("overlays/**/kustomization.yaml"))
COMPONENTS = sorted(path.parent for path in KUBERNETES.glob("components/*/kustomization.yaml"))
ON_KUBERNETES = [KUBERNETES / "base", *(path for path in OVERLAYS if path.name in {"gke", "local", "member"})]


def tool(name):
    """A program that came with the test's own requirements."""
    return str(Path(sys.executable).parent / name)


def program(name, install):
    """A program from elsewhere: the variable named after it says where, or it is on the path."""
    found = os.environ.get(name.upper()) or shutil.which(name)
    assert found, f"there is no {name} here: {install}"
    return found


@functools.cache
def rendered(folder):
    """The text that `kubectl apply -k` would send."""
    command = [tool("kubectl"), "kustomize", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def documents(folder):
    """The same as objects."""
    return list(yaml.safe_load_all(rendered(folder)))


def of_kind(folder, kind):
    """Those of one kind, which must be there."""
    found = [document for document in documents(folder) if document["kind"] == kind]
    assert found, f"no {kind} in {folder.name}"
    return found


@pytest.fixture(scope="session")
def start():
    """Starts the server with the variables and arguments given, on a port of its own; gives its address."""
    assert SERVER.exists(), f"there is no {SERVER}; cargo build --package iris-server makes it"
    running = []

    def started(environment, arguments=()):
        own = {"IRIS_HTTP_ADDR": "127.0.0.1:0", "IRIS_GRPC_ADDR": "off", "IRIS_DRAIN_DELAY": "0s"}
        process = subprocess.Popen(
            [SERVER, *arguments],
            env=environment | own,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        running.append(process)
        return process, process.stdout.readline().strip().replace("listening http=", "http://")

    yield started
    for process in running:
        process.kill()
        process.communicate()


@pytest.fixture(scope="session")
def metrics_page(start):
    """What Prometheus reads from a server that has answered once over each transport, and sees who drifts."""
    rules = ["--shadow=iris@1=100%", "--drift=100%"]
    process, address = start({}, ["--grpc=127.0.0.1:0", *rules])
    predict(address)
    target = process.stdout.readline().strip().removeprefix("listening grpc=")
    with grpc.insecure_channel(target) as channel, pytest.raises(grpc.RpcError):
        channel.unary_unary("/iris.v1.Predictor/Predict")(b"")
    with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
        return answer.read().decode()


def predict(address):
    """One flower."""
    body = b'{"sepal_length":6.7,"sepal_width":2.8,"petal_length":4.9,"petal_width":1.8}'
    request = urllib.request.Request(
        f"{address}/predict", data=body, headers={"content-type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        assert answer.status == 200

"""A server beside the module, and how it is asked."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

TARGET = Path(os.environ.get("CARGO_TARGET_DIR", Path(__file__).parents[2] / "target"))
SERVER = Path(os.environ.get("IRIS_SERVER", TARGET / "debug" / "iris-server"))


@contextmanager
def serving(model: str) -> Iterator[dict[str, str]]:
    """The addresses, by protocol, of a server of this model, which has to end well."""
    command = [str(SERVER), "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--model", model]
    server = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    assert server.stdout is not None
    with server, server.stdout as lines:
        listening = [next(lines).removeprefix("listening ").strip().split("=") for _ in range(2)]
        yield dict(listening)
        server.terminate()
        assert server.wait(20) == 0


def post(url: str, body: object) -> object:
    headers = {"content-type": "application/json"}
    request = urllib.request.Request(url, json.dumps(body).encode(), headers)
    with urllib.request.urlopen(request, timeout=20) as response:
        return json.load(response)

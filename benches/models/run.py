"""A thousand models in one server: how long it takes to start, what they take, and what it costs to find one.

    pip install -r benches/models/requirements.txt
    cargo build --release && python benches/models/run.py

Copies of one forest of about a megabyte, each a model of its own, are served alone and all together. One
client asks over one connection that it keeps: the model that is asked by default, one by its name, one by an
alias, and another at each request.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import random
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

ROOT = Path(__file__).resolve().parents[2]
N_FEATURES = 10
JSON = {"content-type": "application/json"}


def forest() -> bytes:
    """A model of about 1 MB."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(2_000, N_FEATURES))
    classes = (rows @ generator.normal(size=N_FEATURES) + generator.normal(size=len(rows)) > 0).astype(int)
    trees = RandomForestClassifier(20, random_state=0).fit(rows, classes)
    with tempfile.NamedTemporaryFile(suffix=".joblib") as file:
        joblib.dump(trees, file.name)
        return Path(file.name).read_bytes()


def put(folder: Path, n_models: int, model: bytes) -> None:
    for number in range(n_models):
        version = folder / f"model-{number:04}" / "1"
        version.mkdir(parents=True)
        (version / "model.joblib").write_bytes(model)
        (version.parent / "aliases.json").write_text('{"champion": "1"}')


@contextmanager
def served(server: str, folder: Path) -> Iterator[tuple[str, subprocess.Popen[str], float]]:
    """The address, the process, and how many seconds it took to answer."""
    command = [server, "--models", str(folder), "--allow-loading", "--http", "127.0.0.1:0", "--grpc", "off"]
    began = time.perf_counter()
    told, silent = subprocess.PIPE, subprocess.DEVNULL
    with subprocess.Popen(command, stdout=told, stderr=silent, text=True) as process:
        assert process.stdout is not None
        address = process.stdout.readline().strip().partition("=")[2]
        try:
            yield address, process, time.perf_counter() - began
        finally:
            process.terminate()


def resident(process: subprocess.Popen[str]) -> int:
    """Bytes of memory that the process has."""
    lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) * 1024


def asked(address: str, paths: list[str], n_requests: int) -> float:
    """The median time of a request to one path after the other, in seconds."""
    connection = http.client.HTTPConnection(address)
    body = json.dumps([[0.5] * N_FEATURES])
    took = []
    for number in range(n_requests):
        began = time.perf_counter()
        connection.request("POST", paths[number % len(paths)], body, JSON)
        response = connection.getresponse()
        response.read()
        took.append(time.perf_counter() - began)
        if response.status != 200:
            raise RuntimeError(f"{response.status} of {paths[number % len(paths)]}")
    return sorted(took)[len(took) // 2]


def loaded(address: str, name: str) -> float:
    """How long it takes to have a model looked at that is as it was, in seconds."""
    connection = http.client.HTTPConnection(address)
    began = time.perf_counter()
    connection.request("POST", f"/v2/repository/models/{name}/load")
    response = connection.getresponse()
    response.read()
    if response.status != 200:
        raise RuntimeError(f"{response.status} of a load")
    return time.perf_counter() - began


def row(server: str, n_models: int, model: bytes, n_requests: int) -> list[str]:
    with tempfile.TemporaryDirectory() as path:
        folder = Path(path)
        put(folder, n_models, model)
        with served(server, folder) as (address, process, start):
            memory = resident(process)
            names = [f"model-{number:04}" for number in range(n_models)]
            random.Random(0).shuffle(names)
            kinds = [
                ["/predict"],
                [f"/models/{names[0]}/predict"],
                [f"/models/{names[0]}@champion/predict"],
                [f"/models/{name}/predict" for name in names],
            ]
            times = [asked(address, paths, n_requests) for paths in kinds]
            load = loaded(address, names[0])
    figures = [f"{time * 1e6:.0f} µs" for time in times]
    return [str(n_models), f"{start:.2f} s", f"{memory / 2**20:.0f} MiB", *figures, f"{load * 1e3:.1f} ms"]


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    built = os.environ.get("IRIS_SERVER", ROOT / "target/release/iris-server")
    parser.add_argument("--server", default=str(built))
    parser.add_argument("--models", type=int, default=1_000)
    parser.add_argument("--requests", type=int, default=5_000, help="of each kind")
    arguments = parser.parse_args()
    model = forest()
    print(f"Copies of a model of {len(model) / 2**20:.2f} MiB:\n")
    head = [
        "models",
        "start",
        "memory",
        "default",
        "by name",
        "by alias",
        "another each time",
        "looked at again",
    ]
    print(f"| {' | '.join(head)} |")
    print("|---" * len(head) + "|")
    for n_models in (1, arguments.models):
        print(f"| {' | '.join(row(arguments.server, n_models, model, arguments.requests))} |", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())

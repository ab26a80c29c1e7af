"""A model replaced again and again under load: what fails, and whether each answer is one version's.

    pip install -r benches/swaps/requirements.txt
    cargo build --release && python benches/swaps/run.py

Two files take turns as the next version of one model. Clients over HTTP, by the fast path and by the
router, and over gRPC ask for the same row throughout; every answer names its version, and has to be what that
version's file answers. It exits with 1 if a request failed, an answer was another's, or a swap was refused.
"""

from __future__ import annotations

import argparse
import http.client
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import tritonclient.grpc

ROOT = Path(__file__).resolve().parents[2]
FILES = [
    ROOT / "iris-core" / "models" / "iris.onnx",
    ROOT / "iris-core" / "testdata" / "onnx" / "logistic_regression_three_ints_double.onnx",
]
ROW = [5.0, 3.5, 1.0, 0.0]
JSON = {"content-type": "application/json"}
TENSOR = {"name": "input-0", "shape": [1, 4], "datatype": "FP64", "data": ROW}

# What one request came to: the version that answered, and what it answered.
Answer = tuple[int, str]


def put(models: Path, version: int) -> None:
    """The next version, in one step."""
    beside = models / f".{version}"
    beside.mkdir()
    (beside / "model.onnx").write_bytes(FILES[version % 2].read_bytes())
    beside.rename(models / "swapped" / str(version))


def over_http(address: str, path: str, body: object) -> Iterator[Answer]:
    connection = http.client.HTTPConnection(address)
    text = json.dumps(body)
    while True:
        connection.request("POST", path, text, JSON)
        response = connection.getresponse()
        answer = json.load(response)
        if response.status != 200:
            raise RuntimeError(f"{path}: {response.status} {answer}")
        answer = answer[0] if isinstance(answer, list) else answer
        names = [name for name in ("version", "model_version") if name in answer]
        yield int(answer.pop(names[0])), json.dumps(answer)


def over_grpc(address: str) -> Iterator[Answer]:
    client = tritonclient.grpc.InferenceServerClient(address)
    tensor = tritonclient.grpc.InferInput("input-0", [1, 4], "FP64")
    tensor.set_data_from_numpy(np.array([ROW]))
    outputs = [tritonclient.grpc.InferRequestedOutput("predict_proba")]
    while True:
        answer = client.infer("swapped", [tensor], outputs=outputs)
        yield int(answer.get_response().model_version), str(answer.as_numpy("predict_proba").tolist())


class Load:
    """Clients that ask until they are told to stop."""

    def __init__(self) -> None:
        self.stopped = threading.Event()
        self.failures: Counter[str] = Counter()
        self.answers: list[tuple[str, dict[int, Counter[str]]]] = []
        self.slowest = 0.0
        self.threads: list[threading.Thread] = []

    def start(self, what: str, answers: Callable[[], Iterator[Answer]]) -> None:
        seen: dict[int, Counter[str]] = {}
        self.answers.append((what, seen))
        self.threads.append(threading.Thread(target=self.ask, args=(answers, seen)))
        self.threads[-1].start()

    def ask(self, answers: Callable[[], Iterator[Answer]], seen: dict[int, Counter[str]]) -> None:
        each = answers()
        while not self.stopped.is_set():
            began = time.perf_counter()
            try:
                version, answer = next(each)
            except Exception as error:
                self.failures[str(error)] += 1
                each = answers()
                continue
            self.slowest = max(self.slowest, time.perf_counter() - began)
            seen.setdefault(version, Counter())[answer] += 1

    def stop(self) -> None:
        self.stopped.set()
        for thread in self.threads:
            thread.join()

    def mixed(self) -> int:
        """Answers that are not what their version's file says."""
        wrong = 0
        for what in {what for what, _ in self.answers}:
            for odd in (0, 1):
                told: Counter[str] = Counter()
                for name, seen in self.answers:
                    if name == what:
                        for version, answers in seen.items():
                            if version % 2 == odd:
                                told.update(answers)
                wrong += told.total() - max(told.values(), default=0)
        return wrong

    def count(self) -> int:
        return sum(answers.total() for _, seen in self.answers for answers in seen.values())


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    built = os.environ.get("IRIS_SERVER", ROOT / "target/release/iris-server")
    parser.add_argument("--server", default=built)
    parser.add_argument("--swaps", type=int, default=200)
    parser.add_argument("--clients", type=int, default=4, help="of each kind")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        (models / "swapped").mkdir()
        put(models, 1)
        command = [arguments.server, "--models", folder, "--allow-loading"]
        command += ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
        told, silent = subprocess.PIPE, subprocess.DEVNULL
        with subprocess.Popen(command, stdout=told, stderr=silent, text=True) as server:
            assert server.stdout is not None
            addresses = [server.stdout.readline().strip().partition("=")[2] for _ in range(2)]
            try:
                return swap(models, *addresses, arguments.swaps, arguments.clients)
            finally:
                server.terminate()


def swap(models: Path, http_address: str, grpc_address: str, n_swaps: int, n_clients: int) -> int:
    load = Load()
    infer = {"inputs": [TENSOR], "outputs": [{"name": "predict_proba"}]}
    for _ in range(n_clients):
        load.start("fast path", lambda: over_http(http_address, "/predict", [ROW]))
        load.start("router", lambda: over_http(http_address, "/models/swapped/predict", [ROW]))
        load.start("v2", lambda: over_http(http_address, "/v2/models/swapped/infer", infer))
        load.start("grpc", lambda: over_grpc(grpc_address))
    manager, refused, took = http.client.HTTPConnection(http_address), 0, []
    for version in range(2, 2 + n_swaps):
        put(models, version)
        began = time.perf_counter()
        manager.request("POST", "/v2/repository/models/swapped/load")
        response = manager.getresponse()
        response.read()
        took.append(time.perf_counter() - began)
        refused += response.status != 200
    load.stop()
    versions = {version for _, seen in load.answers for version in seen}
    failed, mixed = load.failures.total(), load.mixed()
    head = ["swaps", "refused", "a swap takes, median", "requests", "failed", "of another version"]
    head += ["versions seen", "slowest request"]
    print(f"| {' | '.join(head)} |")
    print("|---" * len(head) + "|")
    median, slowest = sorted(took)[len(took) // 2] * 1e3, load.slowest * 1e3
    print(
        f"| {n_swaps} | {refused} | {median:.1f} ms | {load.count()} | {failed} | {mixed} "
        f"| {len(versions)} | {slowest:.1f} ms |"
    )
    for reason, count in load.failures.most_common(5):
        print(f"{count} × {reason}", file=sys.stderr)
    return 1 if failed or mixed or refused else 0


if __name__ == "__main__":
    sys.exit(main())

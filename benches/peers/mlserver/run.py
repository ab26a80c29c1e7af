"""The Open Inference Protocol, ours and MLServer's, over REST and gRPC, in one run.

Each server sits on core 0, the load (wrk for REST, h2load for gRPC) on core 1; rounds go in turns, and
medians of the rounds and of the ratios within a round are what to quote. One row is sent as JSON and as a
gRPC message; a thousand rows as binary tensors, or as JSON where MLServer takes no binary, beside onnxruntime
called in this process.

Needs wrk and h2load (Debian: wrk, nghttp2-client), and a Python 3.11 with requirements.txt to run in:

    python3.11 -m venv target/mlserver
    target/mlserver/bin/pip install -r benches/peers/mlserver/requirements.txt
    target/mlserver/bin/python benches/peers/mlserver/run.py
"""

from __future__ import annotations

import argparse
import json
import os
import re
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import bench_lab as lab  # noqa: E402  (found only from here on)
import grpc  # noqa: E402
import joblib  # noqa: E402
import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
import skl2onnx  # noqa: E402
from mlserver.grpc import dataplane_pb2 as pb  # noqa: E402
from skl2onnx.common.data_types import DoubleTensorType  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

ROW = [6.765352725982666, 2.824432849884033, 4.90852165222168, 1.8131520748138428]
BATCH = 1_000
INFER = "/v2/models/iris/infer"
MODEL_INFER = "/inference.GRPCInferenceService/ModelInfer"
PREDICT = "/iris.v1.Predictor/Predict"


@dataclass(frozen=True)
class Doors:
    """A server's two addresses."""

    name: str
    http: str
    grpc: str


@dataclass(frozen=True)
class Question:
    """What is sent to a server, and how."""

    what: str
    server: str
    rows: int
    ask: Callable[[int], float]
    """Requests a second of a round of so many seconds."""


@contextmanager
def iris(program: Path) -> Iterator[Doors]:
    """Ours with one worker, every request traced into memory."""
    command = [program, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "1"]
    with lab.listening(lab.pinned(lab.SERVER_CORE, *command), {}) as (process, http):
        assert process.stdout is not None
        yield Doors("iris", http, process.stdout.readline().removeprefix("listening grpc=").strip())


@contextmanager
def mlserver(model: LogisticRegression, workers: int) -> Iterator[Doors]:
    """MLServer with its scikit-learn runtime; without workers it answers in the process that listens."""
    http, rpc, metrics = (lab.free_port() for _ in range(3))
    with tempfile.TemporaryDirectory() as folder:
        joblib.dump(model, Path(folder) / "model.joblib")
        settings = {
            "name": "iris",
            "implementation": "mlserver_sklearn.SKLearnModel",
            "parameters": {"uri": "./model.joblib", "version": "1"},
        }
        (Path(folder) / "model-settings.json").write_text(json.dumps(settings))
        variables = {
            "MLSERVER_HOST": "127.0.0.1",
            "MLSERVER_HTTP_PORT": str(http),
            "MLSERVER_GRPC_PORT": str(rpc),
            "MLSERVER_METRICS_PORT": str(metrics),
            "MLSERVER_PARALLEL_WORKERS": str(workers),
            "MLSERVER_DEBUG": "false",
        }
        program = Path(sys.executable).parent / "mlserver"
        with subprocess.Popen(
            lab.pinned(lab.SERVER_CORE, program, "start", folder),
            cwd=folder,
            env=os.environ | variables,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        ) as process:
            try:
                doors = Doors(f"mlserver/{workers}", f"127.0.0.1:{http}", f"127.0.0.1:{rpc}")
                wait_until_ready(doors, process)
                yield doors
            finally:
                # Sooner than whoever started this loses patience with it.
                lab.end(process, lab.STOP_S / 2)


def wait_until_ready(doors: Doors, process: subprocess.Popen[bytes]) -> None:
    while process.poll() is None:
        try:
            urllib.request.urlopen(f"http://{doors.http}/v2/models/iris/ready").read()
            return
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.05)
    raise RuntimeError(f"{doors.name} did not start")


def json_request(rows: np.ndarray) -> bytes:
    tensor = {"name": "input-0", "shape": list(rows.shape), "datatype": "FP64", "data": rows.ravel().tolist()}
    return json.dumps({"inputs": [tensor]}).encode()


def binary_request(rows: np.ndarray) -> tuple[bytes, int]:
    """JSON with the tensor behind it, and the length of the JSON."""
    parameters = {"binary_data_size": rows.nbytes}
    tensor = {
        "name": "input-0",
        "shape": list(rows.shape),
        "datatype": "FP64",
        "parameters": parameters,
    }
    head = json.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}}).encode()
    return head + rows.tobytes(), len(head)


def model_infer(rows: np.ndarray) -> bytes:
    """A `ModelInferRequest` with its tensor raw."""
    tensor = pb.ModelInferRequest.InferInputTensor(name="input-0", datatype="FP64", shape=rows.shape)
    request = pb.ModelInferRequest(model_name="iris", inputs=[tensor], raw_input_contents=[rows.tobytes()])
    return request.SerializeToString()


def predict(row: Sequence[float]) -> bytes:
    """An `iris.v1.PredictRequest`: four doubles in the fields 1 to 4."""
    return b"".join(struct.pack("<Bd", field << 3 | 1, value) for field, value in enumerate(row, 1))


def expect_versicolor(body: bytes) -> None:
    if b"versicolor" not in body and b"virginica" not in body and b"predict" not in body:
        raise RuntimeError(f"an unexpected answer: {body[:200]!r}")


def rest(doors: Doors, body: bytes, connections: int, json_len: int | None = None) -> Callable[[int], float]:
    headers = {"content-type": "application/json"}
    if json_len is not None:
        headers = {
            "content-type": "application/octet-stream",
            "inference-header-content-length": str(json_len),
        }
    request = urllib.request.Request(f"http://{doors.http}{INFER}", body, headers, method="POST")
    with urllib.request.urlopen(request) as answer:
        expect_versicolor(answer.read())

    def ask(seconds: int) -> float:
        with tempfile.NamedTemporaryFile("w", suffix=".lua") as script, tempfile.NamedTemporaryFile() as file:
            file.write(body)
            file.flush()
            script.write('wrk.method = "POST"\n')
            script.write(f'wrk.body = io.open("{file.name}", "rb"):read("*a")\n')
            script.writelines(f'wrk.headers["{name}"] = "{value}"\n' for name, value in headers.items())
            script.flush()
            command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds}s", "-s", script.name]
            output = run(lab.pinned(lab.LOAD_CORE, *command, f"http://{doors.http}{INFER}"))
        if "Non-2xx" in output or "Socket errors" in output:
            raise RuntimeError(f"{doors.name} failed under load:\n{output}")
        return float(re.search(r"Requests/sec:\s+([\d.]+)", output)[1])

    return ask


def rpc(doors: Doors, method: str, message: bytes, streams: int) -> Callable[[int], float]:
    """Eight connections with so many streams each."""
    with grpc.insecure_channel(doors.grpc) as channel:
        answer = channel.unary_unary(method)(message, wait_for_ready=True)
        expect_versicolor(answer)

    def ask(seconds: int) -> float:
        with tempfile.NamedTemporaryFile() as body:
            body.write(struct.pack(">BI", 0, len(message)) + message)
            body.flush()
            command = ["h2load", "-t1", "-c8", f"-m{streams}", f"-D{seconds}", f"-d{body.name}"]
            headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
            output = run(lab.pinned(lab.LOAD_CORE, *command, *headers, f"http://{doors.grpc}{method}"))
        done, failed = (int(re.search(rf"(\d+) {word}", output)[1]) for word in ("succeeded", "failed"))
        # A refusal is a success of HTTP, but has no message.
        data = int(re.search(r"space savings .*\), .*\((\d+)\) data", output)[1])
        if failed or data < done * len(answer):
            raise RuntimeError(f"{doors.name} failed under load:\n{output}")
        return float(re.search(r"finished in [\d.]+\w+, ([\d.]+) req/s", output)[1])

    return ask


def run(command: list[str]) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def onnxruntime_batch(model: LogisticRegression, rows: np.ndarray) -> Callable[[int], float]:
    """Called in this process, on one thread: labels of a batch, over and over."""
    converted = skl2onnx.to_onnx(
        model, initial_types=[("X", DoubleTensorType([None, 4]))], options={"zipmap": False}
    )
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(converted.SerializeToString(), options)

    def ask(seconds: int) -> float:
        begin, calls = time.perf_counter(), 0
        while (elapsed := time.perf_counter() - begin) < seconds:
            session.run(["label"], {"X": rows})
            calls += 1
        return calls / elapsed

    return ask


def questions(
    ours: Doors, theirs: list[Doors], model: LogisticRegression, rows: np.ndarray
) -> list[Question]:
    one = np.array([ROW])
    all_questions = []
    for doors in [ours, *theirs]:
        name = doors.name
        single = rest(doors, json_request(one), 50)
        all_questions.append(Question("REST v2, one row", name, 1, single))
        all_questions.append(
            Question("gRPC ModelInfer, one row", name, 1, rpc(doors, MODEL_INFER, model_infer(one), 16))
        )
        batch = rpc(doors, MODEL_INFER, model_infer(rows), 2)
        all_questions.append(Question(f"gRPC ModelInfer, {BATCH} rows", name, BATCH, batch))
        if doors is ours:
            binary, json_len = binary_request(rows)
            batch = rest(doors, binary, 8, json_len)
        else:
            batch = rest(doors, json_request(rows), 8)
        all_questions.append(Question(f"REST v2, {BATCH} rows", name, BATCH, batch))
    all_questions.append(Question("gRPC iris.v1 Predict", ours.name, 1, rpc(ours, PREDICT, predict(ROW), 16)))
    in_process = onnxruntime_batch(model, rows)
    all_questions.append(
        Question(f"gRPC ModelInfer, {BATCH} rows", "onnxruntime in process", BATCH, in_process)
    )
    return all_questions


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=2, help="of each round")
    parser.add_argument(
        "--workers", type=int, nargs="*", default=[0, 1], help="of MLServer; it has 1 by default"
    )
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    options = parser.parse_args()
    features, labels = load_iris(return_X_y=True)
    names = np.array(["setosa", "versicolor", "virginica"])[labels]
    model = LogisticRegression(max_iter=1_000).fit(features, names)
    rows = np.ascontiguousarray(np.tile(features, (BATCH // len(features) + 1, 1))[:BATCH])
    with ExitStack() as stack:
        ours = stack.enter_context(iris(options.server))
        theirs = [stack.enter_context(mlserver(model, workers)) for workers in options.workers]
        asked = questions(ours, theirs, model, rows)
        rounds: dict[tuple[str, str], list[float]] = {(each.what, each.server): [] for each in asked}
        for index in range(options.rounds):
            first = index % len(asked)
            for question in asked[first:] + asked[:first]:
                rounds[question.what, question.server].append(question.ask(options.seconds))
            print(f"round {index + 1} of {options.rounds} is done", file=sys.stderr)
    print(f"medians of {options.rounds} rounds of {options.seconds} s")
    for question in asked:
        mine = rounds[question.what, question.server]
        line = f"{question.what:28} {question.server:24} {statistics.median(mine):10.0f} req/s"
        if question.rows > 1:
            line += f" {statistics.median(mine) * question.rows / 1e6:8.2f} M rows/s"
        if question.server != ours.name:
            pairs = zip(rounds[question.what, ours.name], mine, strict=True)
            line += f"   iris: {statistics.median(a / b for a, b in pairs):6.1f} x"
        print(line)
    return 0


if __name__ == "__main__":
    sys.exit(main())

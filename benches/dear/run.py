"""A model that is dear, over HTTP: where a batch's time goes, and what a second processor brings.

    pip install -r benches/python/requirements.txt
    cargo build --release && python benches/dear/run.py

A forest of 500 trees answers one client's batches in JSON on a server with one thread and on one
with two: the threads of the lane are as many, and one that has nothing to do takes a part of another's batch.
The shares are from the answers' own `server-timing`. Both servers take turns; medians of rounds. Nothing else
may run, and there have to be two processors.
"""

from __future__ import annotations

import argparse
import http.client
import json
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import joblib
import numpy as np
from sklearn.ensemble import RandomForestClassifier

sys.path.insert(0, str(Path(__file__).parents[1]))
import bench_lab as lab  # noqa: E402

N_FEATURES = 10
ROWS = (128, 512, 2_000, 8_000, 20_000)
TIMES = 5


def forest(path: Path) -> None:
    """500 trees of depth 8."""
    generator = np.random.default_rng(0)
    rows = generator.normal(size=(20_000, N_FEATURES))
    classes = (rows[:, :3] ** 2).sum(1) + generator.normal(size=len(rows)) > 3
    trees = RandomForestClassifier(500, max_depth=8, random_state=0)
    joblib.dump(trees.fit(rows, classes.astype(int)), path, compress=3)


class Client:
    """One client, over a connection that it keeps."""

    def __init__(self, address: str) -> None:
        self.connection = http.client.HTTPConnection(address)

    def ask(self, rows: bytes) -> tuple[float, float, bytes]:
        """Seconds until the answer is there, the model's share of the server's time, and the answer."""
        began = time.perf_counter()
        self.connection.request("POST", "/predict", rows, {"content-type": "application/json"})
        response = self.connection.getresponse()
        answer = response.read()
        took = time.perf_counter() - began
        if response.status != 200:
            raise RuntimeError(f"{response.status}: {answer[:500]!r}")
        parts = (part.split(";dur=") for part in response.headers["server-timing"].split(", "))
        stages = {part[0]: float(part[1]) for part in parts if len(part) == 2}
        return took, stages["model_inference"] / stages["total"], answer


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--to", type=Path, help="every round, as JSON")
    options = parser.parse_args()
    raw = []
    with ExitStack() as stack:
        path = Path(stack.enter_context(tempfile.TemporaryDirectory())) / "forest.joblib"
        forest(path)
        clients = {}
        for n_threads in (1, 2):
            command = [str(options.server), "--http=127.0.0.1:0", "--grpc=off", f"--threads={n_threads}"]
            command += [f"--model={path}", "--server-timing"]
            _, address = stack.enter_context(lab.listening(command, {"OTEL_SDK_DISABLED": "true"}))
            clients[n_threads] = Client(address)
        generator = np.random.default_rng(1)
        for n_rows in ROWS:
            rows = json.dumps(generator.normal(size=(n_rows, N_FEATURES)).round(3).tolist()).encode()
            rounds = []
            for _ in range(options.rounds):
                asked = {n: [client.ask(rows) for _ in range(TIMES)] for n, client in clients.items()}
                if len({answer for each in asked.values() for _, _, answer in each}) != 1:
                    raise RuntimeError("the answers differ")
                one, two = (statistics.median(took for took, _, _ in each) for each in asked.values())
                share = statistics.median(share for _, share, _ in asked[1])
                rounds.append({"one_ms": one * 1e3, "two_ms": two * 1e3, "share": share})
            raw.append({"rows": n_rows, "rounds": rounds})
            ratio = statistics.median(each["one_ms"] / each["two_ms"] for each in rounds)
            one, two, share = (
                statistics.median(each[key] for each in rounds) for key in ("one_ms", "two_ms", "share")
            )
            print(f"{n_rows:,} rows: {one:.2f} ms, by two {two:.2f} ms, {ratio:.2f} ×; model {share:.1%}")
    if options.to:
        options.to.write_text(json.dumps(raw))


if __name__ == "__main__":
    main()

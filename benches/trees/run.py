"""Forests answered by iris and by its peers, on one core: writes `RESULTS.md` and `results.svg` here.

    python3.12 -m venv target/trees-venv
    target/trees-venv/bin/pip install -r benches/trees/requirements.txt
    target/trees-venv/bin/pip install --no-deps xgboost
    cargo build --release -p iris-benches --example trees
    taskset -c 0 target/trees-venv/bin/python benches/trees/run.py

All take part in each round, one after the other; of the rounds the median counts. `--quick` measures
100 trees and 10 features alone, `--only catboost` the tables that have such a forest, beside which the
page's others stay as they are.
"""

from __future__ import annotations

import argparse
import datetime
import json
import platform
import statistics
import subprocess
import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path

import models
import numpy as np
import peers
import report
from figure import Figure

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
SIZES = (1, 8, 128, 100_000)
OURS = "iris"
# One that has spent so many in a cell takes part in no more rounds of it, that all end within 20 minutes.
SECONDS_OF_ONE = 1.0


class Ours:
    """The harness in Rust, which is asked for one measurement after the other."""

    def __init__(self, program: Path, model: Path, rows: Path, n_features: int) -> None:
        command = [program, model, rows, str(n_features)]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def _ask(self, line: str) -> str:
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()
        answer = self._process.stdout.readline()
        if not answer:
            raise RuntimeError("the harness ended; does iris read this model?")
        return answer

    def time(self, n_rows: int, calls: int) -> float:
        return float(self._ask(f"{n_rows} {calls}"))

    def answers(self, n_rows: int) -> np.ndarray:
        return np.array(self._ask(f"answers {n_rows}").split(), float)

    def close(self) -> None:
        self._process.stdin.close()
        self._process.wait()


def timed(call: peers.Call, x: np.ndarray) -> Callable[[int, int], float]:
    """Times calls as the harness does: with the next rows each time."""
    place = 0

    def time_calls(n_rows: int, calls: int) -> float:
        nonlocal place
        starts = [(place + index * n_rows) % (len(x) - n_rows + 1) for index in range(calls)]
        place = starts[-1] + n_rows
        blocks = [x[start : start + n_rows] for start in starts]
        begin = time.perf_counter_ns()
        for block in blocks:
            call(block)
        return (time.perf_counter_ns() - begin) / calls

    return time_calls


def measure(participants: dict[str, Callable], n_rows: int, rounds: int, seconds: float) -> dict[str, float]:
    """Medians of rounds in which all take part."""
    calls = {}
    for name, time_calls in participants.items():
        time_calls(n_rows, 1)
        calls[name] = int(min(20_000, max(1, seconds * 1e9 / time_calls(n_rows, 1))))
    found: dict[str, list[float]] = {name: [] for name in participants}
    spent = dict.fromkeys(participants, 0.0)
    for _ in range(rounds):
        for name, time_calls in participants.items():
            if spent[name] > SECONDS_OF_ONE:
                continue
            began = time.perf_counter()
            found[name].append(time_calls(n_rows, calls[name]))
            spent[name] += time.perf_counter() - began
    return {name: statistics.median(times) for name, times in found.items()}


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=float, default=0.02, help="of one participant in one round")
    parser.add_argument("--only", default="", help="names of forests that hold this")
    parser.add_argument("--harness", type=Path, default=REPOSITORY / "target/release/examples/trees")
    parser.add_argument("--folder", type=Path, default=REPOSITORY / "target/trees")
    parser.add_argument("--to", type=Path, default=HERE, help="the folder of the results")
    options = parser.parse_args()
    options.folder.mkdir(parents=True, exist_ok=True)

    figures: list[Figure] = []
    forests = models.forests(options.quick)
    tables = {forest.table for forest in forests if options.only in forest.name}
    for forest in forests:
        if forest.table in tables:
            print(forest.name, flush=True)
            figures += of_forest(forest, options)
    machine = {"cpu": cpu(), "python": platform.python_version(), "date": str(datetime.date.today())}
    (options.folder / "results.json").write_text(json.dumps([asdict(figure) for figure in figures], indent=1))
    report.write(figures, machine, options.to, keep=bool(options.only))


def of_forest(forest: models.Forest, options: argparse.Namespace) -> list[Figure]:
    """Every size of call on one forest."""
    x = models.rows(models.N_ROWS, forest.n_features, seed=7)
    rows = options.folder / f"rows-{forest.n_features}.f64"
    if not rows.exists():
        x.astype(np.float64).tofile(rows)
    stump = models.Forest(forest.library, 1, forest.shape, forest.n_features)
    with_all, with_stump = (participants(of, x, rows, options) for of in (forest, stump))
    found = []
    for n_rows in SIZES:

        def may(named: dict, n_rows: int = n_rows) -> dict[str, Callable]:
            return {name: timer for name, (timer, one_row) in named.items() if n_rows == 1 or not one_row}

        times = measure(may(with_all), n_rows, options.rounds, options.seconds)
        # An overhead of large calls is lost in them.
        overheads = (
            measure(may(with_stump), n_rows, options.rounds, options.seconds / 4) if n_rows <= 128 else {}
        )
        for name, nanoseconds in times.items():
            found.append(
                Figure(
                    **asdict(forest),
                    n_rows=n_rows,
                    participant=name,
                    nanoseconds=nanoseconds,
                    overhead=overheads.get(name),
                )
            )
            print(f"  {n_rows:6} {name:30} {nanoseconds / 1e3:12.2f} µs", flush=True)
    return found


def participants(forest: models.Forest, x: np.ndarray, rows: Path, options: argparse.Namespace) -> dict:
    """Each one's timer, and whether it takes one row alone."""
    path = models.train(forest, options.folder)
    made = {}
    expected = None
    for name, call, one_row in peers.peers(forest, path, options.folder):
        expected = expected if expected is not None else np.ravel(call(x[:64]))
        made[name] = (timed(call, x), one_row)
    try:
        ours = Ours(options.harness, path, rows, forest.n_features)
        answers = ours.answers(64)
        if not np.allclose(answers, expected, rtol=1e-5, atol=1e-5):
            raise RuntimeError("it answers otherwise than the library")
        made = {OURS: (ours.time, False), **made}
    except (RuntimeError, BrokenPipeError) as error:
        print(f"  {OURS} is left out: {error}", flush=True)
    return made


def cpu() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(": ")[2]
    return platform.processor()


if __name__ == "__main__":
    main()

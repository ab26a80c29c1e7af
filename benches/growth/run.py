"""How cost grows: a row's with batch, classes, columns and trees, a request's with connections and models.

    pip install -r benches/growth/requirements.txt ./iris-py
    cargo build --release && python benches/growth/run.py

Calls of `iris_py` run on core 0; the server has core 0 and its load core 1. Every size has its turn in every
round, so that a slow minute touches all of them; medians go to `RESULTS.md` beside this file and a picture
among the documents, or both to the folder that `--output` names. `knees.md` is written by hand.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from iris_py import Predictor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bench_lab as lab  # noqa: E402  (found only from here on)

HERE = Path(__file__).parent
IMAGES = lab.REPOSITORY / "docs" / "src" / "images"
NAMED = lab.BENCHES / "wrk" / "named.lua"
CALL_SECONDS = 0.05
"""How long one size is asked in one round, but at least once."""
N_ROWS = 1_000


class Point(NamedTuple):
    """A size, and the call whose time is divided by how many there are in it."""

    size: int
    call: Callable[[], object]
    n: int


class Curve(NamedTuple):
    title: str
    what: str
    """What grows."""
    unit: str
    figures: dict[int, float]
    """By size."""


def doubled(first: int, last: int, step: int = 4) -> Iterator[int]:
    while first <= last:
        yield first
        first *= step


def linear(n_columns: int, n_classes: int) -> Any:
    """A model with weights from a seed: what they are costs nothing."""
    random = np.random.default_rng(0)
    rows = random.normal(size=(2 * n_classes, 2))
    with warnings.catch_warnings(action="ignore"):
        model = LogisticRegression(max_iter=1).fit(rows, np.arange(2 * n_classes) % n_classes)
    model.coef_ = random.normal(size=(1 if n_classes == 2 else n_classes, n_columns))
    model.n_features_in_ = n_columns
    return Predictor.from_sklearn(model)


def forest(n_trees: int) -> Any:
    random = np.random.default_rng(1)
    rows = random.normal(size=(2_000, 10))
    labels = (rows @ random.normal(size=10) + random.normal(size=len(rows)) > 0).astype(int)
    trees = RandomForestClassifier(n_trees, max_leaf_nodes=31, random_state=0).fit(rows, labels)
    return Predictor.from_sklearn(trees)


def calls(model: Any, sizes: list[int], n_columns: int) -> Iterator[Point]:
    """Batches of so many rows."""
    rows = np.random.default_rng(2).normal(size=(max(sizes), n_columns))
    for size in sizes:
        part = np.ascontiguousarray(rows[:size])
        yield Point(size, lambda part=part: model.predict(part), size)


def of_each(make: Callable[[int], tuple[Any, int]], sizes: Iterator[int], n_rows: int) -> Iterator[Point]:
    """A model of each size, and the columns that it has, asked so many rows at once."""
    for size in sizes:
        model, n_columns = make(size)
        (point,) = calls(model, [n_rows], n_columns)
        yield Point(size, point.call, n_rows)


def in_process(*, small: bool) -> Iterator[tuple[str, str, list[Point]]]:
    most = 16 if small else 1
    batches = list(doubled(1, 2**20 // most**2))
    yield "linear, 4 columns, 3 classes", "rows at once", list(calls(Predictor(), batches, 4))
    batches = list(doubled(1, 2**16 // most))
    yield "forest of 100 trees, 10 columns", "rows at once", list(calls(forest(100), batches, 10))

    def with_columns(n: int) -> tuple[Any, int]:
        return linear(n, 3), n

    def with_classes(n: int) -> tuple[Any, int]:
        return linear(16, n), 16

    def with_trees(n: int) -> tuple[Any, int]:
        return forest(n), 10

    for n_rows in (1, N_ROWS):
        asked = f", {n_rows:,} row{'s' * (n_rows > 1)} at once"
        sizes = doubled(4, 16_384 // most)
        yield f"linear, 3 classes{asked}", "columns", list(of_each(with_columns, sizes, n_rows))
        sizes = doubled(2, 2_048 // most)
        yield f"linear, 16 columns{asked}", "classes", list(of_each(with_classes, sizes, n_rows))
        sizes = doubled(1, 1_024 // most)
        yield f"trees of 31 leaves{asked}", "trees", list(of_each(with_trees, sizes, n_rows))


def seconds(call: Callable[[], object]) -> float:
    """Of one call, by as many as fit into the time."""
    n_calls, began = 0, time.perf_counter()
    while True:
        call()
        n_calls += 1
        took = time.perf_counter() - began
        if took >= CALL_SECONDS:
            return took / n_calls


def by_size(points: list[Point], n_rounds: int) -> dict[int, float]:
    """Nanoseconds a row, the median of rounds."""
    for point in points:
        point.call()
    rounds: dict[int, list[float]] = {point.size: [] for point in points}
    for _ in range(n_rounds):
        for point in points:
            rounds[point.size].append(seconds(point.call) / point.n * 1e9)
    return {size: statistics.median(times) for size, times in rounds.items()}


def connections(server: Path, n_rounds: int, *, small: bool) -> Curve:
    """One flower a request; CPU of the server."""
    sizes = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000][: 4 if small else None]
    rounds: dict[int, list[float]] = {size: [] for size in sizes}
    with lab.iris("iris", server) as process:
        for _ in range(n_rounds):
            for size in sizes:
                rounds[size].append(lab.load(process, size, 2).cpu_us)
    figures = {size: statistics.median(times) for size, times in rounds.items()}
    return Curve("`/predict`", "connections", "µs of CPU a request", figures)


def models(server: Path, n_rounds: int, *, small: bool) -> Curve:
    """As many models of the flowers, of which each request asks the next."""
    sizes = [1, 10, 100, 1_000][: 2 if small else None]
    rounds: dict[int, list[float]] = {size: [] for size in sizes}
    content = (lab.REPOSITORY / "iris-core/models/iris.onnx").read_bytes()
    for size in sizes:
        with tempfile.TemporaryDirectory() as name, ExitStack() as stack:
            for number in range(size):
                version = Path(name) / f"m{number}" / "1"
                version.mkdir(parents=True)
                (version / "model.onnx").write_bytes(content)
            command = lab.pinned(lab.SERVER_CORE, server, "--models", name, "--http", "127.0.0.1:0")
            command += ["--grpc", "off", "--threads", "1"]
            process, address = stack.enter_context(lab.listening(command, {"OTEL_SDK_DISABLED": "true"}))
            for _ in range(n_rounds):
                before = lab.cpu_seconds(process.pid)
                result = lab.result_of(lab.wrk(address, 50, 2, NAMED, (str(size),)))
                if result.failed:
                    raise RuntimeError(f"{result.failed} requests failed")
                spent = lab.cpu_seconds(process.pid) - before
                rounds[size].append(spent * 1e6 / result.requests)
    figures = {size: statistics.median(times) for size, times in rounds.items()}
    return Curve("`/models/NAME/predict`, another at each request", "models", "µs of CPU a request", figures)


def measured(server: Path, n_rounds: int, *, small: bool) -> Iterator[Curve]:
    os.sched_setaffinity(0, {lab.SERVER_CORE})
    for title, what, points in in_process(small=small):
        yield Curve(title, what, "ns a row", by_size(points, n_rounds))
    # wrk's pipe is read on its own core.
    os.sched_setaffinity(0, {lab.LOAD_CORE})
    yield connections(server, n_rounds, small=small)
    yield models(server, n_rounds, small=small)


def table(curves: list[Curve]) -> str:
    text = []
    for curve in curves:
        text += [f"## By {curve.what}: {curve.title}", ""]
        text += [f"| {curve.what} | {curve.unit} |", "|---|---|"]
        text += [f"| {size:,} | {figure:,.2f} |" for size, figure in curve.figures.items()]
        text.append("")
    return "\n".join(text)


def plot(curves: list[Curve], path: Path) -> None:
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    n_rows = -(-len(curves) // 2)
    figure, axes = pyplot.subplots(n_rows, 2, figsize=(10, 3.2 * n_rows), squeeze=False)
    for axis in axes.flat[len(curves) :]:
        axis.set_axis_off()
    for axis, curve in zip(axes.flat, curves, strict=False):
        axis.plot(list(curve.figures), list(curve.figures.values()), marker="o", color="black")
        axis.set(xscale="log", yscale="log", xlabel=curve.what, ylabel=curve.unit)
        axis.set_title(curve.title.replace("`", ""), fontsize=9)
        axis.grid(visible=True, which="major", linewidth=0.4)
    figure.tight_layout()
    figure.savefig(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--small", action="store_true", help="few sizes, to see that it runs")
    parser.add_argument("--output", type=Path, default=HERE)
    arguments = parser.parse_args()
    picture = (IMAGES if arguments.output == HERE else arguments.output) / "growth.svg"
    curves = []
    for curve in measured(arguments.server, arguments.rounds, small=arguments.small):
        curves.append(curve)
        print(table([curve]), flush=True)
    machine = next(
        line.partition(":")[2].strip()
        for line in Path("/proc/cpuinfo").read_text().splitlines()
        if line.startswith("model name")
    )
    about = (
        "# How cost grows\n\n"
        f"Made by `benches/growth/run.py`, not by hand: medians of {arguments.rounds} rounds on one core of\n"
        f"{machine}, Python {platform.python_version()}. `predict` of `iris_py` on arrays of doubles, the\n"
        "call from Python included; the server with one worker, wrk on the other core, nothing traced.\n\n"
        f"![the curves]({os.path.relpath(picture, arguments.output)})\n\n"
    )
    knees = (HERE / "knees.md").read_text()
    arguments.output.mkdir(parents=True, exist_ok=True)
    (arguments.output / "RESULTS.md").write_text(about + knees + "\n" + table(curves).rstrip() + "\n")
    plot(curves, picture)


if __name__ == "__main__":
    main()

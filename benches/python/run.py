"""iris_py beside scikit-learn and onnxruntime: the same model, the same rows, in one run.

Prints nanoseconds a call, medians of interleaved rounds, everything on one thread. To be run after
`pip install -r benches/python/requirements.txt ./iris-py`.
"""

from __future__ import annotations

import argparse
import json
import os

# Before numpy is imported: one thread each, or BLAS would use both cores.
os.environ.update(OMP_NUM_THREADS="1", OPENBLAS_NUM_THREADS="1")

import statistics  # noqa: E402
import threading  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from pathlib import Path  # noqa: E402
from typing import Any  # noqa: E402

import numpy as np  # noqa: E402
import onnxruntime  # noqa: E402
from iris_py import Predictor  # noqa: E402
from skl2onnx import to_onnx  # noqa: E402
from sklearn.datasets import load_iris  # noqa: E402
from sklearn.linear_model import LogisticRegression  # noqa: E402

FLOWER = (5.1, 3.5, 1.4, 0.2)


def session(model: LogisticRegression) -> onnxruntime.InferenceSession:
    """onnxruntime with the same model in double precision, on one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    onnx = to_onnx(model, np.zeros((1, 4)), options={"zipmap": False})
    return onnxruntime.InferenceSession(onnx.SerializeToString(), options, providers=["CPUExecutionProvider"])


def contest(
    title: str, ways: dict[str, Callable[[], Any]], repeat: dict[str, int], rounds: int
) -> dict[str, float]:
    """Seconds a call, the median of the rounds, each way in each of them."""
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(rounds):
        for name, way in ways.items():
            number = repeat.get(name, 1)
            start = time.perf_counter()
            for _ in range(number):
                way()
            taken[name].append((time.perf_counter() - start) / number)
    medians = {name: statistics.median(seconds) for name, seconds in taken.items()}
    ours = medians["iris_py"]
    others = [name for name in medians if name != "iris_py"]
    ratios = ", ".join(f"{medians[name] / ours:.1f} × {name}" for name in others)
    shown = ", ".join(f"{name} {seconds * 1e9:,.0f} ns" for name, seconds in medians.items())
    print(f"{title:34} {ratios}\n{'':34} {shown}", flush=True)
    return medians


def main() -> None:
    """Every comparison in turn."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--to", type=Path, help="the medians, as JSON")
    arguments = parser.parse_args()

    x, y = load_iris(return_X_y=True)
    model = LogisticRegression(max_iter=1000).fit(x, y)
    species = LogisticRegression(max_iter=1000).fit(x, load_iris().target_names[y])
    ours, ours_named = Predictor.from_sklearn(model, x), Predictor.from_sklearn(species, x)
    onnx = session(model)
    row = np.array([FLOWER])
    rows = np.random.default_rng(0).uniform(0.1, 8, (arguments.rows, 4))

    def with_scikit_learn() -> Any:
        proba = model.predict_proba([FLOWER])[0]
        return model.classes_[proba.argmax()], proba.max()

    calls = {"iris_py": 50_000, "scikit-learn": 500, "onnxruntime": 5_000}
    one = {
        "predict_one": (lambda: ours_named.predict_one(5.1, 3.5, 1.4, 0.2), with_scikit_learn, None),
        "predict, one row": (
            lambda: ours.predict(row),
            lambda: model.predict(row),
            lambda: onnx.run(["label"], {"X": row}),
        ),
        "predict, one row, strings": (lambda: ours_named.predict(row), lambda: species.predict(row), None),
        "predict_proba, one row": (
            lambda: ours.predict_proba(row),
            lambda: model.predict_proba(row),
            lambda: onnx.run(["probabilities"], {"X": row}),
        ),
    }
    many = {
        "predict": (
            lambda: ours.predict(rows),
            lambda: model.predict(rows),
            lambda: onnx.run(["label"], {"X": rows}),
        ),
        "predict, strings": (lambda: ours_named.predict(rows), lambda: species.predict(rows), None),
        "predict_proba": (
            lambda: ours.predict_proba(rows),
            lambda: model.predict_proba(rows),
            lambda: onnx.run(["probabilities"], {"X": rows}),
        ),
    }
    medians = {title: contest(title, _named(ways), calls, arguments.rounds) for title, ways in one.items()}
    medians |= ladder(ours_named, arguments.rounds)
    for title, ways in many.items():
        title = f"{title}, {arguments.rows:,} rows"
        medians[title] = contest(title, _named(ways), {}, arguments.rounds)
    threads(ours, rows, arguments.rounds)
    if arguments.to:
        arguments.to.write_text(json.dumps(medians))


def _named(ways: tuple[Callable[[], Any] | None, ...]) -> dict[str, Callable[[], Any]]:
    names = ("iris_py", "scikit-learn", "onnxruntime")
    return {name: way for name, way in zip(names, ways, strict=True) if way is not None}


def ladder(predictor: Predictor, rounds: int) -> dict[str, dict[str, float]]:
    """Where `predict_one`'s nanoseconds go: what the interpreter takes for ever more of the same call."""
    # The same four numbers to functions written in C that do next to nothing with them.
    ways: dict[str, Callable[[], Any]] = {
        "iris_py": lambda: predictor.predict_one(5.1, 3.5, 1.4, 0.2),
        "a call of Python's own": lambda: None,
        "a call in C without arguments": lambda: predictor.__hash__(),
        "a call in C that takes four numbers": lambda: max(5.1, 3.5, 1.4, 0.2),
        "the same, and makes an object": lambda: complex(5.1, 3.5),
    }
    return {"ladder": contest("predict_one, step by step", ways, dict.fromkeys(ways, 200_000), rounds)}


def threads(predictor: Predictor, rows: np.ndarray, rounds: int) -> None:
    """The same batch by one thread, and one for each of two threads."""
    out = [np.empty((len(rows), 3)) for _ in range(2)]

    def run(count: int) -> float:
        workers = [
            threading.Thread(target=predictor.predict_proba, args=(rows, out[i])) for i in range(count)
        ]
        start = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        return time.perf_counter() - start

    alone, both = zip(*((run(1), run(2)) for _ in range(rounds)), strict=True)
    print(f"{'two threads':34} {2 * statistics.median(alone) / statistics.median(both):.2f} × one")


if __name__ == "__main__":
    main()

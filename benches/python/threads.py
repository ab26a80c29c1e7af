"""A batch of a forest shared by two threads, beside the same batch by one: `python threads.py`.

Prints how many times as fast two threads are, as the median over rounds in which both take turns, with the
least and the largest of them. To be run after `pip install ./iris-py` in release mode, on a machine of two
cores or more that does nothing else. 1.9 is asked for.
"""

from __future__ import annotations

import argparse
import os

# Before numpy is imported: whoever trains may use all cores, and whoever answers may not.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import statistics  # noqa: E402
import time  # noqa: E402
from collections.abc import Callable  # noqa: E402
from concurrent.futures import ThreadPoolExecutor  # noqa: E402

import numpy as np  # noqa: E402
from iris_py import Predictor  # noqa: E402
from sklearn.datasets import make_classification  # noqa: E402
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier  # noqa: E402

MODELS: dict[str, Callable[[int], object]] = {
    "RandomForestClassifier": lambda trees: RandomForestClassifier(trees, max_depth=10, random_state=0),
    "HistGradientBoostingClassifier": lambda trees: HistGradientBoostingClassifier(
        max_iter=trees, early_stopping=False, random_state=0
    ),
}


def main() -> None:
    """A line for each model and method."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rows", type=int, default=100_000, help="of a batch")
    parser.add_argument("--trees", type=int, default=200)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--threads", type=int, default=2)
    arguments = parser.parse_args()
    X, y = make_classification(max(arguments.rows, 5000), 20, n_informative=10, random_state=0)
    print(f"{'model':32} {'method':22} {'one thread':>12} {'speed-up':>9}   least, largest")
    for name, model in MODELS.items():
        predictor = Predictor.from_sklearn(model(arguments.trees).fit(X[:5000], y[:5000]))  # type: ignore[attr-defined]
        for method, n_rows in [
            ("predict_proba", arguments.rows),
            ("predict", arguments.rows),
            ("predict_contributions", max(arguments.rows // 200, 200)),
        ]:
            ask = getattr(predictor, method)
            alone, ratios = contest(ask, X[:n_rows], arguments.threads, arguments.rounds)
            print(
                f"{name:32} {method:22} {alone * 1e3:9.1f} ms {statistics.median(ratios):8.2f}×"
                f"   {min(ratios):.2f}, {max(ratios):.2f}"
            )


def contest(
    ask: Callable[[np.ndarray], object], rows: np.ndarray, n_threads: int, rounds: int
) -> tuple[float, list[float]]:
    """Seconds of one thread, and of each round how many times as fast several are."""
    parts = np.array_split(rows, n_threads)
    with ThreadPoolExecutor(n_threads) as pool:

        def alone() -> object:
            return pool.submit(ask, rows).result()

        def together() -> object:
            return list(pool.map(ask, parts))

        times: dict[Callable[[], object], list[float]] = {alone: [], together: []}
        for number in range(rounds + 1):
            # Who goes first changes, so that neither always finds the cache as the other left it.
            for way in (alone, together) if number % 2 else (together, alone):
                start = time.perf_counter()
                way()
                times[way].append(time.perf_counter() - start)
    # The first round warms up.
    one, several = times[alone][1:], times[together][1:]
    return statistics.median(one), [a / b for a, b in zip(one, several, strict=True)]


if __name__ == "__main__":
    main()

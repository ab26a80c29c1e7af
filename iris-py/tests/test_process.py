"""Threads, signals, memory: what a long-lived process needs."""

from __future__ import annotations

import contextlib
import resource
import subprocess
import sys
import textwrap
import threading

import numpy as np
from iris_py import Predictor

IRIS = Predictor()


def test_threads_share_a_predictor() -> None:
    rows = np.random.default_rng(5).uniform(0, 8, (20_000, 4))
    expected = IRIS.predict_proba(rows)
    answers: list[np.ndarray] = []

    def predict() -> None:
        for _ in range(5):
            answers.append(IRIS.predict_proba(rows))

    threads = [threading.Thread(target=predict) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(answers) == 20
    for answer in answers:
        np.testing.assert_array_equal(answer, expected)


def test_ctrl_c_ends_a_long_batch() -> None:
    # One row, repeated without being copied: a hundred thousand million of them would take minutes.
    code = """
        import numpy as np, os, signal, threading
        from iris_py import Predictor
        rows = np.broadcast_to(np.array([5.1, 3.5, 1.4, 0.2]), (10**11, 4))
        out = np.lib.stride_tricks.as_strided(np.zeros(3), (10**11, 3), (0, 8))
        threading.Timer(0.3, lambda: os.kill(os.getpid(), signal.SIGINT)).start()
        try:
            Predictor().predict_proba(rows, out=out)
        except KeyboardInterrupt:
            print("interrupted")
    """
    command = [sys.executable, "-c", textwrap.dedent(code)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.stdout, done.returncode) == ("interrupted\n", 0), done.stderr


def test_memory_does_not_grow() -> None:
    """Ten million predictions, in batches and one by one, with errors among them."""
    rows = np.random.default_rng(7).uniform(0, 8, (100_000, 4))

    def work(batches: int) -> None:
        for _ in range(batches):
            IRIS.predict(rows)
            IRIS.predict_proba(rows)
            for _ in range(1000):
                IRIS.predict_one(5.1, 3.5, 1.4, 0.2)
                IRIS.predict_proba(rows[:1])
            for bad in (np.full((1, 4), np.nan), "text", [[1, 2]]):
                with contextlib.suppress(TypeError, ValueError):
                    IRIS.predict(bad)

    work(5)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    work(50)
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert grown < 2048, f"{grown} KiB more"

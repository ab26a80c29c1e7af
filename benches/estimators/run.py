"""Support vectors, neighbours, layers and texts: iris_py beside scikit-learn and onnxruntime, on one core.

    taskset -c 1 python benches/estimators/run.py

needs `iris_py` (`pip install ./iris-py`), scikit-learn and joblib, and takes onnxruntime along where it and
skl2onnx are there and can convert; of texts it wants the locale en_US.UTF-8. Every peer is called in turns,
round by round; medians of a call go to `RESULTS.md` beside this file. `--small` tries everything with few
points, rows and rounds, and writes nothing unless `--output` says where.
"""

from __future__ import annotations

import argparse
import importlib
import importlib.util
import platform
import statistics
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import joblib
import numpy as np
import sklearn
from iris_py import Predictor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.naive_bayes import MultinomialNB
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC

HERE = Path(__file__).parent
WIDTH = 10
CALL_SECONDS = 0.2
"""How long a peer is called in one round, but at least once."""
LONGEST_US = 3e8
ABOUT = """# Estimators that are neither linear nor trees

Made by `benches/estimators/run.py`, not by hand: medians of {rounds} rounds in which every peer had its turn,
on one core of {machine}; scikit-learn {sklearn}, onnxruntime {onnxruntime}. Microseconds a call of `predict`;
behind each peer its time by ours. Rows come from a seed, {width} columns wide. onnxruntime answers what
skl2onnx makes of the model, in single precision; `–` where it makes nothing of it, or where
all rows, one at a time, would take it more than five minutes.

| model | rows | iris_py µs | scikit-learn µs | by ours | onnxruntime µs | by ours |
|---|---|---|---|---|---|---|
"""


class Subject(NamedTuple):
    """A fitted model and what it is asked."""

    title: str
    model: Any
    rows: Any
    is_text: bool = False


def points(random: np.random.Generator, n: int) -> tuple[Any, Any]:
    """Three clouds that overlap."""
    kinds = np.arange(n) % 3
    middles = random.normal(size=(3, WIDTH))
    return middles[kinds] + random.normal(size=(n, WIDTH)), kinds


def subjects(*, small: bool) -> Iterator[tuple[str, Callable[[], Subject]]]:
    """What is measured, each made when its turn comes."""
    share, n_rows = (50, 200) if small else (1, 10_000)

    def with_vectors(n: int) -> Subject:
        random = np.random.default_rng(1)
        rows, _ = points(random, n)
        # Nothing to be learnt from kinds by chance: every row is a support vector, or nearly.
        model = SVC(C=0.1, gamma=0.1).fit(rows, random.integers(0, 2, n))
        asked, _ = points(random, n_rows)
        return Subject(f"SVC, {len(model.support_)} support vectors", model, asked)

    def with_points(n: int) -> Subject:
        random = np.random.default_rng(2)
        rows, kinds = points(random, n)
        asked, _ = points(random, n_rows)
        return Subject(f"KNeighborsClassifier, {n} points", KNeighborsClassifier().fit(rows, kinds), asked)

    def with_layers() -> Subject:
        random = np.random.default_rng(3)
        rows, kinds = points(random, 2000)
        asked, _ = points(random, n_rows)
        return Subject(
            "MLPClassifier, 100 × 100", MLPClassifier((100, 100), max_iter=5).fit(rows, kinds), asked
        )

    def with_terms(n_words: int) -> Subject:
        texts = of_texts()
        texts.N_TERMS //= share
        random = np.random.default_rng(4)
        vocabulary = texts.words(random)
        corpus = [" ".join(vocabulary[first : first + 50]) for first in range(0, len(vocabulary), 50)]
        model = make_pipeline(TfidfVectorizer(), MultinomialNB()).fit(corpus, np.arange(len(corpus)) % 2)
        n_texts = max(n_rows // (1 if n_words < 100 else 10), 1)
        asked = [texts.text(random, vocabulary, n_words) for _ in range(n_texts)]
        title = f"TF-IDF of {len(model[0].vocabulary_):,} terms, {n_words} words"
        return Subject(title, model, asked, is_text=True)

    yield "svc", partial(with_vectors, 100)
    yield "svc", partial(with_vectors, 10_000 // share)
    yield "knn", partial(with_points, 1_000)
    yield "knn", partial(with_points, 100_000 // share)
    yield "mlp", with_layers
    yield "texts", partial(with_terms, 20)
    yield "texts", partial(with_terms, 2_000 // share)


def of_texts() -> Any:
    """The words and texts of the benchmark of texts."""
    found = importlib.util.spec_from_file_location("texts", HERE.parent / "texts/run.py")
    assert found is not None
    assert found.loader is not None
    module = importlib.util.module_from_spec(found)
    found.loader.exec_module(module)
    return module


def converted(subject: Subject) -> Callable[[Any], Any] | None:
    """The model as onnxruntime answers it, on one thread; `None` where there is no such thing."""
    try:
        import onnxruntime
        from skl2onnx import to_onnx
        from skl2onnx.common.data_types import FloatTensorType, StringTensorType
    except ImportError:
        return None
    kind = StringTensorType([None, 1]) if subject.is_text else FloatTensorType([None, WIDTH])
    try:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        model = to_onnx(subject.model, initial_types=[("X", kind)], options={"zipmap": False})
        session = onnxruntime.InferenceSession(model.SerializeToString(), options)
        type_of = (lambda rows: np.array(rows).reshape(-1, 1)) if subject.is_text else np.float32
    except Exception as error:
        print(f"{subject.title}: no ONNX of it: {str(error).splitlines()[0][:100]}", file=sys.stderr)
        return None
    return lambda rows: session.run(["label"], {"X": type_of(rows)})[0]


def loaded(model: Any) -> Predictor:
    """The model as ours, by way of a file."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "model.joblib"
        joblib.dump(model, path)
        return Predictor.load(path)


def seconds(call: Callable[[], object]) -> float:
    """Of one call, by as many as a turn takes."""
    start, n_calls = time.perf_counter(), 0
    while n_calls == 0 or time.perf_counter() - start < CALL_SECONDS:
        call()
        n_calls += 1
    return (time.perf_counter() - start) / n_calls


def line(subject: Subject, n_rounds: int) -> Iterator[str]:
    """One row and all rows: medians of what each peer takes, and by ours."""
    peers = [loaded(subject.model).predict, subject.model.predict, converted(subject)]
    medians: list[float | None] = [0.0] * len(peers)
    for rows in (subject.rows[:1], subject.rows):
        # Brute force over a hundred thousand points would take a call of all rows half an hour.
        calls = [
            partial(peer, rows) if peer and (median or 0.0) * len(rows) < LONGEST_US else None
            for peer, median in zip(peers, medians, strict=True)
        ]
        expected = np.asarray(subject.model.predict(rows))
        share = np.mean(np.asarray(peers[0](rows)) == expected)
        assert share == 1.0, f"{subject.title}: {share} of the labels are scikit-learn's"
        rounds = [[call and seconds(call) for call in calls] for _ in range(n_rounds)]
        medians = [column[0] and 1e6 * statistics.median(column) for column in zip(*rounds, strict=True)]
        own = medians[0]
        cells = [f"{own:,.1f}"]
        for peer in medians[1:]:
            cells += ["–", "–"] if peer is None else [f"{peer:,.1f}", f"{peer / own:,.1f}"]
        yield f"| {subject.title} | {len(rows):,} | {' | '.join(cells)} |"


def version(name: str) -> str:
    """Of a library, if it is there."""
    try:
        return str(importlib.import_module(name).__version__)
    except ImportError:
        return "none"


def machine() -> str:
    """What the processor calls itself."""
    try:
        text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    except OSError:
        return platform.machine()
    names = [row.split(":", 1)[1].strip() for row in text.splitlines() if row.startswith("model name")]
    return names[0] if names else platform.machine()


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--small", action="store_true")
    parser.add_argument("--only", nargs="+", choices=["svc", "knn", "mlp", "texts"])
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--output", type=Path)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    n_rounds = options.rounds or (2 if options.small else 9)
    about = ABOUT.format(
        rounds=n_rounds,
        machine=machine(),
        sklearn=sklearn.__version__,
        onnxruntime=version("onnxruntime"),
        width=WIDTH,
    )
    lines = []
    for name, make in subjects(small=options.small):
        if not options.only or name in options.only:
            for found in line(make(), n_rounds):
                print(found, flush=True)
                lines.append(found)
    output = options.output or (None if options.small else HERE / "RESULTS.md")
    if output:
        output.write_text(about + "\n".join(lines) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())

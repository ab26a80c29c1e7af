"""One text through a model of 50,000 terms: iris_py beside scikit-learn, on one core.

    python benches/texts/run.py

needs `iris_py` (`pip install ./iris-py`), scikit-learn and joblib. Each is called in turns on texts of
20 and of 2,000 words; what is printed are the medians of a call in microseconds, and scikit-learn's by
ours.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import joblib
import numpy as np
from iris_py import Predictor
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import MultinomialNB
from sklearn.pipeline import make_pipeline

N_TERMS = 50_000
ROUNDS = 15
LETTERS = np.array(list("etaoinshrdlucmfwypvbgkqjxz"))


def words(random: np.random.Generator) -> list[str]:
    """So many words of the lengths that words have, each once."""
    found: dict[str, None] = {}
    while len(found) < N_TERMS:
        shape = 0.9 ** np.arange(len(LETTERS))
        letters = random.choice(LETTERS, random.integers(3, 12), p=shape / shape.sum())
        found["".join(letters)] = None
    return list(found)


def text(random: np.random.Generator, vocabulary: list[str], n_words: int) -> str:
    """Words as often as such come in a language: the second half as often as the first."""
    ranks = np.minimum(random.zipf(1.3, n_words), N_TERMS) - 1
    return " ".join(vocabulary[rank] for rank in ranks).capitalize() + "."


def seconds(call: Callable[[], object], n_calls: int) -> float:
    start = time.perf_counter()
    for _ in range(n_calls):
        call()
    return (time.perf_counter() - start) / n_calls


def main() -> int:
    random = np.random.default_rng(0)
    vocabulary = words(random)
    corpus = [" ".join(vocabulary[first : first + 50]) for first in range(0, N_TERMS, 50)]
    corpus += [text(random, vocabulary, 200) for _ in range(1000)]
    kinds = np.arange(len(corpus)) % 2
    print("model, words: iris_py µs, scikit-learn µs, ratio")
    for name, last in [("MultinomialNB", MultinomialNB()), ("LogisticRegression", LogisticRegression())]:
        model = make_pipeline(TfidfVectorizer(), last).fit(corpus, kinds)
        assert len(model[0].vocabulary_) == N_TERMS
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "model.joblib"
            joblib.dump(model, path)
            ours = Predictor.load(path)
        for n_words in (20, 2000):
            one = [text(random, vocabulary, n_words)]
            np.testing.assert_allclose(ours.predict_proba(one), model.predict_proba(one), rtol=1e-12)
            calls = [partial(ours.predict_proba, one), partial(model.predict_proba, one)]
            rounds = [
                [seconds(call, n_calls) for call, n_calls in zip(calls, (2000, 60), strict=True)]
                for _ in range(ROUNDS)
            ]
            own, theirs = (1e6 * statistics.median(column) for column in zip(*rounds, strict=True))
            print(f"{name}, {n_words}: {own:.1f}, {theirs:.0f}, {theirs / own:.0f}")
    return 0


if __name__ == "__main__":
    sys.exit(main())

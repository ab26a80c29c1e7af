"""Makes `text_ties/`: classes that differ in nothing but how sums are rounded, and scikit-learn's answers.

With scikit-learn: `python make_text_ties.py`. Every text has as many words of one class as of the other, and
each word is in as many texts, so that what speaks for either class differs by the order of its sum alone.
"""

import json
import pickle
import shutil
from pathlib import Path

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.naive_bayes import ComplementNB, MultinomialNB
from sklearn.pipeline import make_pipeline

HERE = Path(__file__).parent
FOLDER = HERE / "text_ties"
N_TEXTS = 200


def data(random):
    """Two classes of as many words, each twice, and texts that are asked."""
    words = [f"w{number:02}" for number in random.permutation(48)]
    fitted = [" ".join(words[first : first + 6]) for first in range(0, len(words), 6)]
    kinds = np.arange(len(fitted)) % 2
    of_class = [[word for text in fitted[kind::2] for word in text.split()] for kind in range(2)]
    asked = []
    for _ in range(N_TEXTS):
        n = int(random.integers(2, 9))
        asked.append(" ".join([*random.choice(of_class[0], n), *random.choice(of_class[1], n)]))
    return fitted, kinds, asked


def main():
    """Writes every file."""
    shutil.rmtree(FOLDER, ignore_errors=True)
    FOLDER.mkdir()
    fitted, kinds, asked = data(np.random.default_rng(11))
    models = []
    for name, vectorizer, last in [
        ("multinomial", TfidfVectorizer(), MultinomialNB()),
        ("complement", TfidfVectorizer(norm="l1"), ComplementNB()),
        ("logistic", TfidfVectorizer(), LogisticRegression(tol=1e-12)),
        ("not_normed", TfidfVectorizer(norm=None), LogisticRegression(tol=1e-12)),
    ]:
        model = make_pipeline(vectorizer, last).fit(fitted, kinds)
        (FOLDER / f"{name}.pkl").write_bytes(pickle.dumps(model, protocol=4))
        has_scores = hasattr(model, "decision_function")
        if has_scores:
            scores = model.decision_function(asked)
        else:
            scores = model[-1].predict_joint_log_proba(model[0].transform(asked))
        gap = np.abs(scores if has_scores else scores[:, 1] - scores[:, 0])
        print(name, "nearer than 1e-13:", int((gap < 1e-13).sum()), "equal:", int((gap == 0).sum()))
        models.append(
            {
                "file": f"{name}.pkl",
                "labels": model.predict(asked).tolist(),
                "scores": scores.tolist() if has_scores else None,
            }
        )
    (HERE / "text_ties.json").write_text(json.dumps({"texts": asked, "models": models}) + "\n")


if __name__ == "__main__":
    main()

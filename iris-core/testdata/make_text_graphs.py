"""Makes `graphs/text_*`: ONNX files of vectorizers of texts, and what onnxruntime answers.

With onnx, onnxruntime, skl2onnx and scikit-learn: `python make_text_graphs.py`.
"""

import warnings

import numpy as np
from graph_cases import begin, cell, end, write
from skl2onnx import to_onnx
from skl2onnx.common.data_types import FloatTensorType, StringTensorType
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import TruncatedSVD
from sklearn.ensemble import RandomForestClassifier
from sklearn.feature_extraction.text import CountVectorizer, TfidfTransformer, TfidfVectorizer
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.naive_bayes import BernoulliNB, ComplementNB, GaussianNB, MultinomialNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

MAILS = [
    "Win a PRIZE now, win money!",
    "Your prize: free money. Click now",
    "free offer -- click the link to win",
    "Lunch at noon? I'll bring the cake",
    "Meeting moved to noon, see the agenda",
    "the agenda of the meeting is attached",
    "Invoice 42 is attached: pay now",
    "pay the invoice before the meeting, please",
    "FREE cake at the meeting, free lunch",
]
KINDS = np.array(["spam", "spam", "spam", "talk", "talk", "work", "work", "work", "talk"])
ASKED = [
    *MAILS,
    "",
    "   ",
    "nothing that is known",
    "WIN WIN win, naïve caféwin win_now",
    "free\tmoney\nfree  money 42 4 2",
    "the",
    "İnvoice \u212aake prize\U0001f642win",
    "e\u0301 \u03a3 \uff37\uff29\uff2e win.win;win",
]


def texts(cases, skipped):
    """Vectorizers of texts, which a tokenizer and a counter of n-grams become."""
    linear = LogisticRegression()
    pairs = CountVectorizer(ngram_range=(2, 2))
    seps = [" ", "[.]", "\\?", ",", ";", ":", "\\!"]
    for name, estimator, options in [
        ("counts_logistic", make_pipeline(CountVectorizer(), linear), {}),
        ("tfidf_logistic", make_pipeline(TfidfVectorizer(), linear), {}),
        ("sublinear", make_pipeline(TfidfVectorizer(sublinear_tf=True, norm="l1"), linear), {}),
        ("counts_tfidf", make_pipeline(CountVectorizer(), TfidfTransformer(norm=None), linear), {}),
        ("tfidf_bayes", make_pipeline(TfidfVectorizer(), MultinomialNB()), {}),
        ("complement_bayes", make_pipeline(TfidfVectorizer(), ComplementNB()), {}),
        ("bernoulli", make_pipeline(CountVectorizer(binary=True), BernoulliNB()), {}),
        ("binary_bayes", make_pipeline(CountVectorizer(binary=True), MultinomialNB()), {}),
        ("pairs", make_pipeline(TfidfVectorizer(ngram_range=(1, 2)), linear), {}),
        ("only_pairs", make_pipeline(pairs, linear), {}),
        ("characters", make_pipeline(CountVectorizer(analyzer="char", ngram_range=(1, 2)), linear), {}),
        ("pattern", make_pipeline(CountVectorizer(token_pattern=r"\b[a-z]+\b"), linear), {}),
        ("separators", make_pipeline(CountVectorizer(), linear), {"separators": seps}),
        ("expression", make_pipeline(CountVectorizer(), linear), {"tokenexp": r"\w{2,}"}),
        ("kept_empty", make_pipeline(TfidfVectorizer(), linear), {"keep_empty_string": True}),
        ("stop_words", make_pipeline(TfidfVectorizer(stop_words="english"), linear), {}),
        ("case_kept", make_pipeline(TfidfVectorizer(lowercase=False), linear), {}),
        ("trees", make_pipeline(TfidfVectorizer(), RandomForestClassifier(3, random_state=0)), {}),
        ("svd", make_pipeline(TfidfVectorizer(), TruncatedSVD(3, random_state=0), linear), {}),
        ("ridge", make_pipeline(TfidfVectorizer(), Ridge()), {}),
    ]:
        is_classifier = name != "ridge"
        estimator.fit(MAILS, KINDS if is_classifier else np.arange(len(MAILS)))
        of = {id(estimator.steps[0][1]): options} if options else {}
        if is_classifier:
            of[id(estimator)] = {"zipmap": False}
        convert(cases, skipped, name, estimator, of, {"text": (StringTensorType, ASKED)})


def beside(cases, skipped):
    """Two columns of texts, and one of numbers."""
    table = np.empty((len(MAILS), 3), dtype=object)
    table[:, 0], table[:, 1], table[:, 2] = MAILS, MAILS[::-1], np.arange(len(MAILS)) * 1.5
    steps = [
        ("a", TfidfVectorizer(), 0),
        ("b", CountVectorizer(lowercase=False), 1),
        ("n", StandardScaler(), [2]),
    ]
    columns = {
        "a": (StringTensorType, ASKED),
        "b": (StringTensorType, ASKED[::-1]),
        "n": (FloatTensorType, np.linspace(-2, 15, len(ASKED)).astype(np.float32)),
    }
    for name, estimator in [("linear", LogisticRegression()), ("bayes", GaussianNB())]:
        if name == "bayes":
            steps = [steps[0], steps[2]]
        pipeline = make_pipeline(ColumnTransformer(steps, sparse_threshold=0), estimator).fit(table, KINDS)
        convert(cases, skipped, f"beside_{name}", pipeline, {"zipmap": False}, columns)


def convert(cases, skipped, name, estimator, options, columns):
    """One file, of a fitted estimator of columns by their names, each with its type and what is asked."""
    name = f"text_{name}"
    try:
        model = to_onnx(
            estimator,
            initial_types=[(column, of([None, 1])) for column, (of, _) in columns.items()],
            options=options,
            target_opset={"": 17, "ai.onnx.ml": 3},
        )
        # Of columns that no step looks at a graph may have none.
        asked = [(each.name, *columns[each.name]) for each in model.graph.input]
        inputs = {
            column: np.array(values, dtype=object if of is StringTensorType else None).reshape(-1, 1)
            for column, of, values in asked
        }
        rows = [[cell(value[0]) for value in row] for row in zip(*inputs.values(), strict=True)]
        write(cases, name, model, inputs, rows)
    except Exception as error:  # noqa: BLE001
        skipped.append(f"{name}: {type(error).__name__} {str(error)[:200]}")


def main():
    """Writes every file anew."""
    warnings.filterwarnings("ignore")
    begin(of_texts=True)
    cases, skipped = [], []
    texts(cases, skipped)
    beside(cases, skipped)
    end(cases, skipped, of_texts=True)


if __name__ == "__main__":
    main()

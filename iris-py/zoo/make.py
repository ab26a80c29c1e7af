"""Fits every case with the scikit-learn that is installed; writes the models and what they answer.

`python make.py FOLDER [--only CLASS...]` writes `FOLDER/CLASS/NN.json` with the models beside it. It needs
scikit-learn, joblib and pandas, and uses skops and lz4. What this version lacks is in `FOLDER/absent.json`.
"""

import argparse
import json
import platform
import shutil
import sys
import time
import traceback
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pandas as pd
import sklearn
from sklearn.base import is_classifier, is_outlier_detector
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline

import boosters
import data
from cases import cases
from frames import kinds, to_records
from names import namespace
from rows import asked
from sift import finite, sift
from targets import target
from write import write

VERSIONS = {
    **boosters.VERSIONS,
    "scikit-learn": sklearn.__version__,
    "numpy": np.__version__,
    "pandas": pd.__version__,
    "python": platform.python_version(),
}
RAISING_ROWS = 6
FEW = 12
TOLD = ("unknown", "missing", "infinite")


def fit(case):
    """The fitted model and its data."""
    rows, y = getattr(data, case.data)()
    if case.wrapped:
        rows = pd.DataFrame(rows, columns=[f"x{index}" for index in range(rows.shape[1])])
    y = target(rows, y, case.target)
    names = namespace(rows, y)
    steps = [eval(step, names) for step in case.expression.split(" | ")]
    ends = {
        "": [],
        "identity": [LinearRegression()],
        "logistic": [LogisticRegression(max_iter=200)],
        "ridge": [Ridge()],
    }
    steps += ends[case.end]
    keywords = eval(f"dict({case.fit})", names)
    given = to_records(rows) if takes_records(steps[0]) else rows
    estimator = (steps[0] if len(steps) == 1 else make_pipeline(*steps)).fit(given, y, **keywords)
    if case.end == "identity":
        # It gives back what it gets, so that each column is compared.
        last = estimator.steps[-1][1]
        count = last.n_features_in_
        last.coef_, last.intercept_ = (np.eye(count), np.zeros(count)) if count > 1 else (np.ones(1), 0.0)
    return estimator, rows


def takes_records(step):
    """Whether it takes dictionaries instead of a table."""
    return type(step).__name__ == "DictVectorizer"


def answers(estimator, table):
    """Everything that it can say of some rows."""
    methods = ["predict"] + ["predict_proba", "decision_function"] * tells_apart(estimator)
    said = {}
    for method in methods:
        if hasattr(estimator, method):
            answer = getattr(estimator, method)(table)
            # One table for each output, if there are several.
            said[method] = (
                [each.tolist() for each in answer]
                if isinstance(answer, list)
                else np.asarray(answer).tolist()
            )
    return boosters.completed(said, estimator, table)


def tells_apart(estimator):
    """Whether it answers labels: a classifier, or what finds outliers."""
    return is_classifier(estimator) or is_outlier_detector(estimator)


class NoAnswer(Exception):
    """This version of the library does not answer the rows that it was fitted on."""


def answer_rows(estimator, table):
    """Rows with their answers, and rows at which it raises."""
    first = getattr(estimator, "steps", [(None, estimator)])[0][1]

    def asking(rows):
        asked = boosters.asking(estimator, table, rows)
        return to_records(asked) if takes_records(first) else asked

    def raises(rows):
        try:
            estimator.predict(asking(rows))
        except Exception as error:
            return str(error)[:200]

    def not_finite(rows):
        try:
            return None if finite(answers(estimator, asking(rows))) else "not finite"
        except Exception as error:
            # Some of its methods take infinity, and others do not.
            return str(error)

    few, edges = asked(table, first)
    if said := raises(few):
        raise NoAnswer(said)
    # What is missing fails most often, and by itself.
    edges.sort(key=lambda edge: edge[0] == "missing")
    taken, raising = sift(edges, raises)
    taken, _ = sift(taken, not_finite)
    rows = few + [row for _, row in taken]
    # Of rows that are huge, how large is too large may depend on the order of a sum; they are in no `TOLD`.
    refused = [{"row": row, "says": said} for tag, row, said in raising if tag in TOLD]
    return (
        rows,
        answers(estimator, asking(rows)),
        refused[:: max(1, len(refused) // RAISING_ROWS)],
    )


def make(case, folder, number, count):
    """One case: its files and its answers. Says why, if this version has no such model."""
    try:
        estimator, table = fit(case)
    except Exception as error:
        return f"{type(error).__name__}: {error}"[:300]
    try:
        rows, said, raising = answer_rows(estimator, table)
    except NoAnswer as error:
        return f"fitted, it answers no row: {error}"
    folder = folder / case.subject
    folder.mkdir(exist_ok=True)
    stem = f"{count:02}"
    columns = kinds(table)
    files = write(estimator, folder, stem, number)
    alone = boosters.native(estimator, table, rows, folder / stem)
    if boosters.asks_codes(estimator, table):
        columns, rows = boosters.coded(table, rows)
        raising = []
    item = {
        "class": case.subject,
        "title": case.title,
        "versions": VERSIONS,
        "files": files,
        "labels": tells_apart(estimator),
        "columns": columns,
        "rows": rows,
        "answers": said,
        "raises": raising,
        "native": alone,
    }
    (folder / f"{stem}.json").write_text(json.dumps(item), encoding="utf-8")
    return None


def main():
    """Every case, in numbers that do not depend on which were left out."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder", type=Path)
    parser.add_argument("--only", nargs="+", metavar="CLASS")
    parser.add_argument("--few", action="store_true", help="of boosters, one case of a dozen")
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    np.seterr(all="ignore")
    shutil.rmtree(options.folder, ignore_errors=True)
    options.folder.mkdir(parents=True)
    began, absent, counts, made, failed = time.monotonic(), {}, Counter(), 0, 0
    for number, case in enumerate(cases()):
        counts[case.subject] += 1
        if options.only and case.subject not in options.only:
            continue
        if options.few and case.subject.startswith(boosters.CLASSES) and number % FEW:
            continue
        try:
            why_not = make(case, options.folder, number, counts[case.subject])
        except Exception:
            print(f"{case.title}:\n{traceback.format_exc()}")
            failed += 1
            continue
        if why_not is None:
            made += 1
        else:
            absent[case.title] = why_not
    (options.folder / "absent.json").write_text(
        json.dumps(absent, indent=1, ensure_ascii=False), encoding="utf-8"
    )
    seconds = time.monotonic() - began
    print(
        f"scikit-learn {sklearn.__version__}: {made} cases, {len(absent)} it has not, "
        f"{failed} failed, {seconds:.0f} s",
        flush=True,
    )
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

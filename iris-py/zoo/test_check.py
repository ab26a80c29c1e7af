"""The check can fail: wrong expectations, wrong types, rows that are not to be answered, surprises."""

from __future__ import annotations

import json
import pickle
from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import Binarizer

import graph_table
import refused
from check import surprises, updated
from outcome import Outcome, outcome
from rules import Wrong, compare, compare_labels, compare_numbers
from table import cell

X, Y = load_iris(return_X_y=True)
NAMES = ["b", "c", "d"]
MODEL = LogisticRegression(max_iter=300).fit(X, [NAMES[y] for y in Y])
ROWS = X[::10]
METHODS = ["predict", "predict_proba", "decision_function"]


def case(folder: Path, model=MODEL, **changes) -> Path:
    """A case as `make.py` writes it, but for the changes."""
    (folder / "01.pkl").write_bytes(pickle.dumps(model))
    item = {
        "files": ["01.pkl"],
        "labels": True,
        "columns": None,
        "rows": ROWS.tolist(),
        "answers": {method: getattr(MODEL, method)(ROWS).tolist() for method in METHODS},
        "raises": [],
    }
    path = folder / "01.json"
    path.write_text(json.dumps({**item, **changes}))
    return path


def answers(**changes):
    return {**{method: getattr(MODEL, method)(ROWS).tolist() for method in METHODS}, **changes}


def test_what_scikit_learn_said_is_read(tmp_path):
    assert outcome(case(tmp_path)).status == "read"


def test_a_wrong_label_fails(tmp_path):
    labels = MODEL.predict(ROWS).tolist()
    labels[7] = "c" if labels[7] != "c" else "d"
    found = outcome(case(tmp_path, answers=answers(predict=labels)))
    assert found.status == "WRONG" and "row 7" in found.words


@pytest.mark.parametrize("method", METHODS[1:])
def test_a_number_that_is_a_little_off_fails(tmp_path, method):
    numbers = getattr(MODEL, method)(ROWS)
    numbers[3, 0] += 1e-11 * abs(numbers).max()
    found = outcome(case(tmp_path, answers=answers(**{method: numbers.tolist()})))
    assert found.status == "WRONG" and f"{method} at (3, 0)" in found.words


def test_a_table_of_another_shape_fails(tmp_path):
    numbers = MODEL.predict_proba(ROWS)[:, :2].tolist()
    assert outcome(case(tmp_path, answers=answers(predict_proba=numbers))).status == "WRONG"


def test_an_answer_where_scikit_learn_raises_fails(tmp_path):
    raises = [{"row": ROWS[0].tolist(), "says": "no"}]
    found = outcome(case(tmp_path, raises=raises))
    assert found.status == "WRONG" and "the oracle says: no" in found.words


def test_a_row_that_is_refused_as_by_scikit_learn_is_right(tmp_path):
    raises = [{"row": [float("nan"), 1.0, 1.0, 1.0], "says": "Input X contains NaN."}]
    assert outcome(case(tmp_path, raises=raises)).status == "read"


def test_a_row_that_is_refused_alone_is_an_error(tmp_path):
    rows = [*ROWS[:-1].tolist(), [float("nan"), 1.0, 1.0, 1.0]]
    assert outcome(case(tmp_path, rows=rows)).status == "error"


def test_what_does_not_predict_is_refused_by_name(tmp_path):
    found = outcome(case(tmp_path, model=Binarizer().fit(X)))
    assert found.status == "refused" and "Binarizer" in found.words


def test_the_worst_file_counts_and_is_named(tmp_path):
    path = case(tmp_path, files=["01.pkl", "02.pkl"])
    (tmp_path / "02.pkl").write_bytes(pickle.dumps(Binarizer().fit(X)))
    found = outcome(path)
    assert found.status == "refused" and found.words.startswith("read, but not as .pkl")


@pytest.mark.parametrize(("want", "have"), [(1, True), (1, "1"), (1, 1.0), ("a", "b"), (False, 0)])
def test_labels_have_their_type(want, have):
    compare_labels([want], [want])
    with pytest.raises(Wrong):
        compare_labels([want], [have])


def test_the_rule_of_numbers():
    column = [1.0, 2.0, 3.0]
    assert compare_numbers("predict", column, column)
    assert not compare_numbers("predict", column, [1.0, 2.0, 3.0 + 4e-16])
    # Small beside its row, or beside its column.
    compare_numbers("predict", [[1e-9, 1e3]] * 3, [[1.5e-9, 1e3]] * 3)
    compare_numbers("predict", [1e3, 1e3, 1e-9], [1e3, 1e3, 1.5e-9])
    for wrong in ([1.0, 2.0, 3.0 + 4e-12], [1.0, 2.0, float("nan")], [1.0, 2.0], [[1.0, 2.0, 3.0]]):
        with pytest.raises(Wrong):
            compare_numbers("predict", column, wrong)


def near(method, expected, got, of="XGBClassifier", title="", **answers):
    item = {"class": of, "title": title, "answers": {method: expected, **answers}}
    return compare(item, method, expected, got)


def test_margins_of_trees_are_equal_to_the_last_bit():
    step = float(np.nextafter(np.float32(0.7), np.float32(1)))
    margin = [float(np.float32(0.7)), 2.0]
    assert near("decision_function", margin, margin)
    for of, off in [("XGBClassifier", step), ("LGBMClassifier", np.nextafter(margin[0], 1))]:
        with pytest.raises(Wrong):
            near("decision_function", margin, [off, 2.0], of)
        with pytest.raises(Wrong):
            near("predict", margin, [off, 2.0], of, margin=margin)
        # Behind a link.
        assert not near("predict", margin, [off, 2.0], of, margin=[0.1, 0.2])


def test_predictions_of_forests_are_equal_to_the_last_bit():
    for of in ("RandomForestRegressor", "HistGradientBoostingRegressor"):
        with pytest.raises(Wrong):
            near("predict", [0.7, 2.0], [np.nextafter(0.7, 1), 2.0], of)
    # Of a link, of sums without an order, and of what is none of trees.
    off = [np.nextafter(0.7, 1), 2.0]
    assert not near("predict", [0.7, 2.0], off, "HistGradientBoostingRegressor", margin=[-0.4, 0.7])
    assert not near("predict", [0.7, 2.0], off, "GradientBoostingRegressor", "init=LinearRegression()")
    assert not near("predict", [0.7, 2.0], off, "Ridge")


def test_probabilities_of_trees_are_within_two_steps():
    third = np.float32(1 / 3)
    steps = [third]
    for _ in range(3):
        steps.append(np.nextafter(steps[-1], np.float32(1)))
    row = [float(third)] * 3
    assert not near("predict_proba", [row], [[float(steps[2]), *row[1:]]])
    for of, off in [("XGBClassifier", steps[3]), ("LGBMClassifier", steps[1])]:
        with pytest.raises(Wrong):
            near("predict_proba", [row], [[float(off), *row[1:]]], of)
    # The lesser of two has the error of the greater.
    assert not near("predict_proba", [[0.99, 0.01]], [[0.99, 0.01 + 5e-17]], "LGBMClassifier")
    with pytest.raises(Wrong):
        near("predict_proba", [[0.5, 0.25, 0.25]], [[0.5, 0.25, 0.25 + 2e-16]], "LGBMClassifier")
    # CatBoost's own exponential is not as near.
    assert not near("predict_proba", [[0.5, 0.25, 0.25]], [[0.5, 0.25, 0.25 + 2e-15]], "CatBoostClassifier")
    with pytest.raises(Wrong):
        near("predict_proba", [[0.5, 0.25, 0.25]], [[0.5, 0.25, 0.25 + 2e-14]], "CatBoostClassifier")


def test_a_file_of_the_library_itself_is_held_to_its_own_answers(tmp_path):
    (tmp_path / "01.own.model").write_bytes(pickle.dumps(MODEL))
    own = {"files": ["01.own.model"], "answers": answers()}
    assert outcome(case(tmp_path, native=[own])).status == "read"
    own["answers"]["predict"] = ["b"] * len(ROWS)
    found = outcome(case(tmp_path, native=[own]))
    assert found.status == "WRONG" and found.words.startswith("01.own.model: row")
    assert outcome(case(tmp_path, native=[own]), (".pkl",)).status == "read"


def test_only_what_the_list_has_may_be_refused():
    outcomes = {
        ("A", "A()", "1.0"): Outcome("refused", "A"),
        ("A", "A(1)", "1.0"): Outcome("read"),
        ("B", "B()", "1.9"): Outcome("WRONG", "7"),
    }
    assert len(surprises(outcomes, {})) == 2
    assert [line[:5] for line in surprises(outcomes, {"A()": {"1.0"}})] == ["WRONG"]
    assert len(surprises(outcomes, {"A()": {"1.0", "1.9"}, "A(1)": {"1.0"}})) == 2


def test_the_list_keeps_versions_that_were_not_asked(tmp_path):
    known = {"A()": {"1.0", "1.9"}, "B()": {"1.9"}, "gone": {"1.9"}}
    new = updated(known, {("A", "A()", "1.9"): Outcome("read"), ("B", "B()", "1.10"): Outcome("refused")})
    path = tmp_path / "refused.txt"
    refused.write(new, ["B()", "A()"], path)
    assert path.read_text() == "1.9 1.10 | B()\n1.0 | A()\n"
    assert refused.read(path) == {"A()": {"1.0"}, "B()": {"1.9", "1.10"}}


def test_a_graph_may_be_off_by_a_step_of_single_precision_and_no_more(tmp_path):
    for off, status in [(1e-6, "read"), (1e-4, "WRONG")]:
        numbers = MODEL.predict_proba(ROWS) + off
        found = outcome(case(tmp_path, answers=answers(predict_proba=numbers.tolist()), within=1e-5))
        assert found.status == status


def test_graphs_are_refused_for_the_reasons_of_their_list(tmp_path):
    for of, model in [("Read", MODEL), ("Refused", Binarizer().fit(X))]:
        (tmp_path / of).mkdir()
        case(tmp_path / of, model, title=f"{of}()", versions={}, **{"class": of})
    graphs = graph_table.Graphs(tmp_path, only=None)
    known = graphs.refused()
    assert list(known) == ["Refused()"] and "Binarizer" in known["Refused()"]
    assert graphs.surprises(known) == []
    for changed in [{}, {"Refused()": "another reason"}, {**known, "Read()": "a reason"}]:
        assert len(graphs.surprises(changed)) == 1
    graph_table.write(known, tmp_path / "list")
    assert graph_table.read(tmp_path / "list") == known
    assert [known["Refused()"] in line for line in graphs.section().splitlines()] == [False] * 3 + [True]


def test_what_is_wrong_is_never_hidden_in_the_table():
    read, no, wrong = Outcome("read", bits=True), Outcome("refused"), Outcome("WRONG")
    assert [cell([]), cell([read, read]), cell([no]), cell([read, no])] == [
        "–",
        "read 2 =",
        "refused 1",
        "read 1 of 2",
    ]
    assert cell([read, read._replace(bits=False)]) == "read 2"
    assert cell([read, no, wrong]) == "WRONG 1, read 1 of 3"

"""Whatever holds rows is read alike; what holds none is refused by name."""

from __future__ import annotations

import datetime
from typing import Any

import numpy as np
import pandas
import polars
import pyarrow
import pytest
import scipy.sparse
from iris_py import InputError, Predictor

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
ROWS = np.round(np.random.default_rng(3).uniform(0, 8, (1000, 4)), 1)
TODAY = datetime.datetime(2020, 1, 1)
IRIS = Predictor()
EXPECTED = IRIS.predict_proba(ROWS)


class OnlyAStream:
    """A table that offers nothing but Arrow's stream."""

    def __init__(self, table: pyarrow.Table) -> None:
        self.table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self.table.__arrow_c_stream__(requested_schema)


def frame() -> pandas.DataFrame:
    return pandas.DataFrame(ROWS, columns=NAMES)


def table() -> pyarrow.Table:
    return pyarrow.table({name: ROWS[:, index] for index, name in enumerate(NAMES)})


def dated() -> pyarrow.Table:
    return table().set_column(1, "sepal_width", pyarrow.array([TODAY] * len(ROWS), pyarrow.timestamp("us")))


SHUFFLED = ["petal_width", "sepal_length", "petal_length", "sepal_width"]
SAME_ROWS: dict[str, Any] = {
    "list": ROWS.tolist(),
    "list of arrays": list(ROWS),
    "F order": np.asfortranarray(ROWS),
    "strided": np.repeat(np.repeat(ROWS, 2, axis=0), 3, axis=1)[::2, ::3],
    "backwards": ROWS[::-1].copy()[::-1],
    "read only": np.frombuffer(ROWS.tobytes()).reshape(ROWS.shape),
    "longdouble": ROWS.astype(np.longdouble),
    "big endian": ROWS.astype(">f8"),
    "object": ROWS.astype(object),
    "pandas": frame(),
    "pandas, shuffled": frame()[SHUFFLED],
    "pandas, nullable": frame()[SHUFFLED].astype("Float64"),
    "pandas, numbered columns": pandas.DataFrame(ROWS),
    "polars": polars.DataFrame(ROWS, schema=NAMES),
    "polars, shuffled": polars.DataFrame(ROWS, schema=NAMES).select(SHUFFLED),
    "pyarrow": table(),
    "pyarrow, shuffled": table().select(SHUFFLED),
    "pyarrow, chunked": pyarrow.concat_tables([table()[:300], table()[300:]]),
    "Arrow's stream": OnlyAStream(table()),
}


@pytest.mark.parametrize("rows", SAME_ROWS.values(), ids=SAME_ROWS.keys())
def test_every_container_gives_the_same_bits(rows: Any) -> None:
    np.testing.assert_array_equal(IRIS.predict_proba(rows), EXPECTED)
    np.testing.assert_array_equal(IRIS.predict(rows), IRIS.classes_[EXPECTED.argmax(axis=1)])


@pytest.mark.parametrize("dtype", [np.float32, np.int64, np.int32, np.int8, np.uint16, np.bool_, np.float16])
@pytest.mark.parametrize("order", ["C", "F"])
def test_every_type_of_number_is_widened(dtype: type, order: Any) -> None:
    rows = ROWS.astype(dtype, order=order)
    np.testing.assert_array_equal(IRIS.predict_proba(rows), IRIS.predict_proba(rows.astype(np.float64)))
    np.testing.assert_array_equal(IRIS.predict(rows[:1]), IRIS.predict(rows)[:1])


NOT_ROWS: list[tuple[Any, type[Exception], str]] = [
    (ROWS[0], InputError, "Expected 2D array .* got 1D array instead.* Reshape your data.* predict_one"),
    (5.0, InputError, "got scalar array instead"),
    (ROWS.reshape(10, 100, 4), InputError, "array of 3 dimensions"),
    (ROWS[:, :3], InputError, "X has 3 features, but Predictor is expecting 4 features as input"),
    ([], InputError, "Expected 2D array"),
    ([[1, 2, 3, "a"]], InputError, "no number: could not convert string to float"),
    ([[1, 2, 3, None]], InputError, "petal_width is NaN"),
    ([[1, 2], [1, 2, 3]], ValueError, "inhomogeneous"),
    (ROWS.astype(complex), InputError, "Complex data not supported"),
    (np.zeros((2, 4), "M8[s]"), TypeError, "datetime64"),
    (scipy.sparse.csr_matrix(ROWS), TypeError, "Sparse data was passed for X, but dense data is required"),
    (None, InputError, "Expected 2D array"),
    ({"sepal_length": [1.0]}, InputError, "Expected 2D array"),
    (frame().drop(columns="sepal_width"), InputError, "now missing:\n- sepal_width"),
    (frame().assign(colour=1.0), InputError, "unseen at fit time:\n- colour"),
    (frame().rename(columns={"sepal_width": "width"}), InputError, "- width\n.*\n- sepal_width"),
    (pandas.concat([frame(), frame()[["sepal_width"]]], axis=1), InputError, "given twice:\n- sepal_width"),
    (frame().assign(sepal_width="x"), InputError, "no number"),
    (table().drop_columns("petal_width"), InputError, "now missing:\n- petal_width"),
    (frame().iloc[0], InputError, "Expected 2D array .* got 1D array instead"),
    (frame()["sepal_width"], InputError, "Expected 2D array .* got 1D array instead"),
    (polars.Series(ROWS[0]), InputError, "Expected 2D array .* got 1D array instead"),
    (table()["sepal_width"], InputError, "Expected 2D array .* got 1D array instead"),
    (
        frame().assign(sepal_width=pandas.Timestamp("2020")),
        TypeError,
        "sepal_width is a column of datetime64",
    ),
    (frame().assign(sepal_width=pandas.NaT), TypeError, "sepal_width is a column of datetime64"),
    (frame().assign(sepal_width=pandas.Timestamp("2020", tz="UTC")), TypeError, "datetime64.*UTC"),
    (frame().assign(sepal_width=pandas.Timedelta("1s")), TypeError, "sepal_width is a column of timedelta64"),
    (polars.DataFrame(frame().assign(sepal_width=TODAY)), TypeError, "sepal_width is a column of Date"),
    (dated(), TypeError, r"sepal_width is a column of timestamp\[us\]"),
    (OnlyAStream(dated()), TypeError, r"sepal_width is a column of timestamp\[us\]"),
    (polars.DataFrame({"a": ["x"]}), InputError, "unseen at fit time:\n- a"),
]


@pytest.mark.parametrize(("rows", "error", "message"), NOT_ROWS)
def test_what_is_no_table_of_numbers_is_refused(rows: Any, error: type[Exception], message: str) -> None:
    for method in (IRIS.predict, IRIS.predict_proba, IRIS.decision_function):
        with pytest.raises(error, match=message):
            method(rows)


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("layout", ["C", "F", "f4"])
@pytest.mark.parametrize("at", [0, 63, 64, 511, 512, 513, 999])
def test_a_number_that_is_not_finite_is_named(value: float, layout: str, at: int) -> None:
    rows = ROWS.astype(np.float32) if layout == "f4" else np.array(ROWS, order=layout)  # type: ignore[call-overload]
    rows[at, 2] = value
    for method in (IRIS.predict, IRIS.predict_proba, IRIS.predict_log_proba, IRIS.decision_function):
        with pytest.raises(InputError, match=f"row {at}: petal_length is") as raised:
            method(rows)
        assert (raised.value.row, raised.value.feature) == (at, "petal_length")


def test_no_rows_have_no_answers() -> None:
    assert IRIS.predict(np.empty((0, 4))).shape == (0,)
    assert IRIS.predict(np.empty((0, 4))).dtype == IRIS.classes_.dtype
    assert IRIS.predict_proba(np.empty((0, 4))).shape == (0, 3)


@pytest.mark.parametrize("n_rows", [0, 1, 2, 64, 65, 1000])
def test_out_is_written_to_in_any_layout(n_rows: int) -> None:
    rows = ROWS[:n_rows]
    for out in (np.empty((n_rows, 3)), np.empty((3, n_rows)).T, np.empty((n_rows * 2, 6))[::2, ::2]):
        for method in (IRIS.predict_proba, IRIS.predict_log_proba, IRIS.decision_function):
            assert method(rows, out=out) is out
            np.testing.assert_array_equal(out, method(rows))


def read_only() -> np.ndarray:
    array = np.empty((1000, 3))
    array.flags.writeable = False
    return array


@pytest.mark.parametrize(
    ("out", "error", "message"),
    [
        (np.empty((1000, 2)), InputError, r"out has the shape \[1000, 2\], the answer has \[1000, 3\]"),
        (np.empty(3000), InputError, r"out has the shape \[3000\]"),
        (np.empty((1000, 3), np.float32), TypeError, "out must be an array of float64"),
        ([[0.0] * 3], TypeError, "out must be an array of float64"),
        (read_only(), InputError, "it is read-only"),
    ],
)
def test_an_out_that_does_not_fit_is_refused(out: Any, error: type[Exception], message: str) -> None:
    with pytest.raises(error, match=message):
        IRIS.predict_proba(ROWS, out=out)


def test_an_out_that_overlaps_the_rows_is_refused() -> None:
    both = np.zeros((10, 7))
    with pytest.raises(InputError, match="shares memory with X"):
        IRIS.predict_proba(both[:, :4], both[:, 3:6])


def test_predict_one_by_position_and_by_name() -> None:
    answer = IRIS.predict_one(5.1, 3.5, 1.4, 0.2)
    assert answer == IRIS.predict_one(petal_width=0.2, petal_length=1.4, sepal_width=3.5, sepal_length=5.1)
    assert answer == IRIS.predict_one(5.1, np.float32(3.5), petal_width=0.2, petal_length=1.4)
    assert hash(answer) == hash(IRIS.predict_one(5.1, 3.5, 1.4, 0.2))
    assert answer != IRIS.predict_one(6.3, 3.3, 6.0, 2.5)
    assert repr(answer) == "Prediction(label='setosa', probability=0.9815834948781503)"
    assert (answer.label, answer.class_index) == ("setosa", 0)
    assert IRIS.predict_one(5, 3, 1, True).label == "setosa"


@pytest.mark.parametrize(
    ("values", "named", "error", "message"),
    [
        ((5.1, 3.5), {}, TypeError, r"predict_one\(\) misses petal_length, petal_width; the features are"),
        ((1, 2, 3, 4, 5), {}, TypeError, "takes 4 values, 5 were given"),
        ((1, 2, 3), {"width": 1}, TypeError, "unknown feature 'width'"),
        ((1, 2, 3, 4), {"petal_width": 1}, TypeError, "got 'petal_width' twice"),
        ((1, 2, 3, "4"), {}, TypeError, "petal_width: must be real number, not str"),
        ((1, None), {"petal_length": 1, "petal_width": 2}, TypeError, "sepal_width: must be real number"),
        ((1, 2, 3, np.nan), {}, InputError, "petal_width is NaN"),
        ((1, 2, 3, 1e308), {}, InputError, "a score of the model overflows"),
        (([1, 2, 3, 4],), {}, TypeError, "misses"),
        ((10**400, 2, 3, 4), {}, TypeError, "sepal_length: int too large"),
    ],
)
def test_predict_one_says_what_is_wrong(
    values: tuple[Any, ...], named: dict[str, Any], error: type[Exception], message: str
) -> None:
    with pytest.raises(error, match=message):
        IRIS.predict_one(*values, **named)

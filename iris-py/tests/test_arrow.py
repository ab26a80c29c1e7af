"""`predict_arrow`: Arrow's tables with their types and nulls, answered as arrays are."""

from __future__ import annotations

import json
import pickle
from decimal import Decimal
from pathlib import Path

import iris_py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from iris_py import Predictor
from sklearn.compose import ColumnTransformer
from sklearn.datasets import load_diabetes, load_iris
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

NAMES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
FLOWERS = load_iris().data


def table(rows: np.ndarray = FLOWERS, dtype: pa.DataType | None = None) -> pa.Table:
    columns = [pa.array(rows[:, index]) for index in range(rows.shape[1])]
    return pa.table([column.cast(dtype) if dtype else column for column in columns], names=NAMES)


def numbers(answered: pa.Table, prefix: str) -> np.ndarray:
    return np.column_stack([answered[name] for name in answered.column_names if name.startswith(prefix)])


def test_the_answers_are_those_to_arrays_bit_for_bit() -> None:
    iris = Predictor()
    given = table()
    answered = iris.predict_arrow(given, ["predict", "predict_proba", "decision_function"])
    assert answered.select(NAMES).equals(given)
    assert answered["prediction"].to_pylist() == iris.predict(FLOWERS).tolist()
    np.testing.assert_array_equal(numbers(answered, "probability_"), iris.predict_proba(FLOWERS))
    np.testing.assert_array_equal(numbers(answered, "score_"), iris.decision_function(FLOWERS))
    assert answered.schema.field("probability_setosa").type == pa.float64()
    assert not answered.schema.field("prediction").nullable


def test_columns_that_are_kept_share_their_memory() -> None:
    given = table().append_column("id", pa.array(range(150)))
    answered = Predictor().predict_arrow(given, keep=["id"])
    assert answered.column_names == ["id", "prediction"]
    addresses = [
        batch["id"].buffers()[1].address for batch in (given.to_batches()[0], answered.to_batches()[0])
    ]
    assert addresses[0] == addresses[1]


def test_columns_are_found_by_name_among_others_of_any_type() -> None:
    iris = Predictor()
    expected = iris.predict(FLOWERS).tolist()
    given = table().select(NAMES[::-1])
    given = given.append_column("at", pa.array([pd.Timestamp("2026-01-01")] * 150))
    given = given.append_column("tags", pa.array([["a"], None, []] * 50))
    answered = iris.predict_arrow(given)
    assert answered["prediction"].to_pylist() == expected
    assert answered.select(given.column_names).equals(given)


@pytest.mark.parametrize(
    "dtype",
    [
        pa.float32(),
        pa.float16(),
        pa.decimal128(10, 1),
        pa.int8(),
        pa.uint16(),
        pa.int64(),
        pa.int32(),
        pa.uint64(),
    ],
)
def test_every_type_of_numbers(dtype: pa.DataType) -> None:
    rounded = np.floor(FLOWERS)
    iris = Predictor()
    answered = iris.predict_arrow(table(rounded, dtype), "predict_proba", keep=False)
    np.testing.assert_array_equal(numbers(answered, "probability_"), iris.predict_proba(rounded))


@pytest.mark.parametrize("chunk", [1, 7, 64])
def test_batches_of_any_size_and_slices_of_them(chunk: int) -> None:
    iris = Predictor()
    batches = table().slice(5, 140).to_batches(max_chunksize=chunk)
    answered = iris.predict_arrow(pa.Table.from_batches(batches))
    assert answered["prediction"].to_pylist() == iris.predict(FLOWERS[5:145]).tolist()
    assert iris.predict_arrow(table().slice(0, 0)).num_rows == 0


def test_the_kind_of_table_that_is_given_comes_back() -> None:
    iris = Predictor()
    given = table()
    assert isinstance(iris.predict_arrow(given.to_batches()[0]), pa.RecordBatch)
    frame = iris.predict_arrow(pl.from_arrow(given))
    assert isinstance(frame, pl.DataFrame) and frame["prediction"].dtype == pl.String
    indexed = pd.DataFrame(FLOWERS, columns=NAMES, index=range(1000, 1150)).assign(
        n=pd.array([1, None] * 75, "Int64")
    )
    answered = iris.predict_arrow(indexed)
    pd.testing.assert_frame_equal(answered[indexed.columns], indexed)
    assert answered["prediction"].tolist() == iris.predict(FLOWERS).tolist()
    reader = iris.predict_arrow(
        pa.RecordBatchReader.from_batches(given.schema, given.to_batches(max_chunksize=50))
    )
    assert isinstance(reader, pa.RecordBatchReader)
    assert [batch.num_rows for batch in reader] == [50, 50, 50]


def test_a_stream_is_answered_batch_by_batch_and_its_errors_arrive() -> None:
    made = []

    def batches():
        for index in range(1000):
            made.append(index)
            yield table().to_batches()[0]

    reader = Predictor().predict_arrow(pa.RecordBatchReader.from_batches(table().schema, batches()))
    assert reader.read_next_batch()["prediction"][0].as_py() == "setosa"
    assert len(made) < 5
    spoilt = table(np.where(np.arange(150)[:, None] == 3, np.nan, FLOWERS))
    reader = Predictor().predict_arrow(pa.RecordBatchReader.from_batches(spoilt.schema, spoilt.to_batches()))
    with pytest.raises(Exception, match="row 3: sepal_length is NaN"):
        reader.read_next_batch()


def test_nulls_are_missing_values() -> None:
    x = FLOWERS.copy()
    x[::7, 1] = np.nan
    model = HistGradientBoostingClassifier(max_iter=5).fit(x, load_iris().target)
    predictor = Predictor.load(pickle.dumps(model))
    given = pa.table({f"x{index}": pa.array(x[:, index], from_pandas=True) for index in range(4)})
    assert given["x1"].null_count == 22
    answered = predictor.predict_arrow(given, ["predict", "predict_proba"])
    assert answered["prediction"].type == pa.int64()
    assert answered["prediction"].to_pylist() == predictor.predict(x).tolist()
    np.testing.assert_array_equal(numbers(answered, "probability_"), predictor.predict_proba(x))
    assert answered["x1"].null_count == 22


def test_a_row_that_cannot_be_answered_is_an_error_or_a_null() -> None:
    iris = Predictor()
    columns = [FLOWERS[:, index].tolist() for index in range(4)]
    columns[1][77] = None
    columns[2][140] = float("inf")
    given = pa.table(columns, names=NAMES)
    with pytest.raises(iris_py.InputError, match="row 77: sepal_width is NaN") as raised:
        iris.predict_arrow(given)
    assert (raised.value.row, raised.value.feature) == (77, "sepal_width")
    with pytest.raises(iris_py.InputError, match="row 77"):
        iris.predict_arrow(pa.Table.from_batches(given.to_batches(max_chunksize=10)))
    answered = iris.predict_arrow(given, ["predict", "predict_proba"], on_error="null")
    expected = iris.predict(FLOWERS).tolist()
    expected[77] = expected[140] = None
    assert answered["prediction"].to_pylist() == expected
    assert answered["probability_setosa"].null_count == 2
    answered_rows = np.delete(np.arange(150), [77, 140])
    np.testing.assert_array_equal(
        numbers(answered, "probability_")[answered_rows], iris.predict_proba(FLOWERS)[answered_rows]
    )
    nothing = pa.table([[None, None]] * 4, names=NAMES)
    assert iris.predict_arrow(nothing, on_error="null")["prediction"].to_pylist() == [None, None]


def churn() -> tuple[Predictor, pd.DataFrame]:
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"age": rng.normal(40, 10, 200), "city": rng.choice(["Rome", "Oslo", "Paris"], 200)})
    encode = ColumnTransformer([("age", StandardScaler(), ["age"]), ("city", OneHotEncoder(), ["city"])])
    model = make_pipeline(encode, LogisticRegression()).fit(frame, rng.random(200) < 0.5)
    return Predictor.load(pickle.dumps(model)), frame


@pytest.mark.parametrize(
    "dtype",
    [
        pa.string(),
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        "polars",
        "enum",
    ],
)
def test_texts_however_they_are_kept(dtype: pa.DataType | str) -> None:
    predictor, frame = churn()
    expected = predictor.predict_proba(frame)
    given = pa.table({"age": frame["age"], "city": pa.array(frame["city"].tolist())})
    if dtype in ("polars", "enum"):
        kind = pl.Categorical if dtype == "polars" else pl.Enum(["Rome", "unseen", "Oslo", "Paris"])
        given = pl.from_arrow(given).with_columns(pl.col("city").cast(kind))
        answered = predictor.predict_arrow(given, ["predict", "predict_proba"]).to_arrow()
    else:
        given = given.set_column(1, "city", given["city"].combine_chunks().cast(dtype))
        answered = predictor.predict_arrow(given, ["predict", "predict_proba"])
        assert answered["city"].type == dtype
    assert answered["prediction"].type == pa.bool_()
    np.testing.assert_array_equal(numbers(answered, "probability_"), expected)


def test_texts_that_are_unknown_or_missing_are_named_or_null() -> None:
    predictor, _ = churn()
    given = pa.table({"age": [40.0, 41.0, 42.0], "city": ["Rome", "Atlantis", None]})
    for city in (given["city"], given["city"].dictionary_encode()):
        given = given.set_column(1, "city", city)
        with pytest.raises(iris_py.InputError, match="row 1: city is 'Atlantis'"):
            predictor.predict_arrow(given)
        answered = predictor.predict_arrow(given, on_error="null")
        assert [value is None for value in answered["prediction"].to_pylist()] == [False, True, True]


TESTDATA = Path(__file__).parents[2] / "iris-core/testdata"
TEXTS = json.loads((TESTDATA / "texts.json").read_text(encoding="utf-8"))
OF_TEXTS = {model["estimator"]: model for model in TEXTS["models"]}


def of_texts(estimator: str) -> tuple[Predictor, pa.Table, pd.DataFrame]:
    names = OF_TEXTS[estimator]["names"]
    rows = TEXTS["frame"] if len(names) > 1 else [[text] for text in TEXTS["texts"]]
    frame = pd.DataFrame(rows, columns=names)
    given = pa.table({name: pa.array(frame[name].tolist()) for name in names})
    return Predictor.load(TESTDATA / "texts" / OF_TEXTS[estimator]["file"]), given, frame


@pytest.mark.parametrize("estimator", OF_TEXTS)
def test_free_texts_are_answered_as_those_of_frames(estimator: str) -> None:
    predictor, given, frame = of_texts(estimator)
    answered = predictor.predict_arrow(given)
    expected = predictor.predict(frame)
    np.testing.assert_array_equal(numbers(answered, "prediction").squeeze(), expected)
    if OF_TEXTS[estimator]["labels"] is not None:
        assert answered["prediction"].to_pylist() == OF_TEXTS[estimator]["labels"]
    if OF_TEXTS[estimator]["probabilities"] is not None:
        answered = predictor.predict_arrow(given, "predict_proba", keep=False)
        np.testing.assert_array_equal(numbers(answered, "probability_"), predictor.predict_proba(frame))


@pytest.mark.parametrize("estimator", ["spam filter", "columns"])
@pytest.mark.parametrize(
    "dtype",
    [
        pa.large_string(),
        pa.string_view(),
        pa.dictionary(pa.int8(), pa.string()),
        pa.dictionary(pa.int32(), pa.large_string()),
        "polars",
    ],
)
def test_free_texts_however_they_are_kept(dtype: pa.DataType | str, estimator: str) -> None:
    predictor, given, frame = of_texts(estimator)
    expected = predictor.predict_proba(frame)
    # Texts that come again, in batches that begin in the middle.
    given = pa.concat_tables([given, given]).combine_chunks().slice(3)
    expected = np.concatenate([expected, expected])[3:]
    if dtype == "polars":
        answered = predictor.predict_arrow(pl.from_arrow(given), "predict_proba").to_arrow()
    else:
        for index, field in enumerate(given.schema):
            if field.type == pa.string():
                given = given.set_column(index, field.name, given[field.name].combine_chunks().cast(dtype))
        batches = given.to_batches(max_chunksize=10)
        answered = predictor.predict_arrow(pa.Table.from_batches(batches), "predict_proba")
    np.testing.assert_array_equal(numbers(answered, "probability_"), expected)


def test_free_texts_that_are_missing_or_none_are_named_or_null() -> None:
    predictor, _, _ = of_texts("spam filter")
    labels = predictor.predict(["free money", "see you at lunch"]).tolist()
    texts = pa.array(["free money", None, "see you at lunch"])
    for column in (texts, texts.dictionary_encode(), texts.cast(pa.string_view())):
        given = pa.table({"text": column})
        with pytest.raises(iris_py.InputError, match="row 1: text is") as raised:
            predictor.predict_arrow(given)
        assert (raised.value.row, raised.value.feature) == (1, "text")
        answered = predictor.predict_arrow(given, ["predict", "predict_proba"], on_error="null")
        assert answered["prediction"].to_pylist() == [labels[0], None, labels[1]]
    for nothing in (pa.nulls(2), pa.array([None, None], pa.dictionary(pa.int8(), pa.string()))):
        answered = predictor.predict_arrow(pa.table({"text": nothing}), on_error="null")
        assert answered["prediction"].to_pylist() == [None, None]
    with pytest.raises(iris_py.InputError, match="row 0: text is the number 5"):
        predictor.predict_arrow(pa.table({"text": [5, 6]}))
    with pytest.raises(iris_py.InputError, match="text is a column of Binary, which are no texts"):
        predictor.predict_arrow(pa.table({"text": [b"free money"]}))


def test_values_of_regressors() -> None:
    x, y = load_diabetes(return_X_y=True)
    for targets, names in [(y, ["prediction"]), (np.column_stack([y, -y]), ["prediction_0", "prediction_1"])]:
        predictor = Predictor.load(pickle.dumps(LinearRegression().fit(x, targets)))
        given = pa.table({f"x{index}": x[:, index] for index in range(10)})
        answered = predictor.predict_arrow(given, keep=False)
        assert answered.column_names == names
        np.testing.assert_array_equal(numbers(answered, "prediction").squeeze(), predictor.predict(x))


@pytest.mark.parametrize(
    ("change", "options", "error", "message"),
    [
        (
            lambda t: t.drop_columns("petal_width"),
            {},
            iris_py.InputError,
            "no column petal_width; its columns are",
        ),
        (lambda t: t.append_column(NAMES[0], t[0]), {}, iris_py.InputError, "several columns sepal_length"),
        (
            lambda t: t.set_column(0, NAMES[0], pa.array(["a"] * 150)),
            {},
            iris_py.InputError,
            "sepal_length is a column of Utf8",
        ),
        (
            lambda t: t.set_column(0, NAMES[0], pa.array([pd.Timestamp(0)] * 150)),
            {},
            iris_py.InputError,
            "sepal_length is a column of Timestamp",
        ),
        (lambda t: t.append_column("prediction", t[0]), {}, ValueError, "a column prediction already"),
        (lambda t: t, {"methods": "fit"}, ValueError, 'not "fit"'),
        (lambda t: t, {"keep": ["id"]}, ValueError, "no column id to keep"),
        (lambda t: t, {"keep": "id"}, TypeError, "a list of names"),
        (lambda t: t, {"on_error": "skip"}, ValueError, 'not "skip"'),
        (lambda t: FLOWERS, {}, TypeError, "not ndarray"),
        (lambda t: t["sepal_length"], {}, ValueError, "none of a table's"),
    ],
)
def test_what_is_refused(change, options, error, message) -> None:
    with pytest.raises(error, match=message):
        Predictor().predict_arrow(change(table()), **options)


def test_decimals_and_what_has_no_type_at_all() -> None:
    given = table().set_column(0, NAMES[0], pa.array([Decimal(str(value)) for value in FLOWERS[:, 0]]))
    assert Predictor().predict_arrow(given)["prediction"].to_pylist() == Predictor().predict(FLOWERS).tolist()
    empty = table().set_column(0, NAMES[0], pa.nulls(150))
    assert Predictor().predict_arrow(empty, on_error="null")["prediction"].null_count == 150

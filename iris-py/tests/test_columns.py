"""Frames with columns of texts, categories, booleans and missing values, answered as scikit-learn answers."""

import iris_py
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from iris_py import Predictor
from sklearn.compose import ColumnTransformer
from sklearn.feature_extraction import DictVectorizer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, OrdinalEncoder, StandardScaler

CITIES = ["Berlin", "Rome", "Paris", "Oslo"]


@pytest.fixture(scope="module")
def frame():
    rng = np.random.default_rng(0)
    n = 300
    frame = pd.DataFrame(
        {
            "age": rng.normal(40, 10, n),
            "city": rng.choice(CITIES, n, p=[0.5, 0.3, 0.15, 0.05]),
            "plan": rng.choice(["a", "b", "c"], n),
            "vip": rng.random(n) < 0.3,
            "kids": rng.integers(0, 4, n),
            "id": [f"u{index}" for index in range(n)],
        }
    )
    frame.loc[rng.random(n) < 0.1, "age"] = np.nan
    frame.loc[rng.random(n) < 0.1, "city"] = np.nan
    return frame


def fitted(frame, **encoding):
    ages = make_pipeline(SimpleImputer(strategy="median", add_indicator=True), StandardScaler())
    cities = make_pipeline(SimpleImputer(strategy="most_frequent"), OneHotEncoder(**encoding))
    columns = ColumnTransformer(
        [
            ("ages", ages, ["age"]),
            ("cities", cities, ["city"]),
            ("plans", OrdinalEncoder(), ["plan"]),
            ("counts", StandardScaler(), ["vip", "kids"]),
        ]
    )
    labels = np.where((frame["age"].fillna(40) > 42) ^ (frame["city"] == "Rome"), "yes", "no")
    return make_pipeline(columns, LogisticRegression(max_iter=500)).fit(frame, labels)


def loaded(estimator, tmp_path):
    import joblib

    path = tmp_path / "model.joblib"
    joblib.dump(estimator, path)
    return Predictor.load(path)


@pytest.mark.parametrize(
    "encoding",
    [
        {"handle_unknown": "ignore"},
        {"drop": "first"},
        {"drop": "if_binary", "sparse_output": False},
        {"handle_unknown": "infrequent_if_exist", "min_frequency": 40},
        {"handle_unknown": "infrequent_if_exist", "max_categories": 2, "drop": "first"},
    ],
)
@pytest.mark.filterwarnings("ignore:Found unknown categories")
def test_every_kind_of_frame_is_answered_as_by_scikit_learn(frame, encoding, tmp_path):
    estimator = fitted(frame, **encoding)
    predictor = loaded(estimator, tmp_path)
    expected = estimator.predict_proba(frame)
    categorical = frame.assign(
        city=frame["city"].astype("category"),
        vip=frame["vip"].astype("boolean"),
        kids=frame["kids"].astype("Int64"),
    )
    shuffled = frame[frame.columns[::-1]]
    without_ignored = frame.drop(columns="id")
    rows = frame.astype(object).to_numpy()
    for table in (
        frame,
        categorical,
        shuffled,
        without_ignored,
        rows,
        rows.tolist(),
        pl.from_pandas(frame),
        pl.from_pandas(frame).to_arrow(),
    ):
        np.testing.assert_allclose(predictor.predict_proba(table), expected, rtol=1e-12, atol=1e-15)
        assert (predictor.predict(table) == estimator.predict(frame)).all()
    if "handle_unknown" in encoding:
        unknown = frame.assign(city="Nowhere")
        np.testing.assert_allclose(
            predictor.predict_proba(unknown), estimator.predict_proba(unknown), rtol=1e-12, atol=1e-15
        )


def test_one_row_by_position_and_by_name(frame, tmp_path):
    estimator = fitted(frame, handle_unknown="ignore")
    predictor = loaded(estimator, tmp_path)
    row = pd.DataFrame([[33.0, "Rome", "a", True, 2, "x"]], columns=frame.columns)
    expected = estimator.predict_proba(row).max()
    named = predictor.predict_one(kids=2, vip=True, plan="a", city="Rome", age=33)
    assert named.probability == pytest.approx(expected, rel=1e-12)
    assert predictor.predict_one(33, "Rome", "a", True, 2, None) == named
    missing = row.assign(age=np.nan, city=np.nan)
    answer = predictor.predict_one(None, None, "a", True, 2, "x")
    assert answer.probability == pytest.approx(estimator.predict_proba(missing).max(), rel=1e-12)


@pytest.mark.parametrize(
    ("column", "value", "message"),
    [
        ("plan", "z", "row 0: plan is 'z', which the model was not fitted on; known are a, b, c"),
        ("city", 5, "row 0: city is the number 5, where a text belongs"),
        ("city", True, "row 0: city is true, where a text belongs"),
        ("age", "old", "age holds what is no number: could not convert string to float: 'old'"),
    ],
)
def test_what_does_not_belong_in_a_column_is_named(frame, column, value, message, tmp_path):
    predictor = loaded(fitted(frame, handle_unknown="ignore"), tmp_path)
    with pytest.raises(iris_py.InputError) as raised:
        predictor.predict(frame.head(3).assign(**{column: value}))
    assert str(raised.value) == message


@pytest.mark.parametrize("dtype", [object, "category", "str", "string[python]", "string[pyarrow]", "arrow"])
@pytest.mark.parametrize("n_rows", [3, 6000])
def test_texts_are_told_apart_however_they_are_kept(frame, dtype, n_rows, tmp_path):
    estimator = fitted(frame, handle_unknown="ignore")
    predictor = loaded(estimator, tmp_path)
    many = frame.sample(n_rows, replace=True, random_state=1, ignore_index=True)
    expected = estimator.predict_proba(many)
    dtype = pd.ArrowDtype(pa.string()) if dtype == "arrow" else dtype
    kept = many.assign(**{column: many[column].astype(dtype) for column in ("city", "plan")})
    np.testing.assert_allclose(predictor.predict_proba(kept), expected, rtol=1e-12, atol=1e-15)
    spoilt = many["plan"].astype(object)
    spoilt.iloc[n_rows - 2] = "z"
    with pytest.raises(iris_py.InputError, match=f"^row {n_rows - 2}: plan is 'z', which"):
        predictor.predict(kept.assign(plan=spoilt.astype(dtype)))


def test_an_object_that_is_gone_is_not_taken_for_the_next_one_at_its_place(frame, tmp_path):
    estimator = fitted(frame, handle_unknown="ignore")
    predictor = loaded(estimator, tmp_path)

    class Made:
        """A column whose texts are made as they are asked for, each where the one before it lay."""

        def __init__(self, values):
            self.values = values

        def __len__(self):
            return len(self.values)

        def __iter__(self):
            return (value[:1] + value[1:] if isinstance(value, str) else value for value in self.values)

    class Table:
        columns, dtypes = list(frame.columns), list(frame.dtypes)

        def __len__(self):
            return len(frame)

        def __getitem__(self, name):
            return Made(frame[name].tolist()) if name in ("city", "plan") else frame[name]

    assert (predictor.predict(Table()) == estimator.predict(frame)).all()


def test_dates_and_missing_columns_are_refused(frame, tmp_path):
    predictor = loaded(fitted(frame, handle_unknown="ignore"), tmp_path)
    for column in ("age", "city"):
        with pytest.raises(TypeError, match=f"{column} is a column of datetime64"):
            predictor.predict(frame.assign(**{column: pd.Timestamp("2026-01-01")}))
    with pytest.raises(iris_py.InputError, match="now missing:\n- city"):
        predictor.predict(frame.drop(columns="city"))
    with pytest.raises(iris_py.InputError, match="city is the number"):
        predictor.predict(np.zeros((3, 6)))


@pytest.mark.parametrize(
    "rows",
    [
        [{"city": "Rome", "age": 3.5}, {"age": 1}, {"city": "Oslo", "vip": True}, {}],
        [{"age": 3.5, "kids": 2}, {"kids": 1}, {"age": 2}, {}],
    ],
)
def test_dictionaries_are_rows_in_which_what_is_not_there_is_zero(rows):
    model = make_pipeline(DictVectorizer(), LogisticRegression()).fit(rows, [0, 1, 0, 1])
    predictor = Predictor.from_sklearn(model)
    asked = [*rows, {"age": 7}]
    np.testing.assert_allclose(predictor.predict_proba(asked), model.predict_proba(asked), rtol=1e-12, atol=0)
    with pytest.raises(iris_py.InputError, match="unseen at fit time:\n- town"):
        predictor.predict([{"town": "Rome"}])

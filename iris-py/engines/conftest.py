"""What the tests of all engines need: a model, and rows with their answers."""

from __future__ import annotations

import os
import pickle
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from iris_py import Predictor
from sklearn.ensemble import HistGradientBoostingClassifier

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "docs"))
# Workers of Spark's and Ray's are this Python, and tell nobody that they ran.
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable
os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
# Ray starts its workers at 15, where a machine that is busy otherwise hardly runs them.
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  # so Ray reads it
os.environ["SPARK_LOCAL_IP"] = "127.0.0.1"

N_ROWS = 20_000


@pytest.fixture(scope="session")
def predictor() -> Predictor:
    """Boosted trees that take missing values, in three classes."""
    x = rows()
    y = np.nan_to_num(x).sum(axis=1) > 0
    y = np.where(y, "high", "low")
    y[::10] = "other"
    return Predictor.load(pickle.dumps(HistGradientBoostingClassifier(max_iter=10).fit(x[:2000], y[:2000])))


def rows() -> np.ndarray:
    rng = np.random.default_rng(1)
    x = rng.normal(size=(N_ROWS, 4))
    x[rng.random(x.shape) < 0.05] = np.nan
    return x


@pytest.fixture(scope="session")
def table() -> pa.Table:
    columns = {f"x{index}": pa.array(column, from_pandas=True) for index, column in enumerate(rows().T)}
    return pa.table({"id": range(N_ROWS), **columns})


@pytest.fixture(scope="session")
def parquet(table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> str:
    import pyarrow.parquet

    path = tmp_path_factory.mktemp("rows") / "rows.parquet"
    pyarrow.parquet.write_table(table, path, row_group_size=2500)
    return str(path)


@pytest.fixture(scope="session")
def expected(predictor: Predictor) -> tuple[list[str], np.ndarray]:
    """The label of each row, and the probability of the first class, as arrays are answered here."""
    return predictor.predict(rows()).tolist(), predictor.predict_proba(rows())[:, 0]


@pytest.fixture
def check(expected):
    """Compares answered rows, in any order: each once, the labels, the probabilities to the bit."""

    def check(ids, labels, probabilities) -> None:
        order = np.argsort(np.asarray(ids))
        np.testing.assert_array_equal(np.asarray(ids)[order], np.arange(N_ROWS))
        assert np.asarray(labels, dtype=object)[order].tolist() == expected[0]
        np.testing.assert_array_equal(np.asarray(probabilities, dtype=np.float64)[order], expected[1])

    return check

"""Rows a second and core in each engine, beside scikit-learn's pickled model: a line of JSON an engine."""

from __future__ import annotations

import itertools
import json
import os
import pickle
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

os.environ["RAY_USAGE_STATS_ENABLED"] = "0"
os.environ["RAY_worker_niceness"] = "0"  # noqa: SIM112  # so Ray reads it
os.environ["OMP_NUM_THREADS"] = "1"
os.environ["PYSPARK_PYTHON"] = os.environ["PYSPARK_DRIVER_PYTHON"] = sys.executable

import numpy as np
import pyarrow as pa
import pyarrow.parquet
from iris_py import Predictor
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression

BATCH = 1000
NAMES = [f"x{index}" for index in range(10)]


def model(kind: str):
    rng = np.random.default_rng(0)
    x = rng.normal(size=(2000, 10))
    y = (x.sum(axis=1) > 0).astype(int)
    estimator = (
        LogisticRegression() if kind == "linear" else RandomForestClassifier(100, max_depth=8, random_state=0)
    )
    return estimator.fit(x, y)


def answers(estimator) -> dict[str, Callable[[pa.Table], pa.Table]]:
    """A batch answered by either; both give the batch with a column."""
    predictor = Predictor.load(pickle.dumps(estimator))

    def sklearn(batch):
        rows = np.column_stack([batch.column(name).to_numpy(zero_copy_only=False) for name in NAMES])
        return batch.append_column("prediction", pa.array(estimator.predict(rows)))

    return {"iris_py": lambda batch: predictor.predict_arrow(batch), "scikit-learn": sklearn}


def polars_(path: str, answer) -> int:
    import polars

    def of_frame(frame):
        return polars.DataFrame(answer(pa.table(frame)))

    query = polars.scan_parquet(path)
    schema = {**query.collect_schema(), "prediction": polars.Int64}
    answered = query.map_batches(of_frame, schema=schema, streamable=True)
    return answered.select(polars.col("prediction").sum()).collect(engine="streaming").item()


def duckdb_(path: str, answer) -> int:
    import duckdb

    reader = duckdb.connect().sql(f"from '{path}'").to_arrow_reader(BATCH)
    tables = (answer(pa.Table.from_batches([batch])) for batch in reader)
    first = next(tables)
    batches = (batch for table in itertools.chain([first], tables) for batch in table.to_batches())
    answered = pa.RecordBatchReader.from_batches(first.schema, batches)  # noqa: F841  # by its name
    return duckdb.sql("select sum(prediction) from answered").fetchall()[0][0]


def dask_(path: str, answer) -> int:
    import dask
    import dask.dataframe

    def of_frame(frame):
        return answer(pa.Table.from_pandas(frame, preserve_index=False)).to_pandas()

    with dask.config.set(scheduler="synchronous"):
        frame = dask.dataframe.read_parquet(path, split_row_groups=True)
        meta = of_frame(frame._meta_nonempty).iloc[:0]
        return int(frame.map_partitions(of_frame, meta=meta)["prediction"].sum().compute())


def ray_(path: str, answer) -> int:
    import ray

    if not ray.is_initialized():
        ray.init(num_cpus=1, include_dashboard=False, log_to_driver=False, logging_level="error")
        ray.data.DataContext.get_current().enable_progress_bars = False
    data = ray.data.read_parquet(path).map_batches(answer, batch_format="pyarrow", batch_size=BATCH)
    return int(data.sum("prediction"))


def spark_(path: str, answer) -> int:
    from pyspark.sql import SparkSession
    from pyspark.sql.types import LongType, StructField, StructType

    builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False)
    spark = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", BATCH).getOrCreate()
    spark.sparkContext.setLogLevel("OFF")

    def of_batches(batches):
        for batch in batches:
            yield from answer(pa.Table.from_batches([batch])).to_batches()

    frame = spark.read.parquet(path)
    answered = frame.mapInArrow(
        of_batches, StructType([*frame.schema, StructField("prediction", LongType())])
    )
    return int(answered.groupBy().sum("prediction").collect()[0][0])


ENGINES = {"Polars": polars_, "DuckDB": duckdb_, "Dask": dask_, "Ray Data": ray_, "PySpark": spark_}


def timed(work: Callable[[], int], rounds: int) -> tuple[int, float]:
    answer, best = 0, float("inf")
    for _ in range(rounds):
        start = time.process_time_ns(), time.perf_counter()
        answer = work()
        best = min(best, time.perf_counter() - start[1])
    return answer, best


def main() -> None:
    n_rows = int(os.environ.get("ENGINES_ROWS", "200000"))
    table = pa.table({name: np.random.default_rng(2).normal(size=n_rows) for name in NAMES})
    with tempfile.TemporaryDirectory() as folder:
        path = str(Path(folder) / "rows.parquet")
        pyarrow.parquet.write_table(table, path, row_group_size=20_000)
        for kind in ("linear", "forest of 100"):
            both = answers(model(kind))
            start = time.perf_counter()
            # What the answers alone take, without an engine around them.
            alone = {}
            for name, answer in both.items():
                batches = [pa.Table.from_batches([batch]) for batch in table.to_batches(max_chunksize=BATCH)]
                start = time.perf_counter()
                for batch in batches:
                    answer(batch)
                alone[name] = time.perf_counter() - start
            print(json.dumps(line("no engine", kind, n_rows, alone)), flush=True)
            for engine, run in ENGINES.items():
                sums, took = {}, {}
                for name, answer in both.items():
                    sums[name], took[name] = timed(lambda run=run, answer=answer: run(path, answer), 2)
                assert len(set(sums.values())) == 1, sums
                print(json.dumps(line(engine, kind, n_rows, took)), flush=True)


def line(engine: str, kind: str, n_rows: int, took: dict[str, float]) -> dict:
    return {
        "engine": engine,
        "model": kind,
        "rows a second": round(n_rows / took["iris_py"]),
        "scikit-learn": round(n_rows / took["scikit-learn"]),
        "times": round(took["scikit-learn"] / took["iris_py"], 1),
    }


if __name__ == "__main__":
    main()

"""The same rows in each engine: the bits of a call here, every row once, also where a worker is killed."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pytest
import test_pages as pages

METHODS = ["predict", "predict_proba"]
COLUMNS = ["id", "prediction", "probability_high"]
# Clusters start slowly on a machine that is busy.
LIMIT = 600
PAGES = sorted((pages.ROOT / "docs/src/how-to/engines").glob("*.md"))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_what_its_page_says_to_type(page: Path, tmp_path: Path) -> None:
    pages.typed(str(page.relative_to(pages.ROOT)), tmp_path, LIMIT)


def test_pandas(predictor, parquet, check) -> None:
    import pandas

    answered = predictor.predict_arrow(pandas.read_parquet(parquet), METHODS)
    check(*(answered[name] for name in COLUMNS))


def test_polars(predictor, parquet, check) -> None:
    import polars

    query = polars.scan_parquet(parquet)
    schema = {**query.collect_schema(), "prediction": polars.String}
    schema |= {f"probability_{label}": polars.Float64 for label in predictor.classes_}
    answered = query.map_batches(
        lambda frame: predictor.predict_arrow(frame, METHODS), schema=schema, streamable=True
    ).collect(engine="streaming")
    check(*(answered[name].to_list() for name in COLUMNS))


def test_duckdb(predictor, parquet, check) -> None:
    import duckdb

    # A connection has one open result at a time, so what reads is another than what is read from.
    reader = duckdb.connect().sql(f"from '{parquet}'").to_arrow_reader(1000)
    answered = predictor.predict_arrow(reader, METHODS)  # noqa: F841  # DuckDB finds it by its name
    result = duckdb.sql(f"select {', '.join(COLUMNS)} from answered").to_arrow_table()
    check(*(result[name].to_pylist() for name in COLUMNS))


def test_duckdb_answers_null_to_what_the_model_does_not_take() -> None:
    import duckdb
    from iris_py import Predictor

    iris = Predictor()

    def species(a, b, c, d):
        table = pa.table([a, b, c, d], names=list(iris.feature_names_in_))
        return iris.predict_arrow(table, keep=False, on_error="null")["prediction"]

    database = duckdb.connect()
    database.create_function(
        "species", species, ["DOUBLE"] * 4, "VARCHAR", type="arrow", null_handling="special"
    )
    found = database.sql(
        "select species(a, 3.5, 1.4, 0.2) from (values (5.1), (null), (5.0)) t(a)"
    ).fetchall()
    assert found == [("setosa",), (None,), ("setosa",)]


def test_dask_in_processes(predictor, parquet, check) -> None:
    import dask
    import dask.dataframe

    frame = dask.dataframe.read_parquet(parquet, split_row_groups=True)
    meta = predictor.predict_arrow(frame._meta_nonempty, METHODS).iloc[:0]
    with dask.config.set(scheduler="processes", num_workers=2):
        answered = frame.map_partitions(predictor.predict_arrow, METHODS, meta=meta).compute()
    check(*(answered[name] for name in COLUMNS))


@pytest.mark.filterwarnings("ignore:.* is deprecated:DeprecationWarning")
def test_ray_with_a_worker_that_is_killed(predictor, parquet, check, tmp_path) -> None:
    import ray

    ray.init(
        _node_ip_address="127.0.0.1",
        num_cpus=2,
        include_dashboard=False,
        log_to_driver=False,
        logging_level="error",
    )
    killed = tmp_path / "killed"
    die_once = dying(killed)

    def answer(batch: pa.Table) -> pa.Table:
        die_once()
        return predictor.predict_arrow(batch, METHODS)

    try:
        data = ray.data.read_parquet(parquet, override_num_blocks=4)
        answered = data.map_batches(answer, batch_format="pyarrow", batch_size=1000)
        tables = [
            pa.table({name: batch[name] for name in COLUMNS})
            for batch in answered.iter_batches(batch_format="pyarrow")
        ]
    finally:
        ray.shutdown()
    assert killed.exists()
    answered = pa.concat_tables(tables)
    check(*(answered[name].to_pylist() for name in COLUMNS))


@pytest.fixture(scope="module")
def spark():
    from pyspark.sql import SparkSession

    builder = SparkSession.builder.master("local[2,4]").config("spark.ui.enabled", False)
    builder = builder.config("spark.sql.execution.arrow.maxRecordsPerBatch", 1000)
    builder = builder.config("spark.sql.files.maxPartitionBytes", "64k")
    session = builder.getOrCreate()
    session.sparkContext.setLogLevel("OFF")
    yield session
    session.stop()


@pytest.mark.filterwarnings("ignore:PySpark does not yet fully support pandas:FutureWarning")
def test_spark_with_a_worker_that_is_killed(predictor, parquet, check, spark, tmp_path) -> None:
    from pyspark.sql.types import DoubleType, StringType, StructField, StructType

    shared = spark.sparkContext.broadcast(predictor)
    killed = tmp_path / "killed"
    die_once = dying(killed)

    def answer(batches):
        for batch in batches:
            die_once()
            yield shared.value.predict_arrow(batch, METHODS)

    frame = spark.read.parquet(parquet).repartition(4)
    fields = [StructField("prediction", StringType())]
    fields += [StructField(f"probability_{label}", DoubleType()) for label in predictor.classes_]
    answered = frame.mapInArrow(answer, StructType([*frame.schema, *fields])).select(COLUMNS).toArrow()
    assert killed.exists()
    check(*(answered[name].to_pylist() for name in COLUMNS))


def dying(killed: Path) -> Callable[[], None]:
    """Ends a process as a machine that is taken away does, the first one that calls it.

    It is made here so that it goes to workers as it is: they do not have this module.
    """

    def die_once() -> None:
        try:
            killed.touch(exist_ok=False)
        except FileExistsError:
            return
        os._exit(9)

    return die_once

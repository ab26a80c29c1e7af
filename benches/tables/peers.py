"""What is done without `iris-server predict`: `peers.py pandas|polars MODEL ROWS OUTPUT` prints its seconds."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path


def with_pandas() -> Callable[[str, str, str], None]:
    import joblib
    import pandas as pd

    def answer(model: str, rows: str, output: str) -> None:
        is_csv = Path(rows).suffix == ".csv"
        frame = pd.read_csv(rows) if is_csv else pd.read_parquet(rows)
        answers = pd.DataFrame({"prediction": joblib.load(model).predict(frame)})
        if is_csv:
            answers.to_csv(output, index=False)
        else:
            answers.to_parquet(output, index=False)

    # Part of what is imported, not of what is measured.
    import sklearn.linear_model
    import sklearn.pipeline
    import sklearn.preprocessing  # noqa: F401

    return answer


def with_polars() -> Callable[[str, str, str], None]:
    import polars as pl
    from iris_py import Predictor

    def answer(model: str, rows: str, output: str) -> None:
        is_csv = Path(rows).suffix == ".csv"
        frame = pl.read_csv(rows) if is_csv else pl.read_parquet(rows)
        answers = pl.DataFrame({"prediction": Predictor.load(model).predict(frame)})
        if is_csv:
            answers.write_csv(output)
        else:
            answers.write_parquet(output)

    return answer


if __name__ == "__main__":
    participant, *paths = sys.argv[1:]
    answer = {"pandas": with_pandas, "polars": with_polars}[participant]()
    begin = time.perf_counter()
    answer(*paths)
    print(time.perf_counter() - begin)

"""Tables as JSON holds them, and back as numpy and pandas have them. Runs in every environment."""

import numpy as np
import pandas as pd


def kinds(table):
    """Name and kind of each column of a frame; None for an array."""
    if not hasattr(table, "columns"):
        return None
    return [[name, _kind(table[name])] for name in table.columns]


def _kind(column):
    dtype = column.dtype
    if isinstance(dtype, pd.CategoricalDtype):
        return "category"
    if str(dtype) in ("Int64", "int64", "float64", "bool"):
        return str(dtype)
    return "object" if any(value is None for value in column) else "text"


def to_rows(table):
    """Lists of Python's own values; what is missing in a column that is not of floats is None."""
    if not hasattr(table, "columns"):
        return np.asarray(table, dtype=float).tolist()
    columns = []
    for name, kind in kinds(table):
        values = table[name].tolist()
        if kind != "float64":
            values = [
                None if pd.isna(value) else int(value) if kind == "Int64" else value for value in values
            ]
        columns.append(values)
    return [list(row) for row in zip(*columns)]


def to_table(columns, rows):
    """The frame that has these kinds, or an array."""
    if columns is None:
        return np.array(rows, dtype=float)
    return pd.DataFrame(
        {name: _column(kind, [row[i] for row in rows]) for i, (name, kind) in enumerate(columns)}
    )


def to_records(table):
    """A dictionary for each row; what is missing has no name in it."""
    rows = [dict(zip(table.columns, row)) for row in to_rows(table)]
    return [{name: value for name, value in row.items() if not pd.isna(value)} for row in rows]


def _column(kind, values):
    if kind == "text":
        # Missing as NaN, as who reads a CSV has it; the type is what this pandas gives to strings.
        return pd.Series([np.nan if value is None else value for value in values])
    return pd.Series(values, dtype="float64" if kind == "float64" else kind)

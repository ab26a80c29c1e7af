"""Tables of numbers that are not numpy's arrays, made such arrays."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from iris_py._iris_py import InputError


def to_array(table: Any, names: Sequence[str]) -> NDArray[np.float64]:
    """A two-dimensional array, its columns in the order of `names` where the table names its own."""
    if hasattr(table, "columns") and hasattr(table, "to_numpy"):
        return _frame(table, names)
    if hasattr(table, "__arrow_c_stream__"):
        return _arrow(table, names)
    if type(table).__module__.startswith("scipy.sparse"):
        raise TypeError("Sparse data was passed for X, but dense data is required. Use '.toarray()'.")
    if (columns := records(table, names)) is not None:
        return _floats(lambda: np.array(list(columns.values()), dtype=np.float64).T)
    return _array(table)


def records(table: Any, names: Sequence[str]) -> dict[str, list[Any]] | None:
    """The columns of a list of dictionaries, in which what one of these does not have is missing."""
    is_list = isinstance(table, list | tuple) and len(table) > 0
    if not is_list or not all(isinstance(row, Mapping) for row in table):
        return None
    known = set(names)
    if extra := {name for row in table for name in row} - known:
        raise InputError(difference([*names, *extra], names))
    return {name: [row.get(name) for row in table] for name in names}


def _array(table: Any) -> NDArray[np.float64]:
    array = np.asarray(table)
    if np.iscomplexobj(array):
        raise InputError(f"Complex data not supported: X is of {array.dtype}")
    if array.dtype.kind in "mM":
        raise TypeError(f"X holds {array.dtype}, which are no numbers")
    if array.ndim != 2:
        raise InputError(wrong_dimensions(array))
    return _floats(lambda: array)


def wrong_dimensions(array: NDArray[Any]) -> str:
    found = {0: "scalar array", 1: "1D array"}.get(array.ndim, f"array of {array.ndim} dimensions")
    advice = "For a single row there is predict_one; or use array.reshape(1, -1)." if array.ndim == 1 else ""
    return f"Expected 2D array (rows by features), got {found} instead. Reshape your data. {advice}".rstrip()


def _arrow(stream: Any, names: Sequence[str]) -> NDArray[np.float64]:
    """Read by whatever library is there that reads Arrow's streams; a single column is no table."""
    if len(getattr(stream, "shape", (0, 0))) == 1:
        return _array(stream)
    try:
        import pyarrow
    except ImportError:
        try:
            import polars
        except ImportError:
            raise ImportError("an Arrow stream is read by pyarrow or polars: pip install pyarrow") from None
        return _frame(polars.DataFrame(stream), names)
    try:
        table = pyarrow.table(stream)
    except pyarrow.ArrowInvalid:
        return _array(stream)
    order = _in_order(table.column_names, names)
    for name in order:
        check_column(name, table.schema.field(name).type, pyarrow.types.is_temporal)
    return _floats(lambda: np.column_stack([table.column(name).to_numpy() for name in order]))


def _frame(frame: Any, names: Sequence[str]) -> NDArray[np.float64]:
    chosen = frame[_in_order(list(frame.columns), names)]
    for name, dtype in zip(chosen.columns, chosen.dtypes, strict=True):
        check_column(name, dtype, is_temporal)
    if type(frame).__module__.startswith("pandas"):
        # A nullable column has pandas' own NA where others have NaN.
        return _floats(lambda: chosen.to_numpy(dtype=np.float64, na_value=np.nan))
    return _floats(chosen.to_numpy)


def check_column(name: Any, dtype: Any, is_temporal: Callable[[Any], bool]) -> None:
    """Points in time would become nanoseconds, or other counts, without a word."""
    if is_temporal(dtype):
        raise TypeError(f"{name} is a column of {dtype}, which are no numbers")


def is_temporal(dtype: Any) -> bool:
    """Whether a type of pandas' or of polars' is of dates, times or durations."""
    return getattr(dtype, "kind", None) in ("m", "M") or getattr(dtype, "is_temporal", bool)()


def _floats(numbers: Callable[[], NDArray[Any]]) -> NDArray[np.float64]:
    try:
        return np.asarray(numbers(), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"X holds what is no number: {error}") from None


def _in_order(columns: list[Any], names: Sequence[str]) -> list[Any]:
    """The frame's columns in the order of the features."""
    if sorted(columns, key=str) == sorted(names):
        return list(names)
    unnamed = list(names) == [f"x{index}" for index in range(len(names))]
    if unnamed or not any(isinstance(column, str) for column in columns):
        # Without names on one side, only the positions can be meant.
        return columns
    raise InputError(difference(columns, names))


def difference(columns: Sequence[Any], names: Sequence[str]) -> str:
    lines = ["The feature names should match those that were passed during fit."]
    extra = [str(column) for column in columns if column not in names]
    missing = [name for name in names if name not in columns]
    twice = sorted({str(column) for column in columns if columns.count(column) > 1})
    for title, found in [
        ("Feature names unseen at fit time:", extra),
        ("Feature names seen at fit time, yet now missing:", missing),
        ("Feature names given twice:", twice),
    ]:
        if found:
            lines += [title, *(f"- {name}" for name in found[:5])]
            lines += [f"- … and {len(found) - 5} more"] * (len(found) > 5)
    return "\n".join(lines)

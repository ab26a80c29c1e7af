"""Tables with columns of texts, made arrays of numbers in which codes stand for the texts."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from iris_py._inputs import check_column, difference, is_temporal, records, wrong_dimensions
from iris_py._iris_py import InputError

# Rows of Arrow's texts from which on pandas' way of finding each once costs less than a list.
_MANY = 4096


class Column(Protocol):
    """A column of the model."""

    name: str
    is_text: bool
    is_free: bool
    is_used: bool

    def encode(self, values: Any) -> NDArray[np.float64]: ...


def to_array(table: Any, columns: Sequence[Column]) -> NDArray[np.float64]:
    """A two-dimensional array, its columns in the order of the model's."""
    if len(columns) == 1 and columns[0].is_free and _is_list(table):
        # As scikit-learn's vectorizers take texts: one behind the other, and no table.
        return _filled(len(table), columns, lambda _, index: table)
    if len(getattr(table, "shape", (0, 0))) == 1:
        raise InputError(wrong_dimensions(np.asarray(table)))
    if hasattr(table, "columns") and hasattr(table, "dtypes"):
        names, take, height = list(table.columns), table.__getitem__, len(table)
    elif hasattr(table, "__arrow_c_stream__"):
        return to_array(_arrow(table), columns)
    elif (found := records(table, [column.name for column in columns])) is not None:
        return _filled(len(table), columns, lambda column, _: found[column.name])
    else:
        return _positional(table, columns)
    if len(names) == len(columns) and [column.name for column in columns] == _unnamed(len(columns)):
        # The model knows no names, so that only the positions can be meant.
        return _filled(height, columns, lambda _, index: take(names[index]))
    _check_names(names, columns)
    return _filled(height, columns, lambda column, _: take(column.name))


def _is_list(table: Any) -> bool:
    """Whether it is a list of texts, an array or a column of a frame."""
    if hasattr(table, "shape"):
        return len(table.shape) == 1
    return isinstance(table, list | tuple) and all(text is None or isinstance(text, str) for text in table)


def _unnamed(n_columns: int) -> list[str]:
    """The names of columns that have none."""
    return [f"x{index}" for index in range(n_columns)]


def _arrow(stream: Any) -> Any:
    """A frame of whatever library is there that reads Arrow's streams."""
    try:
        import polars
    except ImportError:
        try:
            import pyarrow
        except ImportError:
            raise ImportError("an Arrow stream is read by pyarrow or polars: pip install pyarrow") from None
        return _ArrowFrame(pyarrow.table(stream))
    try:
        return polars.DataFrame(stream)
    except polars.exceptions.SchemaError:
        # A column alone.
        raise InputError(wrong_dimensions(np.asarray(stream))) from None


class _ArrowFrame:
    """pyarrow's table with the little of a frame that is used here."""

    def __init__(self, table: Any) -> None:
        self.columns, self.dtypes = table.column_names, table.schema.types
        self._table = table

    def __len__(self) -> int:
        return int(self._table.num_rows)

    def __getitem__(self, name: str) -> NDArray[Any]:
        column = self._table.column(name)
        values = np.empty(len(column), dtype=object)
        values[:] = column.to_pylist()
        return values


def _positional(table: Any, columns: Sequence[Column]) -> NDArray[np.float64]:
    array = np.asarray(table, dtype=object)
    if array.ndim != 2:
        raise InputError(wrong_dimensions(array))
    if array.shape[1] != len(columns):
        names = ", ".join(column.name for column in columns)
        expected = f"Predictor is expecting {len(columns)} features as input ({names})"
        raise InputError(f"X has {array.shape[1]} features, but {expected}")
    return _filled(len(array), columns, lambda _, index: array[:, index])


def _check_names(names: list[Any], columns: Sequence[Column]) -> None:
    known = [column.name for column in columns]
    needed = {column.name for column in columns if column.is_used}
    if needed <= set(names) <= set(known) and len(set(names)) == len(names):
        return
    raise InputError(difference(names, known))


def _filled(
    height: int, columns: Sequence[Column], values: Callable[[Column, int], Any]
) -> NDArray[np.float64]:
    array = np.full((height, len(columns)), np.nan)
    for index, column in enumerate(columns):
        if not column.is_used:
            continue
        given = values(column, index)
        array[:, index] = _texts(given, column) if column.is_text else _numbers(given, column.name)
    return array


def _texts(values: Any, column: Column) -> NDArray[np.float64]:
    check_column(column.name, getattr(values, "dtype", None), is_temporal)
    if (found := _found(values)) is not None:
        # A text that is refused is met again below, where its row is known.
        with suppress(InputError):
            return _by_code(*found, column)
    for to_list in ("to_list", "tolist"):
        if hasattr(values, to_list):
            return column.encode(getattr(values, to_list)())
    return column.encode(values)


def _found(values: Any) -> tuple[NDArray[Any], Any] | None:
    """Which text each row has, and the texts, each once, where pandas knows them or soon finds out."""
    categories = getattr(getattr(values, "cat", None), "categories", None)
    if categories is not None and hasattr(values.cat, "codes"):
        return values.cat.codes.to_numpy(), categories
    dtype = getattr(values, "dtype", None)
    arrow = str(getattr(dtype, "pyarrow_dtype", ""))
    if getattr(dtype, "storage", None) == "pyarrow" or arrow in ("string", "large_string"):
        # Arrow compares bytes, while a list has an object of its own for every row.
        return values.factorize() if len(values) >= _MANY else None
    return None


def _by_code(codes: NDArray[Any], texts: Any, column: Column) -> NDArray[np.float64]:
    """Each text that a row has is looked up once; the code of what is missing is -1, the last."""
    present = np.zeros(len(texts) + 1, dtype=bool)
    present[codes] = True
    of_text = np.full(len(texts) + 1, np.nan)
    of_text[:-1][present[:-1]] = column.encode(texts[present[:-1]].astype(object).tolist())
    by_row: NDArray[np.float64] = of_text[codes]
    return by_row


def _numbers(values: Any, name: str) -> NDArray[np.float64]:
    check_column(name, getattr(values, "dtype", None), is_temporal)
    try:
        if type(values).__module__.startswith("pandas"):
            # A nullable column has pandas' own NA where others have NaN.
            return np.asarray(values.to_numpy(dtype=np.float64, na_value=np.nan))
        return np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(f"{name} holds what is no number: {error}") from None

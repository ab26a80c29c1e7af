"""Arrow's streams as the kind of table that somebody works with."""

from __future__ import annotations

import sys
from typing import Any

from iris_py._iris_py import ArrowStream


def is_lazy(table: Any) -> bool:
    """Whether its batches are made as they are asked for, perhaps without an end."""
    return _is(table, "pyarrow", "RecordBatchReader")


def like(table: Any, stream: ArrowStream) -> Any:
    """The stream as a table of the kind that `table` is; one of pyarrow's for what has no way back."""
    if _is(table, "polars", "DataFrame"):
        return sys.modules["polars"].DataFrame(stream)
    if _is(table, "pandas", "DataFrame"):
        return _frame(table, _pyarrow().table(stream))
    pyarrow = _pyarrow()
    if pyarrow is None:
        return stream
    if is_lazy(table):
        return pyarrow.RecordBatchReader.from_stream(stream)
    if _is(table, "pyarrow", "RecordBatch"):
        return pyarrow.RecordBatchReader.from_stream(stream).read_next_batch()
    return pyarrow.table(stream)


def _frame(frame: Any, answered: Any) -> Any:
    """What was kept of a frame of pandas' is the frame's own, with its types and index."""
    kept = frame[[name for name in frame.columns if name in answered.column_names]]
    new = [
        name
        for name in answered.column_names
        if name not in kept.columns and not name.startswith("__index_level_")
    ]
    return kept.assign(**{name: answered[name].to_pandas().set_axis(frame.index) for name in new})


def _is(table: Any, library: str, name: str) -> bool:
    # Who holds such a table has imported its library.
    kind = getattr(sys.modules.get(library), name, None)
    return kind is not None and isinstance(table, kind)


def _pyarrow() -> Any:
    try:
        import pyarrow
    except ImportError:
        return None
    return pyarrow

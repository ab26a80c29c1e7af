"""The rows that a fitted model is asked: some of its data, and rows at the edges."""

import math

import numpy as np

import splits
import thresholds
from frames import kinds, to_rows

DATA_ROWS = 24
EDGE_ROWS = 72
FOREST_ROWS = 200
LEARNT = ("data_min_", "data_max_", "mean_", "center_", "statistics_", "variances_")


def asked(table, step):
    """Rows of the data, then pairs of a tag and a row. `step` is what sees the columns first."""
    rows = to_rows(table)
    few = rows[:: max(1, len(rows) // DATA_ROWS)][:DATA_ROWS]
    found = [edges(table, rows, step, index) for index in range(len(rows[0]))]
    edge_rows = []
    most = EDGE_ROWS
    if thresholds.is_booster(step):
        most = thresholds.MANY
    elif splits.is_forest(step):
        most = FOREST_ROWS
    # In turn, so that a limit cuts all columns alike.
    for depth in range(max(map(len, found))):
        for index, column in enumerate(found):
            if depth < len(column) and len(edge_rows) < most:
                tag, value = column[depth]
                row = list(rows[(17 * len(edge_rows)) % len(rows)])
                row[index] = value
                edge_rows.append((tag, row))
    if kinds(table) is None:
        edge_rows += [("", [0.0] * len(rows[0])), ("", [-0.0] * len(rows[0]))]
    return few, edge_rows


def edges(table, rows, step, index):
    """Values for one column; "unknown" and "missing" ones must be refused if scikit-learn refuses them."""
    columns = kinds(table)
    kind = "float64" if columns is None else columns[index][1]
    if kind in ("text", "object", "category"):
        return [("unknown", "Atlantis"), ("missing", None), ("unknown", ""), ("unknown", "oslo")]
    if kind == "bool":
        return [("", True), ("", False)]
    if kind in ("int64", "Int64"):
        return [("missing", None)] * (kind == "Int64") + [
            ("unknown", 77),
            ("", 0),
            ("unknown", -3),
            ("unknown", 10**9),
        ]
    values = [("missing", math.nan), ("unknown", 0.0), ("unknown", -0.0)]
    if thresholds.is_booster(step):
        own = [row[index] for row in rows if not math.isnan(row[index])]
        strange = [-1.0, 0.5, 1.0, 1.5, 2.0, 31.0, 32.0, 1e6, 2.0**31, 1e30, -1e30, 5e-324, 1e-35, 1e300]
        near = [*thresholds.beside(step, index), min(own), max(own), *strange]
        return [
            *values,
            ("infinite", math.inf),
            ("infinite", -math.inf),
            *(("unknown", each) for each in near),
        ]
    for value in learnt(rows, step, index):
        values += [("unknown", near) for near in (value, *np.nextafter(value, [-np.inf, np.inf]).tolist())]
    return [*values[:9], ("huge", 1e30), ("huge", -1e30), ("huge", 5e-324), ("huge", 1e300), *values[9:]]


def learnt(rows, step, index):
    """The numbers of one column at which what was fitted turns, and its least and largest."""
    own = sorted({row[index] for row in rows if not math.isnan(row[index])})
    found = splits.of(step, index)
    for name in ("bin_edges_", "categories_", "_encodings"):
        each = getattr(step, name, None)
        if each is not None and len(each) > index and np.asarray(each[index]).dtype.kind in "iuf":
            found += np.asarray(each[index], dtype=float).tolist()
    splines = getattr(step, "bsplines_", None)
    if splines is not None:
        spline = splines[index]
        found += spline.t[spline.k : len(spline.t) - spline.k].tolist()
    quantiles = getattr(step, "quantiles_", None)
    if np.ndim(quantiles) == 2 and quantiles.shape[1] > index:
        found += quantiles[::3, index].tolist()
    for name in LEARNT:
        learnt = getattr(step, name, None)
        if np.ndim(learnt) == 1 and len(learnt) > index and np.asarray(learnt).dtype.kind in "iuf":
            found.append(float(learnt[index]))
    threshold = getattr(step, "threshold", None)
    if isinstance(threshold, float):
        found.append(threshold)
    found += own[:1] + own[-1:]
    return [value for value in dict.fromkeys(found) if math.isfinite(value)]

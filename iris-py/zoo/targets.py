"""Targets of every type, from a data set's own."""

import numpy as np

from data import amounts

NAMES = np.array(["b", "c", "ä ö"])


def target(rows, y, wanted):
    """What a case asks for: see `Case.target`."""
    if wanted in ("number", "numbers", "amount", "count"):
        own = len(np.unique(y)) > 5
        y = y if own and wanted != "amount" else amounts(rows, np.clip(y, 0, 5))
        if wanted == "numbers":
            return np.column_stack([y, np.log(y), np.sqrt(y)])
        return np.rint(y).astype(int) if wanted == "count" else y
    classes = np.unique(y, return_inverse=True)[1] % 3
    if wanted == "labels":
        return np.column_stack([classes == 1, classes >= 1, np.arange(len(y)) % 5 < 2]).astype(int)
    if wanted == "outputs":
        return np.column_stack([NAMES[classes], np.where(classes > 0, "more", "less")])
    number, kind = wanted.split()
    if number == "two":
        classes = (classes > 0).astype(int) if len(np.unique(classes)) > 2 else classes
    return _labels(classes, kind, number)


def _labels(classes, kind, number):
    if kind == "code":
        return classes
    if kind == "bool":
        return classes == 1
    if kind == "float":
        return classes.astype(float) * 2 - 1
    if kind == "str":
        return NAMES[classes]
    if kind == "object":
        return NAMES[classes].astype(object)
    # Neither from 0 nor without gaps, unless there are two.
    return classes if number == "two" else np.array([1, 4, 3])[classes]

"""Which of many rows can be asked: those at which nothing fails."""

import numpy as np


def finite(said):
    """Whether no number in it is missing or infinite."""
    if isinstance(said, dict):
        return all(map(finite, said.values()))
    if isinstance(said, list):
        return all(map(finite, said))
    return not isinstance(said, float) or np.isfinite(said)


def sift(rows, fails):
    """Rows at which nothing fails, and the others with what was said; what fails is asked by halves."""
    if not rows:
        return [], []
    said = fails([row for _, row in rows])
    if said is None:
        return rows, []
    if len(rows) == 1:
        return [], [(*rows[0], said)]
    half = len(rows) // 2
    (left, wrong), (right, more) = sift(rows[:half], fails), sift(rows[half:], fails)
    return left + right, wrong + more

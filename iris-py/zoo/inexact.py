"""What cannot be the same to 1e-12: cases in which scikit-learn's own digits are not determined, and why."""

from __future__ import annotations

WHY = {
    'KNNImputer(n_neighbors=2, weights="distance")': "weights by distances whose digits cancel",
    "KNNImputer(missing_values=0)": "equal distances, among which numpy's partition chooses freely",
    "mixed() | Lars(): ": "columns that add up to each other, so that coefficients of 1e12 cancel",
    "mixed() | NearestCentroid(): kinds": "the digits of the distances cancel in scikit-learn's own formula",
    "PowerTransformer() | identity: zeros": "a spread of 1e-9, in which the last digit of a power counts",
}
"""By how the titles begin."""


def is_known(title: str) -> bool:
    """Whether an answer that differs is one of these."""
    return title.startswith(tuple(WHY))

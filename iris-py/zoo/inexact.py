"""What cannot be the same to 1e-12: cases in which scikit-learn's own digits are not determined, and why."""

from __future__ import annotations

WHY = {
    'XGBClassifier(objective="multi:softmax", booster="gblinear")': "numpy's own exponential",
    'LGBMClassifier(objective="cross_entropy': "its own file has no classes, so it answers a number",
    'CatBoostClassifier(cat_features=["city", "size", "street"], one_hot_max_size=1, simple_ctr=["Bin': (
        "CatBoost's JSON of this statistic, loaded by itself, answers otherwise than its cbm does"
    ),
    'KNNImputer(n_neighbors=2, weights="distance")': "weights by distances whose digits cancel",
    "KNNImputer(missing_values=0)": "equal distances, among which numpy's partition chooses freely",
    "mixed() | Lars(): ": "columns that add up to each other, so that coefficients of 1e12 cancel",
    "mixed() | NearestCentroid(): kinds": "the digits of the distances cancel in scikit-learn's own formula",
    "PowerTransformer() | identity: zeros": "a spread of 1e-9, in which the last digit of a power counts",
}
"""By how the titles begin."""

IN_SINGLE = "LightGBM before 4 hands frames with truth values on in single precision, whatever the model says"
"""Why LightGBM's answers to the frames `stocked` differ by release."""


def is_known(title: str) -> bool:
    """Whether an answer that differs is one of these."""
    of_frame = title.startswith("LGBM") and ": stocked" in title
    return title.startswith(tuple(WHY)) or of_frame

"""Every case, by what it is about."""

from . import (
    catboost,
    classifiers,
    compose,
    decomposition,
    encoders,
    imputers,
    kernels,
    lightgbm,
    meta,
    probabilities,
    regressors,
    scalers,
    selectors,
    texts,
    trees,
    xgboost,
)

GROUPS = [
    classifiers,
    regressors,
    scalers,
    encoders,
    imputers,
    selectors,
    decomposition,
    compose,
    meta,
    trees,
    kernels,
    probabilities,
    xgboost,
    lightgbm,
    catboost,
    texts,
]


def cases():
    """In an order that stays the same, each once."""
    found = [case for group in GROUPS for case in group.CASES]
    titles = [case.title for case in found]
    assert len(titles) == len(set(titles)), sorted(title for title in titles if titles.count(title) > 1)
    return found

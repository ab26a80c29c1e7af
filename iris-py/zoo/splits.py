"""Where the trees of an estimator ask: the thresholds of one column, and what lies beside them in f32."""

import numpy as np

MOST = 6


def is_forest(step):
    """Whether it is a tree, or asks several."""
    return bool(_trees(step))


def of(step, index):
    """Thresholds of a column, spread over all that there are; each also as the trees see it."""
    found = sorted({threshold for tree in _trees(step) for threshold in tree(index)})
    found = found[:: max(1, len(found) // MOST)][:MOST]
    near = []
    for threshold in found:
        with np.errstate(all="ignore"):
            single = np.float32(threshold)
        near += [
            threshold,
            float(single),
            *(float(np.nextafter(single, np.float32(end))) for end in (-np.inf, np.inf)),
        ]
    return [value for value in dict.fromkeys(near) if np.isfinite(value)]


def _trees(step):
    """A function from a column to thresholds for each tree."""
    if hasattr(step, "_predictors"):
        return [
            lambda index, nodes=tree.nodes: nodes["num_threshold"][
                (nodes["feature_idx"] == index) & (nodes["is_leaf"] == 0)
            ]
            for stage in step._predictors
            for tree in stage
        ]
    if hasattr(step, "tree_"):
        return [lambda index: step.tree_.threshold[step.tree_.feature == index]]
    members = [*flat(getattr(step, "estimators_", []))]
    return [tree for member in members if hasattr(member, "tree_") for tree in _trees(member)]


def flat(members):
    """Members of a list or of a table; a pipeline is one, though it has a length."""
    for each in members:
        if isinstance(each, (list, np.ndarray)):  # noqa: UP038 - Python 3.8 is among those that ask
            yield from flat(each)
        else:
            yield each

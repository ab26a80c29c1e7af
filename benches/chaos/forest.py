"""Forests that make requests dear: as LightGBM writes them, made by chance."""

from __future__ import annotations

import random
from pathlib import Path

import bench_lab as lab

N_FEATURES = 10
N_TREES = 16_000
DEPTH = 6
# A core's own cache holds this one. What the other takes depends on who else uses the machine's memory.
N_SMALL_TREES = 4_000
SMALL_DEPTH = 3
# Of the small one, so many take about a millisecond.
ROWS_OF_A_MILLISECOND = 80
FOLDER = lab.REPOSITORY / "target" / "chaos"


def small_model() -> Path:
    """The file of the one that a core's cache holds."""
    return dear_model(N_SMALL_TREES, depth=SMALL_DEPTH)


def dear_model(n_trees: int = N_TREES, n_features: int = N_FEATURES, depth: int = DEPTH) -> Path:
    """The file of one of which a row takes about a millisecond; made once."""
    path = FOLDER / f"forest-{n_trees}-{n_features}-{depth}.txt"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        source = random.Random(19)
        trees = [tree(number, source, n_features, depth) for number in range(n_trees)]
        part.write_text(header(n_features) + "".join(trees) + "end of trees\n\npandas_categorical:null\n")
        part.rename(path)
    return path


def header(n_features: int) -> str:
    names = " ".join(f"x{n}" for n in range(n_features))
    ranges = " ".join(["[0:8]"] * n_features)
    lines = ["tree", "version=v4", "num_class=1", "num_tree_per_iteration=1", "label_index=0"]
    lines += [f"max_feature_idx={n_features - 1}", "objective=regression", f"feature_names={names}"]
    return "\n".join([*lines, f"feature_infos={ranges}", "", ""])


def tree(number: int, source: random.Random, n_features: int, depth: int) -> str:
    """A balanced tree: below question n are 2n + 1 and 2n + 2, and leaves where there are no more."""
    n_leaves = 1 << depth
    questions = range(n_leaves - 1)

    def child(index: int) -> int:
        return index if index < n_leaves - 1 else n_leaves - 2 - index

    columns = {
        "split_feature": [source.randrange(n_features) for _ in questions],
        "split_gain": [1] * len(questions),
        "threshold": [round(source.uniform(0, 8), 3) for _ in questions],
        "decision_type": [2] * len(questions),
        "left_child": [child(2 * index + 1) for index in questions],
        "right_child": [child(2 * index + 2) for index in questions],
        "leaf_value": [round(source.uniform(-1, 1), 4) for _ in range(n_leaves)],
    }
    lines = [f"Tree={number}", f"num_leaves={n_leaves}", "num_cat=0"]
    lines += [f"{name}={' '.join(map(str, values))}" for name, values in columns.items()]
    return "\n".join([*lines, "is_linear=0", "shrinkage=1", "", "", ""])

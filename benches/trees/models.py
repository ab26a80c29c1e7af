"""The forests that are measured: trained once, and kept under a folder."""

from __future__ import annotations

import pickle
from dataclasses import dataclass
from pathlib import Path

import numpy as np

N_TRAINING_ROWS = 20_000
# As many as the largest call has, and more than the caches hold.
N_ROWS = 100_000


@dataclass(frozen=True)
class Forest:
    """What is trained."""

    library: str
    n_trees: int
    shape: str
    n_features: int

    @property
    def table(self) -> tuple[str, str, int]:
        """What a table's forests have in common."""
        return self.library, self.shape, self.n_features

    @property
    def name(self) -> str:
        return f"{self.library}-{self.n_trees}-{self.shape}-{self.n_features}".replace(" ", "_")


# The library whose habit each shape is.
SHAPES = {
    "31 leaves": "lightgbm",
    "depth 6": "xgboost",
    "oblivious 6": "catboost",
    "depth 16": "sklearn",
    "unlimited": "sklearn",
}
SUFFIXES = {"lightgbm": "txt", "xgboost": "json", "catboost": "cbm", "sklearn": "pkl"}


def forests(quick: bool) -> list[Forest]:
    """Every forest; deep ones are not made of 1,000 trees, which are gigabytes."""
    made = []
    for shape, library in SHAPES.items():
        is_deep = shape in ("depth 16", "unlimited")
        for n_trees in (100,) if quick else (10, 100) if is_deep else (10, 100, 1000):
            made.append(Forest(library, n_trees, shape, 10))
        if not quick:
            made.append(Forest(library, 100, shape, 200))
    return made


def rows(n: int, n_features: int, seed: int) -> np.ndarray:
    """Rows of single precision, whose every library's comparison is the same."""
    return np.random.default_rng(seed).normal(size=(n, n_features)).astype(np.float32)


def train(forest: Forest, folder: Path) -> Path:
    """The file of the model, made if it is not there."""
    path = folder / f"{forest.name}.{SUFFIXES[forest.library]}"
    if path.exists():
        return path
    x = rows(N_TRAINING_ROWS, forest.n_features, seed=0)
    y = np.sin(2 * x[:, 0]) * 3 + x[:, 1] * x[:, 2] + x.sum(axis=1) / np.sqrt(forest.n_features)
    y += np.random.default_rng(1).normal(size=len(x)) * 0.5
    globals()[f"_train_{forest.library}"](forest, x, y, path)
    return path


def _train_lightgbm(forest: Forest, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    import lightgbm

    options = {"num_leaves": 31, "verbose": -1, "num_threads": 1}
    lightgbm.train(options, lightgbm.Dataset(x, y), forest.n_trees).save_model(path)


def _train_xgboost(forest: Forest, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    import xgboost

    options = {"max_depth": 6, "tree_method": "hist", "nthread": 1}
    xgboost.train(options, xgboost.DMatrix(x, y), forest.n_trees).save_model(path)


def _train_catboost(forest: Forest, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    import catboost

    model = catboost.CatBoostRegressor(
        iterations=forest.n_trees, depth=6, thread_count=1, verbose=False, allow_writing_files=False
    )
    model.fit(x, y).save_model(str(path))


def _train_sklearn(forest: Forest, x: np.ndarray, y: np.ndarray, path: Path) -> None:
    from sklearn.ensemble import RandomForestRegressor

    depth = None if forest.shape == "unlimited" else 16
    model = RandomForestRegressor(
        forest.n_trees, max_depth=depth, max_features="sqrt", n_jobs=1, random_state=0
    )
    path.write_bytes(pickle.dumps(model.fit(x, y)))

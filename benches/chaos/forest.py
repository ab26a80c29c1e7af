"""A forest that takes about a millisecond a row, trained once."""

from __future__ import annotations

import subprocess
from pathlib import Path

import bench_lab as lab
import http1

N_FEATURES = 10
N_TREES = 1000
FOLDER = lab.REPOSITORY / "target" / "chaos"
# The Python that makes the project's own models, which has scikit-learn.
PYTHON = lab.REPOSITORY / "target" / "venv" / "bin" / "python"

TRAIN = f"""
import joblib, numpy, sys
from sklearn.ensemble import RandomForestRegressor
random = numpy.random.default_rng(19)
x = random.normal(size=(20_000, {N_FEATURES})).astype(numpy.float32)
y = numpy.sin(2 * x[:, 0]) * 3 + x[:, 1] * x[:, 2] + x.sum(axis=1) + random.normal(size=len(x)) * 0.5
forest = RandomForestRegressor({N_TREES}, max_features="sqrt", max_samples=0.25, n_jobs=1, random_state=0)
joblib.dump(forest.fit(x, y), sys.argv[1])
"""


def dear_model() -> Path:
    """Its file. Raises OSError or CalledProcessError where scikit-learn is not to be had."""
    path = FOLDER / f"forest-{N_TREES}.joblib"
    if not path.exists():
        FOLDER.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        subprocess.run([PYTHON, "-c", TRAIN, part], check=True)
        part.rename(path)
    return path


def iris_model() -> Path:
    """The file of the embedded model."""
    return lab.REPOSITORY / "iris-core" / "models" / "iris.onnx"


def infer_body(n: int) -> bytes:
    data = ",".join(str(value) for row in http1.rows(n, N_FEATURES) for value in row)
    tensor = f'{{"name":"input-0","datatype":"FP64","shape":[{n},{N_FEATURES}],"data":[{data}]}}'
    return f'{{"inputs":[{tensor}]}}'.encode()

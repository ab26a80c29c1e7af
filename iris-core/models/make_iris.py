"""Makes iris.onnx, the model embedded in iris-core: scikit-learn's LogisticRegression on Fisher's Iris data.

`python make_iris.py` writes the file; `--check` compares the committed one with a fresh one.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import onnx
from google.protobuf.message import Message
from numpy.typing import NDArray
from onnx import numpy_helper
from skl2onnx import to_onnx
from skl2onnx.common.data_types import DoubleTensorType
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression

MODEL = Path(__file__).with_name("iris.onnx")
FEATURES = ["sepal_length", "sepal_width", "petal_length", "petal_width"]
DESCRIPTION = (
    "Multinomial logistic regression that tells three species of iris apart by sepal and petal size, "
    "fitted with scikit-learn on the 150 flowers of Fisher's data set."
)
# Correct fits agree to about 1e-12, as measured with five OpenBLAS kernels; a real change is far larger.
TOLERANCE = 1e-8

GOLDEN_ROWS = [
    [5.1, 3.5, 1.4, 0.2],  # the first flower, a setosa; also what a health check asks for
    [7.0, 3.2, 4.7, 1.4],  # a versicolor
    [6.3, 3.3, 6.0, 2.5],  # a virginica
    [6.765352725982666, 2.824432849884033, 4.90852165222168, 1.8131520748138428],  # what the load tests post
    [6.1, 2.8, 4.9, 1.62],  # on the border: versicolor leads virginica by 0.2 %
    [0.0, 0.0, 0.0, 0.0],  # the intercepts alone
    [11.5, -0.4, 12.8, 4.9],  # outside the data: two of the probabilities are almost 0
    [1000.0, -1000.0, 1000.0, 1000.0],  # a softmax that doesn't subtract the maximum overflows here
]


def load() -> tuple[NDArray[np.float64], NDArray[np.str_]]:
    """The 150 flowers bundled with scikit-learn, in cm, and the species of each by name."""
    data = load_iris()
    return data.data.astype(np.float64), data.target_names[data.target]


def fit() -> LogisticRegression:
    """The classifier behind iris.onnx.

    The solver is Newton's. The default, lbfgs, seeks the same optimum but stops when the loss no longer
    moves: whatever its tolerance, its coefficients differ by 1e-5 between CPUs. Newton's agree to 1e-12, so
    that anyone can reproduce the file.
    """
    x, y = load()
    return LogisticRegression(solver="newton-cholesky", tol=1e-10, max_iter=1000).fit(x, y)


def golden(estimator: LogisticRegression, rows: Sequence[Sequence[float]]) -> dict[str, Any]:
    """Rows with scikit-learn's answers to them; the predictor replays them whenever it loads the model."""
    x = np.array(rows, dtype=np.float64)
    return {
        "inputs": x.tolist(),
        "labels": estimator.predict(x).tolist(),
        "decision_function": estimator.decision_function(x).tolist(),
        "probabilities": estimator.predict_proba(x).tolist(),
    }


def training_statistics(x: NDArray[np.float64]) -> dict[str, Any]:
    """What the model has seen, so that a service can tell when its inputs have drifted away from it."""
    return {
        "n_samples": len(x),
        "min": x.min(axis=0).tolist(),
        "max": x.max(axis=0).tolist(),
        "mean": x.mean(axis=0).tolist(),
        "std": x.std(axis=0, ddof=0).tolist(),
    }


def attach_metadata(model: onnx.ModelProto, metadata: dict[str, Any]) -> None:
    """Replaces the `iris.*` entries: strings as they are, all else as JSON, sorted by key."""
    entries = {entry.key: entry.value for entry in model.metadata_props if not entry.key.startswith("iris.")}
    for name, value in metadata.items():
        entries[f"iris.{name}"] = value if isinstance(value, str) else json.dumps(value)
    del model.metadata_props[:]
    for key in sorted(entries):
        model.metadata_props.add(key=key, value=entries[key])


def sort_opsets(model: onnx.ModelProto) -> None:
    """Sorts the operator sets of the file: skl2onnx takes them from a Python set, hence in random order."""
    opsets = sorted(model.opset_import, key=lambda opset: (opset.domain, opset.version))
    del model.opset_import[:]
    model.opset_import.extend(opsets)


def build() -> onnx.ModelProto:
    """The whole file, in memory."""
    estimator = fit()
    x, _ = load()
    model = to_onnx(
        estimator,
        name="iris",  # skl2onnx would otherwise name the graph with a random UUID
        initial_types=[("X", DoubleTensorType([None, len(FEATURES)]))],
        options={"zipmap": False},
    )
    sort_opsets(model)
    model.doc_string = DESCRIPTION
    attach_metadata(
        model,
        {
            "name": "iris",
            "version": "1",
            "description": DESCRIPTION,
            "feature_names": FEATURES,
            "feature_units": ["cm"] * len(FEATURES),
            "training_statistics": training_statistics(x),
            "golden": golden(estimator, GOLDEN_ROWS),
        },
    )
    onnx.checker.check_model(model, full_check=True)
    return model


def to_plain(value: Any) -> Any:
    """A protobuf message as dicts, lists and scalars, tensors decoded, JSON in the metadata parsed."""
    if isinstance(value, onnx.TensorProto):
        array = numpy_helper.to_array(value)
        return {"name": value.name, "dtype": str(array.dtype), "values": array.tolist()}
    if isinstance(value, onnx.StringStringEntryProto):
        return {value.key: _parsed(value.value)}
    if isinstance(value, Message):
        return {field.name: to_plain(inner) for field, inner in value.ListFields()}
    if isinstance(value, (str, bytes, int, float)):
        return value
    return [to_plain(item) for item in value]


def differences(committed: Any, fresh: Any, tolerance: float, path: str = "") -> list[str]:
    """Where two plain trees differ: floats, by more than `tolerance` × max(1, |value|)."""
    if isinstance(committed, dict) and isinstance(fresh, dict):
        if list(committed) != list(fresh):
            return [f"{path}: has {list(committed)}, expected {list(fresh)}"]
        pairs = [(f"{path}.{key}", committed[key], fresh[key]) for key in fresh]
    elif isinstance(committed, list) and isinstance(fresh, list):
        if len(committed) != len(fresh):
            return [f"{path}: has {len(committed)} items, expected {len(fresh)}"]
        pairs = [(f"{path}[{i}]", *items) for i, items in enumerate(zip(committed, fresh, strict=True))]
    else:
        return [] if _same(committed, fresh, tolerance) else [f"{path}: {committed!r}, expected {fresh!r}"]
    return [line for place, one, other in pairs for line in differences(one, other, tolerance, place)]


def report(name: str, found: Sequence[str]) -> int:
    """Prints at most ten differences; gives the exit status."""
    if not found:
        print(f"{name}: up to date")
        return 0
    print(f"{name}: differs from what the script makes", *found[:10], sep="\n  ", file=sys.stderr)
    if len(found) > 10:
        print(f"  … and {len(found) - 10} more", file=sys.stderr)
    return 1


def main(arguments: Sequence[str] | None = None) -> int:
    """Writes or checks the file."""
    parser = argparse.ArgumentParser(description="Make iris.onnx, the model embedded in iris-core.")
    parser.add_argument("--check", action="store_true", help="compare with the committed file, write nothing")
    check = parser.parse_args(arguments).check
    fresh = build()
    if not check:
        MODEL.write_bytes(fresh.SerializeToString(deterministic=True))
        print(f"wrote {MODEL.name}")
        return 0
    if not MODEL.exists():
        return report(MODEL.name, ["the file is missing"])
    return report(MODEL.name, differences(to_plain(onnx.load(MODEL)), to_plain(fresh), TOLERANCE))


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except json.JSONDecodeError:
        return text


def _same(one: Any, other: Any, tolerance: float) -> bool:
    """Equality that lets floats differ by rounding, and calls two NaNs equal."""
    if isinstance(one, float) and isinstance(other, float):
        close = math.isclose(one, other, rel_tol=tolerance, abs_tol=tolerance)
        return close or (math.isnan(one) and math.isnan(other))
    return type(one) is type(other) and one == other


if __name__ == "__main__":
    sys.exit(main())

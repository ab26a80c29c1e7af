"""What scikit-learn and notebooks ask of an estimator besides predictions."""

from __future__ import annotations

import html as escape
from typing import TYPE_CHECKING, Any

import numpy as np

from iris_py._iris_py import InputError

if TYPE_CHECKING:
    from iris_py import Predictor


def accuracy(predicted: Any, y: Any, sample_weight: Any) -> float:
    """The share of labels that are equal."""
    y = np.asarray(y)
    if y.shape != predicted.shape:
        raise InputError(f"y has the shape {y.shape}, there are labels for {predicted.shape[0]} rows")
    return float(np.average(predicted == y, weights=sample_weight))


def tags(accepts_missing: bool, n_classes: int) -> Any:
    """scikit-learn's description of an estimator."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=False),
        classifier_tags=ClassifierTags(multi_class=n_classes > 2),
        input_tags=InputTags(allow_nan=accepts_missing),
        requires_fit=False,
    )


def html(predictor: Predictor) -> str:
    """A table of the features and the classes, for a notebook."""
    title = " ".join(filter(None, ["Predictor", predictor.name, predictor.version]))
    names = zip(predictor.feature_names_in_, predictor.feature_units, strict=True)
    features = "".join(
        f"<tr><td>{escape.escape(name)}</td><td>{escape.escape(unit or '')}</td></tr>" for name, unit in names
    )
    labels = ", ".join(escape.escape(str(label)) for label in predictor.classes_)
    return (
        f'<details open style="font-family: sans-serif"><summary><b>{escape.escape(title)}</b></summary>'
        f"<p>{escape.escape(predictor.description or '')}</p>"
        f"<table><thead><tr><th>feature</th><th>unit</th></tr></thead><tbody>{features}</tbody></table>"
        f"<p>classes: {labels}</p></details>"
    )

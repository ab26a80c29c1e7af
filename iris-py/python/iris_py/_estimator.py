"""What scikit-learn and notebooks ask of an estimator besides predictions and scores."""

from __future__ import annotations

import html as escape
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from iris_py import Predictor


def classifier_tags(accepts_missing: bool, n_classes: int) -> Any:
    """scikit-learn's description of a classifier."""
    from sklearn.utils import ClassifierTags, InputTags, Tags, TargetTags

    return Tags(
        estimator_type="classifier",
        target_tags=TargetTags(required=False),
        classifier_tags=ClassifierTags(multi_class=n_classes > 2),
        input_tags=InputTags(allow_nan=accepts_missing),
        requires_fit=False,
    )


def regressor_tags(accepts_missing: bool, n_targets: int) -> Any:
    """scikit-learn's description of a regressor."""
    from sklearn.utils import InputTags, RegressorTags, Tags, TargetTags

    return Tags(
        estimator_type="regressor",
        target_tags=TargetTags(required=False, multi_output=n_targets > 1, single_output=n_targets == 1),
        regressor_tags=RegressorTags(),
        input_tags=InputTags(allow_nan=accepts_missing),
        requires_fit=False,
    )


def html(predictor: Predictor) -> str:
    """A table of the features, and the classes of a classifier, for a notebook."""
    title = " ".join(filter(None, ["Predictor", predictor.name, predictor.version]))
    names = zip(predictor.feature_names_in_, predictor.feature_units, strict=True)
    features = "".join(
        f"<tr><td>{escape.escape(name)}</td><td>{escape.escape(unit or '')}</td></tr>" for name, unit in names
    )
    labels = ", ".join(escape.escape(str(label)) for label in getattr(predictor, "classes_", ()))
    return (
        f'<details open style="font-family: sans-serif"><summary><b>{escape.escape(title)}</b></summary>'
        f"<p>{escape.escape(predictor.description or '')}</p>"
        f"<table><thead><tr><th>feature</th><th>unit</th></tr></thead><tbody>{features}</tbody></table>"
        f"{f'<p>classes: {labels}</p>' if labels else ''}</details>"
    )

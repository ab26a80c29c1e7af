"""scikit-learn's classifiers and regressors, answered by Rust.

>>> from iris_py import Predictor
>>> Predictor().predict_one(5.1, 3.5, 1.4, 0.2).label
'setosa'
"""

from iris_py._iris_py import (
    GoldenMismatchError,
    InputError,
    ModelError,
    Prediction,
    Predictor,
    Timing,
    UnsupportedModelError,
    disable_tracing,
    enable_tracing,
    last_timing,
)

__all__ = [
    "GoldenMismatchError",
    "InputError",
    "ModelError",
    "Prediction",
    "Predictor",
    "Timing",
    "UnsupportedModelError",
    "disable_tracing",
    "enable_tracing",
    "last_timing",
]

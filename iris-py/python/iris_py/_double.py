"""The steps that skl2onnx converts to single precision, or not at all, converted to double.

ONNX's `Imputer` has only floats for what it fills in, and skl2onnx has no `Normalizer("max")` for doubles.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np


def in_double_precision() -> dict[type, Callable[[Any, Any, Any], None]]:
    """Converters by the type of the step, for `convert_sklearn`."""
    from sklearn.impute import SimpleImputer
    from sklearn.preprocessing import Normalizer

    return {SimpleImputer: _simple_imputer, Normalizer: _normalizer}


def _simple_imputer(scope: Any, operator: Any, container: Any) -> None:
    """`Where(IsNaN(x), statistics, x)`, where nothing else is asked of the imputer."""
    from onnx import TensorProto
    from skl2onnx.common._registration import get_converter

    imputer = operator.raw_operator
    if imputer.add_indicator:
        # skl2onnx would leave the columns out that the next step expects.
        raise NotImplementedError("SimpleImputer(add_indicator=True) is not converted")
    statistics = np.asarray(imputer.statistics_)
    is_missing_nan = isinstance(imputer.missing_values, float) and np.isnan(imputer.missing_values)
    if not is_missing_nan or statistics.dtype.kind != "f" or np.isnan(statistics).any():
        get_converter("SklearnSimpleImputer")(scope, operator, container)
        return
    x = _joined(scope, operator, container)
    fill, mask = (scope.get_unique_variable_name(name) for name in ("fill", "missing"))
    container.add_initializer(fill, TensorProto.DOUBLE, [1, statistics.size], statistics.tolist())
    container.add_node("IsNaN", [x], [mask], op_version=13, name=scope.get_unique_operator_name("IsNaN"))
    output = operator.outputs[0].full_name
    container.add_node(
        "Where", [mask, fill, x], [output], op_version=16, name=scope.get_unique_operator_name("Where")
    )


def _normalizer(scope: Any, operator: Any, container: Any) -> None:
    """ONNX's own operator, which the reader computes in double precision as scikit-learn does."""
    from skl2onnx.common._registration import get_converter

    if operator.raw_operator.norm != "max":
        get_converter("SklearnNormalizer")(scope, operator, container)
        return
    container.add_node(
        "Normalizer",
        [_joined(scope, operator, container)],
        [operator.outputs[0].full_name],
        op_domain="ai.onnx.ml",
        norm="MAX",
        name=scope.get_unique_operator_name("Normalizer"),
    )


def _joined(scope: Any, operator: Any, container: Any) -> str:
    """The inputs of a step side by side, as one."""
    names: list[str] = [variable.full_name for variable in operator.inputs]
    if len(names) == 1:
        return names[0]
    joined: str = scope.get_unique_variable_name("joined")
    container.add_node(
        "Concat", names, [joined], axis=1, op_version=13, name=scope.get_unique_operator_name("Concat")
    )
    return joined

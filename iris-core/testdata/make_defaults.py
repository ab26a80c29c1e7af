"""Makes `../src/read/outline/defaults.txt`: what estimators are told where nobody says otherwise.

`python make_defaults.py` with scikit-learn of `../models/requirements.txt`. A line an estimator: its class,
then its parameters with their defaults as Python writes them, separated by tabs; a parameter without a
default has none.
"""

from __future__ import annotations

import inspect
from pathlib import Path

from sklearn.utils import all_estimators

TARGET = Path(__file__).parent.parent / "src" / "read" / "outline" / "defaults.txt"


def parameter(each: inspect.Parameter) -> str:
    """Its name, and its default if that is written in a word."""
    default = repr(each.default)
    plain = each.default is not inspect.Parameter.empty and "<" not in default and "\t" not in default
    return f"{each.name}={default}" if plain else each.name


def line(name: str, estimator: type) -> str:
    """The estimator's line."""
    parameters = list(inspect.signature(estimator.__init__).parameters.values())[1:]
    kinds = (inspect.Parameter.VAR_POSITIONAL, inspect.Parameter.VAR_KEYWORD)
    return "\t".join([name, *(parameter(each) for each in parameters if each.kind not in kinds)])


if __name__ == "__main__":
    estimators = {name: estimator for name, estimator in all_estimators()}
    TARGET.parent.mkdir(exist_ok=True)
    TARGET.write_text("".join(f"{line(name, estimator)}\n" for name, estimator in sorted(estimators.items())))

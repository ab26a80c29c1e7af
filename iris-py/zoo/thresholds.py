"""The thresholds of boosters, and the numbers beside them in the type in which the library compares."""

import math
import re

import numpy as np

FEW = 6
MANY = 240


def is_booster(model):
    """Whether a class of XGBoost, LightGBM or CatBoost."""
    return _library(model) in ("xgboost", "lightgbm", "catboost")


def beside(model, index):
    """Some thresholds of a column, each with its neighbours."""
    found = sorted(set(_OF[_library(model)](model, index)))
    found = found[:: max(1, len(found) // FEW)][:FEW]
    values = []
    for value in found:
        values += [value, *_neighbours(value, np.float64)]
        if _library(model) != "lightgbm":
            values += _neighbours(np.float32(value), np.float32)
    return [value for value in dict.fromkeys(values) if math.isfinite(value)]


def _library(model):
    return type(model).__module__.split(".")[0]


def _neighbours(value, kind):
    ends = np.array([-np.inf, np.inf], dtype=kind)
    return np.nextafter(kind(value), ends).astype(float).tolist()


def _of_xgboost(model, index):
    try:
        trees = model.get_booster().get_dump()
    except ValueError:
        # Of a linear booster.
        return []
    names = getattr(model.get_booster(), "feature_names", None)
    name = names[index] if names else f"f{index}"
    asked = re.compile(r"\[" + re.escape(name) + r"<([^\]]+)\]")
    return [float(np.float32(value)) for tree in trees for value in asked.findall(tree)]


def _of_lightgbm(model, index):
    found, left = [], [tree["tree_structure"] for tree in model.booster_.dump_model()["tree_info"]]
    while left:
        node = left.pop()
        if "split_feature" not in node:
            continue
        left += [node["left_child"], node["right_child"]]
        if node["split_feature"] == index:
            # A category is a text, of several between bars.
            found += [float(value) for value in str(node["threshold"]).split("||")]
    return found


def _of_catboost(model, index):
    return [float(border) for border in model.get_borders().get(index, [])]


_OF = {"xgboost": _of_xgboost, "lightgbm": _of_lightgbm, "catboost": _of_catboost}

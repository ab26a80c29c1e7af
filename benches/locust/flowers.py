"""What the users ask, and what an answer to it has to be."""

from __future__ import annotations

import random

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")
# From and to, in centimetres, in the order of the features; petals as in Fisher's data set.
RANGES = {
    "setosa": ((4.3, 5.8), (2.3, 4.4), (1.0, 1.9), (0.1, 0.6)),
    "versicolor": ((4.9, 7.0), (2.0, 3.4), (3.0, 5.1), (1.0, 1.8)),
    "virginica": ((4.9, 7.9), (2.2, 3.8), (4.5, 6.9), (1.4, 2.5)),
}


class WrongAnswer(Exception):
    """An answer that came, and is not a prediction.

    Locust counts failures by their text, so it carries no number: there would be a row for each.
    """


def flower() -> dict[str, float]:
    """A flower of any of the three species, by feature name."""
    ranges = RANGES[random.choice(tuple(RANGES))]
    return {feature: random.uniform(*range_) for feature, range_ in zip(FEATURES, ranges, strict=True)}


def check(species: object, probability: object) -> None:
    """Raises `WrongAnswer` unless this is a species and the probability of the likeliest of three."""
    if species not in tuple(RANGES):
        raise WrongAnswer(f"the species is {species!r:.40}")
    if not isinstance(probability, float):
        raise WrongAnswer(f"the probability is of type {type(probability).__name__}")
    if not 1 / 3 < probability <= 1:
        raise WrongAnswer("the probability is not above 1/3 and at most 1")

"""What was measured."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Figure:
    """What a call of one participant takes."""

    library: str
    n_trees: int
    shape: str
    n_features: int
    n_rows: int
    participant: str
    nanoseconds: float
    # The same call on a forest of a single leaf or so: what the caller's side costs.
    overhead: float | None

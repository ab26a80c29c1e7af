"""The server's own page of metrics, as text, and what it says of a phase."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LINE = re.compile(r"^(?P<name>[a-zA-Z_:][\w:]*)(?:\{(?P<labels>.*)\})? (?P<value>\S+)(?: .*)?$")
LABEL = re.compile(r'(\w+)="((?:[^"\\]|\\.)*)"')
STAGES = ("data_preparation", "model_inference", "response_formatting")
STAGE_DURATION = "iris_stage_duration_seconds"


@dataclass(frozen=True)
class Sample:
    name: str
    labels: dict[str, str]
    value: float


@dataclass(frozen=True)
class Stage:
    """How long one stage took in a phase, in microseconds."""

    count: int
    mean_us: float
    p99_us: float
    """Between two bounds of the histogram, as straight as Prometheus has it."""


@dataclass(frozen=True)
class Counted:
    """What the server counted itself between two looks."""

    predictions: int
    stages: dict[str, Stage]
    errors: int
    dropped_traces: int


def parse(text: str) -> list[Sample]:
    """Samples of a page in Prometheus' text format. Raises ValueError for a line that is none."""
    samples = []
    for line in text.splitlines():
        if not line or line.startswith("#"):
            continue
        match = LINE.match(line)
        if match is None:
            raise ValueError(f"no sample of a metric: {line!r}")
        labels = dict(LABEL.findall(match["labels"] or ""))
        samples.append(Sample(match["name"], labels, float(match["value"])))
    return samples


def total(samples: Sequence[Sample], name: str, **labels: str) -> float:
    """The sum of all samples of this name that have these labels."""
    return sum(
        sample.value for sample in samples if sample.name == name and labels.items() <= sample.labels.items()
    )


def between(before: Sequence[Sample], after: Sequence[Sample]) -> Counted:
    """What came on top from one page to the next."""

    def more(name: str, **labels: str) -> float:
        return total(after, name, **labels) - total(before, name, **labels)

    stages = {}
    for stage in STAGES:
        count = int(more(f"{STAGE_DURATION}_count", stage=stage))
        if count == 0:
            continue
        bounds = {sample.labels["le"] for sample in after if sample.name == f"{STAGE_DURATION}_bucket"}
        buckets = [
            (float(bound), more(f"{STAGE_DURATION}_bucket", stage=stage, le=bound)) for bound in bounds
        ]
        mean = more(f"{STAGE_DURATION}_sum", stage=stage) / count
        stages[stage] = Stage(count, mean * 1e6, quantile(0.99, sorted(buckets)) * 1e6)
    return Counted(
        predictions=int(more(f"{STAGE_DURATION}_count", stage="model_inference")),
        stages=stages,
        errors=int(more("iris_errors_total")),
        dropped_traces=int(more("iris_traces_dropped_total")),
    )


def quantile(q: float, buckets: Sequence[tuple[float, float]]) -> float:
    """Of a cumulative histogram, `(upper bound, count)` ascending, the last bound infinite."""
    rank = q * buckets[-1][1]
    lower, below = 0.0, 0.0
    for bound, count in buckets:
        if count >= rank:
            if bound == float("inf"):
                return lower
            return lower + (bound - lower) * (rank - below) / (count - below) if count > below else bound
        lower, below = bound, count
    return lower

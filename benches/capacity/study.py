"""Ours and the original under the same loads and the same autoscaler, as figures, tables and data."""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from capacity import manifests, plots, tables
from capacity.cluster import Second, simulate
from capacity.pods import PENDING_SECONDS, Service
from capacity.profiles import PROFILES
from capacity.reported import original
from capacity.results import Result
from capacity.sizing import sizing

# The data has every fifth second; the tables and figures are made from each.
DATA_STEP = 5


@dataclass(frozen=True)
class Measured:
    """What the load lab measured; `start_seconds` is from the start of the process to its first answer."""

    requests_per_second_per_core: float
    start_seconds: float
    memory_mib: float
    original_requests_per_second_per_core: float | None = None

    def __post_init__(self) -> None:
        for name, value in asdict(self).items():
            if value is not None and not 0 < value < float("inf"):
                raise ValueError(f"{name}: {value} is not a number above 0")


@dataclass(frozen=True)
class Figure:
    """A plot, and what is to be seen in it."""

    title: str
    svg: str
    says: str


@dataclass(frozen=True)
class Table:
    title: str
    header: list[str]
    rows: list[list[str]]


@dataclass(frozen=True)
class Study:
    figures: list[Figure] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    data: dict[str, Any] = field(default_factory=dict)


def study(measured: Measured, hpa_yaml: Path, deployment_yaml: Path) -> Study:
    """Every profile on both services, with the autoscaler and the resources of the manifests."""
    autoscaler = manifests.autoscaler(hpa_yaml)
    resources = manifests.resources(deployment_yaml)
    services = (
        # An answer may come just after a probe asked in vain, so each probe costs a whole period at most.
        Service(
            "iris",
            measured.requests_per_second_per_core,
            PENDING_SECONDS,
            measured.start_seconds + resources.probe_seconds,
            measured.memory_mib,
        ),
        original(measured.original_requests_per_second_per_core, measured.memory_mib),
    )
    results = [
        Result(profile, {each.name: simulate(each, resources, autoscaler, profile) for each in services})
        for profile in PROFILES
    ]
    is_measured = measured.original_requests_per_second_per_core is not None
    sizes = {each.name: sizing(each, resources, autoscaler) for each in services}
    return Study(
        [Figure(*figure) for figure in plots.all_figures(results, sizes, autoscaler)],
        [Table(*table) for table in tables.all_tables(services, results, sizes, resources, is_measured)],
        {
            "measured": asdict(measured),
            "services": [asdict(each) for each in services],
            "resources": asdict(resources),
            "autoscaler": asdict(autoscaler),
            "pods_for": {name: tables.pods_for(size) for name, size in sizes.items()},
            "profiles": [series(result) for result in results],
        },
    )


def series(result: Result) -> dict[str, Any]:
    """A profile's seconds as columns, four digits each."""
    return {
        "name": result.profile.name,
        "services": {
            name: {"summary": asdict(result.summary(name)), "seconds": columns(seconds)}
            for name, seconds in result.seconds.items()
        },
    }


def columns(seconds: list[Second]) -> dict[str, list[float]]:
    rows = [asdict(second) for second in seconds[::DATA_STEP]]
    return {name: [float(f"{row[name]:.4g}") for row in rows] for name in rows[0]}

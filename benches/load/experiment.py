"""Everything that one run found out, and what is picked from it."""

from __future__ import annotations

import os
import platform
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from comparison import Ratio, ratios
from generators import Load
from peers import PEERS
from phases import Outcome
from plan import Plan
from verdict import Point


@dataclass(frozen=True)
class Machine:
    processor: str
    cores: int
    kernel: str

    @classmethod
    def this(cls) -> Machine:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        names = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
        return cls(next(names, "unknown processor"), os.cpu_count() or 1, platform.release())


@dataclass
class Experiment:
    plan: Plan
    machine: Machine
    when: str
    outcomes: list[Outcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """What was left out, and how to have it."""
    seconds: float = 0.0

    def of(self, group: str, door: str = "http") -> dict[int, Outcome]:
        """Phases that did not fail, by level."""
        return {
            outcome.level: outcome
            for outcome in self.outcomes
            if outcome.group == group and outcome.door == door and outcome.ok
        }

    def loads(self, group: str, door: str = "http") -> dict[int, Load]:
        return {level: outcome.load for level, outcome in self.of(group, door).items() if outcome.load}

    def points(self, group: str) -> dict[int, Point]:
        """What each core did, by level."""
        return {
            level: point_of(outcome)
            for level, outcome in self.of(group).items()
            # Too short a phase may have no tick of a clock in it, and nothing to divide by.
            if outcome.load and outcome.use and outcome.use.server and outcome.use.load
        }

    @property
    def capacity(self) -> float | None:
        """The most requests a second that wrk got out of the server."""
        return max((load.requests_per_second for load in self.loads("wrk").values()), default=None)

    @property
    def failed(self) -> list[Outcome]:
        return [outcome for outcome in self.outcomes if not outcome.ok]

    @property
    def ratios(self) -> list[Ratio]:
        return ratios(self.outcomes)

    @property
    def start_seconds(self) -> list[float]:
        return sorted(outcome.start_seconds for outcome in self.outcomes if outcome.start_seconds)

    @property
    def memory_mib(self) -> float:
        """The most of any phase that put load on the server."""
        return max(
            (outcome.use.memory_mib for outcome in self.of("wrk").values() if outcome.use), default=0.0
        )

    def titles(self) -> Mapping[str, str]:
        return {"iris": "iris, traced"} | {name: peer.title for name, peer in PEERS.items()}

    def data(self) -> dict[str, Any]:
        """For results.json."""
        return {
            "when": self.when,
            "plan": asdict(self.plan),
            "machine": asdict(self.machine),
            "seconds": self.seconds,
            "notes": self.notes,
            "capacity_requests_per_second": self.capacity,
            "comparison": [asdict(ratio) for ratio in self.ratios],
            "phases": [asdict(outcome) | {"ok": outcome.ok} for outcome in self.outcomes],
        }


def point_of(outcome: Outcome) -> Point:
    load, use = outcome.load, outcome.use
    assert load is not None and use is not None
    return Point(
        outcome.level,
        load.steady.requests_per_second if load.steady else load.requests_per_second,
        load.mean_ms,
        use.user / use.seconds,
        use.system / use.seconds,
        use.load_busy,
        use.others,
    )

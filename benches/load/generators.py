"""What puts load on a server: three programs, each with its command and a way to read what it said."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True)
class Target:
    """Where a server answers; a door that it lacks is empty."""

    http: str
    grpc: str = ""


@dataclass(frozen=True)
class Steady:
    """While all of the load was there: from when to when by the system's clock, and the rate meanwhile."""

    began: float
    ended: float
    requests_per_second: float


@dataclass(frozen=True)
class Load:
    """What a generator had to say. Latencies are the client's, in milliseconds."""

    requests: int
    """Answered, the wrongly answered ones included."""
    seconds: float
    mean_ms: float
    p50_ms: float
    p90_ms: float
    p99_ms: float
    p999_ms: float
    max_ms: float
    failures: Mapping[str, int]
    """How many failed, by kind."""
    offered_per_second: float | None = None
    """The rate that was asked for, where one was."""
    steady: Steady | None = None
    """Where the load came bit by bit."""

    @property
    def requests_per_second(self) -> float:
        return self.requests / self.seconds

    @property
    def right_per_second(self) -> float:
        """Without the answers that are errors, which may well come faster."""
        return (self.requests - self.failures.get("status", 0)) / self.seconds

    @property
    def failed(self) -> int:
        return sum(self.failures.values())


class Generator(Protocol):
    """A program that loads a server for about so many seconds."""

    @property
    def seconds(self) -> float: ...

    @property
    def steady_seconds(self) -> float:
        """How long all of the load is there, at the end of it."""
        ...

    @property
    def accepted_codes(self) -> tuple[int, ...]:
        """Exit codes after which there is something to read."""
        ...

    def command(self, target: Target, folder: Path) -> list[str]: ...

    def read(self, output: str, folder: Path) -> Load:
        """Raises ValueError or OSError if there is nothing to read."""
        ...

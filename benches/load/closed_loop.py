"""wrk: connections that each ask again as soon as they are answered."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
from generators import Load, Target

# A millisecond is a thousand of wrk's microseconds.
US = 1e-3


@dataclass(frozen=True)
class Wrk:
    connections: int
    seconds: float
    script: Path = lab.SCRIPT
    accepted_codes: tuple[int, ...] = (0,)

    @property
    def steady_seconds(self) -> float:
        return self.seconds

    def command(self, target: Target, folder: Path) -> list[str]:
        return lab.wrk_command(target.http, self.connections, self.seconds, self.script)

    def read(self, output: str, folder: Path) -> Load:
        figures = lab.figures_of(output)
        if figures["requests"] == 0:
            raise ValueError("no request was answered")
        ways = ("connect", "read", "write", "status", "timeout")
        return Load(
            requests=int(figures["requests"]),
            seconds=figures["seconds"],
            mean_ms=figures["mean_us"] * US,
            p50_ms=figures["p50_us"] * US,
            p90_ms=figures["p90_us"] * US,
            p99_ms=figures["p99_us"] * US,
            p999_ms=figures["p999_us"] * US,
            max_ms=figures["max_us"] * US,
            failures={way: int(figures[way]) for way in ways},
        )

"""oha: requests at a fixed rate, whether or not the server keeps up.

Latencies count from when a request was due, so a server that stalls cannot slow the questions down and look
better for it.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
from generators import Load, Target

# oha ends a run with requests on their way, and calls them so. They were not refused.
CUT_OFF = "aborted due to deadline"


@dataclass(frozen=True)
class Oha:
    """`rate` is requests a second; None is as fast as it goes."""

    program: Path
    rate: float | None
    connections: int
    seconds: float
    accepted_codes: tuple[int, ...] = (0,)

    @property
    def steady_seconds(self) -> float:
        return self.seconds

    def command(self, target: Target, folder: Path) -> list[str]:
        pace = [] if self.rate is None else ["-q", f"{self.rate:.0f}", "--latency-correction"]
        return [
            *lab.pinned(lab.LOAD_CORE, self.program, "-c", self.connections, "-z", f"{self.seconds:.0f}s"),
            *pace,
            *("--no-tui", "--output-format", "json", "-m", "POST", "-T", "application/json"),
            *("-d", lab.BODY.decode(), f"http://{target.http}/predict"),
        ]

    def read(self, output: str, folder: Path) -> Load:
        said = json.loads(output)
        summary, percentiles = said["summary"], said["latencyPercentiles"]
        codes = {int(code): count for code, count in said["statusCodeDistribution"].items()}
        failures = {kind: n for kind, n in said["errorDistribution"].items() if kind != CUT_OFF}
        failures["status"] = sum(count for code, count in codes.items() if code != 200)
        if not codes:
            raise ValueError(f"no request was answered: {said['errorDistribution']}")
        return Load(
            requests=sum(codes.values()),
            seconds=summary["total"],
            mean_ms=summary["average"] * 1e3,
            p50_ms=percentiles["p50"] * 1e3,
            p90_ms=percentiles["p90"] * 1e3,
            p99_ms=percentiles["p99"] * 1e3,
            p999_ms=percentiles["p99.9"] * 1e3,
            max_ms=summary["slowest"] * 1e3,
            failures=failures,
            offered_per_second=self.rate,
        )

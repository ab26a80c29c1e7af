"""Locust: users who wait between two requests, through any of the three doors."""

from __future__ import annotations

import json
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from typing import Any

import bench_lab as lab
from generators import Load, Steady, Target

LOCUSTFILE = lab.BENCHES / "locust" / "locustfile.py"
# Rows that tell where the time of the requests in the other rows went.
PARTS = ("server", "network")


@dataclass(frozen=True)
class Locust:
    """`rate` is how many users a second come, until all are there."""

    user_class: str
    n_users: int
    rate: int
    steady_seconds: float
    # 1 is a run in which requests failed, which its statistics tell.
    accepted_codes: tuple[int, ...] = (0, 1)

    @property
    def seconds(self) -> float:
        return self.n_users / self.rate + self.steady_seconds

    def command(self, target: Target, folder: Path) -> list[str]:
        locust = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--only-summary"]
        # So that what it says last is what went wrong.
        locust += ["--loglevel", "ERROR"]
        amount = ["-u", self.n_users, "-r", self.rate, "-t", f"{self.seconds:.0f}s"]
        where = ["--host", f"http://{target.http or '127.0.0.1:1'}"]
        where += ["--grpc-host", target.grpc] if target.grpc else []
        # Not as CSV, which Locust writes once a second, and not once more at the end.
        said = ["--json-file", folder / "locust"]
        return lab.pinned(lab.LOAD_CORE, *locust, *amount, *where, *said, self.user_class)

    def read(self, output: str, folder: Path) -> Load:
        rows = [row for row in rows_of(folder) if row["method"] not in PARTS]
        requests = sum(row["num_requests"] for row in rows)
        if requests == 0:
            raise ValueError("Locust's users asked for nothing")
        began = min(row["start_time"] for row in rows)
        times = summed(row["response_times"] for row in rows)
        return Load(
            requests=requests,
            seconds=max(row["last_request_timestamp"] for row in rows) - began,
            mean_ms=sum(row["total_response_time"] for row in rows) / requests,
            p50_ms=percentile(times, 0.5),
            p90_ms=percentile(times, 0.9),
            p99_ms=percentile(times, 0.99),
            p999_ms=percentile(times, 0.999),
            max_ms=max(row["max_response_time"] for row in rows),
            failures={"locust": sum(row["num_failures"] for row in rows)},
            steady=steady(summed(row["num_reqs_per_sec"] for row in rows), self.steady_seconds),
        )


def rows_of(folder: Path) -> list[dict[str, Any]]:
    return json.loads((folder / "locust.json").read_text())


def summed(counts: Iterable[dict[str, int]]) -> Counter[float]:
    total: Counter[float] = Counter()
    for each in counts:
        total.update({float(key): count for key, count in each.items()})
    return total


def percentile(times: Counter[float], share: float) -> float:
    """The shortest time that so large a share of the requests did not exceed."""
    ordered = sorted(times)
    below = accumulate(times[time] for time in ordered)
    return next(time for time, count in zip(ordered, below, strict=True) if count >= share * times.total())


def steady(per_second: Counter[float], seconds: float) -> Steady | None:
    """The last so many seconds without the first and the last of them, of which there are only parts."""
    ended = max(per_second)
    began = ended - int(seconds) + 1
    if began >= ended:
        return None
    answered = sum(count for second, count in per_second.items() if began <= second < ended)
    return Steady(began, ended, answered / (ended - began))


def parts_ms(folder: Path) -> dict[str, float]:
    """Means of what `Server-Timing` told the users, in milliseconds: stages, `total`, `network`."""
    return {
        row["name"] if row["method"] == "server" else "network": row["total_response_time"]
        / row["num_requests"]
        for row in rows_of(folder)
        if row["method"] in PARTS
    }

"""Locust: users who wait between two requests, through any of the three doors."""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
from generators import Load, Target

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
    # 1 is a run in which requests failed, which the CSV tells.
    accepted_codes: tuple[int, ...] = (0, 1)

    @property
    def seconds(self) -> float:
        return self.n_users / self.rate + self.steady_seconds

    def command(self, target: Target, folder: Path) -> list[str]:
        locust = [sys.executable, "-m", "locust", "-f", LOCUSTFILE, "--headless", "--only-summary"]
        amount = ["-u", self.n_users, "-r", self.rate, "-t", f"{self.seconds:.0f}s"]
        where = ["--host", f"http://{target.http or '127.0.0.1:1'}"]
        where += ["--grpc-host", target.grpc] if target.grpc else []
        return lab.pinned(
            lab.LOAD_CORE, *locust, *amount, *where, "--csv", folder / "locust", self.user_class
        )

    def read(self, output: str, folder: Path) -> Load:
        rows = rows_of(folder)
        every = next((row for row in rows if row["Name"] == "Aggregated"), None)
        if every is None:
            raise ValueError("Locust's CSV has no row for all requests")
        if int(every["Request Count"]) == 0:
            raise ValueError("Locust's users asked for nothing")
        return Load(
            requests=int(every["Request Count"]),
            seconds=int(every["Request Count"]) / float(every["Requests/s"]),
            mean_ms=float(every["Average Response Time"]),
            p50_ms=float(every["50%"]),
            p90_ms=float(every["90%"]),
            p99_ms=float(every["99%"]),
            p999_ms=float(every["99.9%"]),
            max_ms=float(every["Max Response Time"]),
            failures={"locust": int(every["Failure Count"])},
        )


def rows_of(folder: Path) -> list[dict[str, str]]:
    with (folder / "locust_stats.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def parts_ms(folder: Path) -> dict[str, float]:
    """Means of what `Server-Timing` told the users, in milliseconds: stages, `total`, `network`."""
    rows = [row for row in rows_of(folder) if row["Type"] in PARTS]
    return {
        row["Name"] if row["Type"] == "server" else "network": float(row["Average Response Time"])
        for row in rows
    }

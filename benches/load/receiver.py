"""Where the traces of a phase go, and what is known of them there."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import bench_lab as lab

PROGRAM = lab.BENCHES / "receiver" / "target" / "release" / "otlp-receiver"
PATIENCE_S = 30
# So many traces of each phase are drawn.
N_SLOWEST = 3
# One body in this many is compared with the request in full.
SAMPLE = 200


@dataclass(frozen=True)
class Span:
    """Microseconds, the start counted from the request's own."""

    name: str
    start_us: float
    duration_us: float


@dataclass(frozen=True)
class Trace:
    trace_id: str
    spans: list[Span]

    @property
    def duration_us(self) -> float:
        return max(span.duration_us for span in self.spans)


@dataclass(frozen=True)
class Arrived:
    """What became of the traces of a phase."""

    answered: int
    """By the server's own count, or the client's if that is more."""
    received: int
    """Root spans, each counted once."""
    duplicated: int
    compared: int
    mismatched: int

    @property
    def lost(self) -> int:
        return max(0, self.answered - self.received)


@dataclass(frozen=True)
class Receiver:
    address: str
    process: subprocess.Popen[str]

    def variables(self) -> dict[str, str]:
        """What makes a server send its traces here."""
        return {
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{self.address}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }

    def arrived(self, answered: int) -> Arrived:
        counts, ids = self._ask("/counts"), self._ask("/ids")
        duplicated = ids["ids"] - ids["distinct"]
        return Arrived(answered, ids["distinct"], duplicated, counts["sampled_traces"], counts["mismatches"])

    def span_means_us(self) -> dict[str, float]:
        """The mean of each kind of span, over every trace that came in."""
        sums = self._ask("/durations").items()
        return {name: sum_["nanoseconds"] / sum_["spans"] / 1e3 for name, sum_ in sums if sum_["spans"] > 0}

    def slowest(self) -> list[Trace]:
        """The slowest first; the spans of each in the order in which they began."""
        return [trace_of(trace) for trace in self._ask("/slowest")]

    def _ask(self, path: str) -> Any:
        with urllib.request.urlopen(f"http://{self.address}{path}", timeout=PATIENCE_S) as answer:
            return json.load(answer)


def trace_of(said: dict[str, Any]) -> Trace:
    spans = [Span(each["name"], each["start_ns"] / 1e3, each["duration_ns"] / 1e3) for each in said["spans"]]
    # The request itself comes first, also where a stage begins in the same nanosecond.
    spans.sort(key=lambda span: (span.start_us, -span.duration_us))
    return Trace(said["trace_id"], spans)


@contextmanager
def receiver(folder: Path, answer: str) -> Iterator[Receiver]:
    """A receiver on the load's core, that knows what every inference must have answered."""
    expected = json.loads(answer)
    command = lab.pinned(
        lab.LOAD_CORE,
        *(PROGRAM, "--ids", folder / "ids", "--sample", SAMPLE, "--slowest", N_SLOWEST),
        *("--species", expected["predicted_species"]),
        *("--probability", expected["prediction_probability"]),
    )
    with lab.listening(command, {}, folder / "receiver.log") as (process, address):
        yield Receiver(address, process)

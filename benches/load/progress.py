"""What is printed while it runs: a line for what comes, a line for what came of it."""

from __future__ import annotations

from document import count, duration
from phases import Outcome
from plan import AROUND_S


class Progress:
    """Says what comes and how long it takes, and how long everything still does."""

    def __init__(self, seconds: float) -> None:
        self._left = seconds

    def announce(self, title: str, seconds: float) -> None:
        minutes, rest = divmod(round(self._left), 60)
        print(f"{title}: {seconds:.0f} s (about {minutes}:{rest:02} left in all)", flush=True)
        self._left = max(0.0, self._left - seconds - AROUND_S)

    def result(self, outcome: Outcome) -> None:
        if not outcome.ok or outcome.load is None:
            print(f"    FAILED: {outcome.failure}", flush=True)
            return
        load = outcome.load
        print(
            f"    {count(load.requests_per_second)} req/s, p50 {duration(load.p50_ms)}, "
            f"p99 {duration(load.p99_ms)}, {load.failed} failed",
            flush=True,
        )

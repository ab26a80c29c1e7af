"""What was reported of the system that is replaced, and what a pod of it can have done at most."""

from __future__ import annotations

from dataclasses import dataclass

from capacity.pods import PENDING_SECONDS, Service

READY_SECONDS = (30.0, 45.0)
FEWEST_PODS, MOST_PODS = 2, 15


@dataclass(frozen=True)
class Run:
    """One load test's figures."""

    profile: str
    requests_per_second: float
    mean_ms: float
    max_ms: float
    failed: str


RUNS = (
    Run("wrk with 50 connections", 414.56, 120.34, 500, "0"),
    Run("wrk with 150 connections", 535.82, 245.67, 2_100, "–"),
    Run("wrk with 300 connections", 524.73, 456.78, 5_200, "23 timeouts"),
    Run("Locust with 150 users", 304.2, 245, 2_340, "0.28 %"),
    Run("Locust with 300 users", 448.7, 456, 8_970, "2.61 %"),
    # The report has "500+" users here.
    Run("Locust with 500 users", 672.8, 1_234, 30_000, "6.64 %"),
)


@dataclass(frozen=True)
class Reading:
    """One way to read those figures as requests a second of a pod."""

    how: str
    requests_per_second: float


def readings() -> tuple[Reading, ...]:
    """From the kindest to the harshest; a pod's limit is one core, so these are also a core's."""
    on_two_pods = RUNS[1].requests_per_second / FEWEST_PODS
    span_ms = 3 + 15 + 2
    return (
        Reading("wrk 150 ran 60 s, too short for a third pod to help: 535.82 req/s from 2 pods", on_two_pods),
        Reading("wrk 50 ran 30 s: 414.56 req/s from 2 pods", RUNS[0].requests_per_second / FEWEST_PODS),
        Reading(
            f"a request's three spans take {span_ms} ms, one after the other in one process", 1000 / span_ms
        ),
        Reading("Locust 500: 672.8 req/s from 15 pods", RUNS[-1].requests_per_second / MOST_PODS),
    )


def original(measured: float | None, memory_mib: float) -> Service:
    """As measured, or else by the kindest reading: where there is doubt, the original has the benefit of it.

    Its memory wasn't reported; it gets ours, though a Python process with scikit-learn holds more.
    """
    ready = sum(READY_SECONDS) / len(READY_SECONDS)
    rate = measured if measured is not None else readings()[0].requests_per_second
    return Service("original", rate, PENDING_SECONDS, ready - PENDING_SECONDS, memory_mib)

"""Sections on what the generators saw: wrk, Locust, the fixed rates, the comparison."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import load_charts
import reported
from document import Figure, Section, Table, Text, count, digits, duration, times
from experiment import Experiment
from generators import Load
from phases import Outcome
from reported import Reported
from verdict import costs, is_disturbed

LATENCIES = ("mean_ms", "p50_ms", "p90_ms", "p99_ms", "p999_ms", "max_ms")
LATENCY_HEADER = ["mean", "p50", "p90", "p99", "p99.9", "max"]


def by_connections(experiment: Experiment) -> Section:
    loads = experiment.loads("wrk")
    section = Section("Throughput and latency by connections")
    section.parts.append(
        Text(
            "wrk asks again as soon as it is answered, every request with the body that the replaced "
            "service was measured with. **Reported** is that service on two to fifteen pods; iris has one "
            "core, and traces every request. Latencies are the client's, over loopback: a network would "
            "come on top."
        )
    )
    if loads:
        section.parts += [
            Figure(
                "throughput",
                load_charts.throughput(loads, reported.WRK, "connections"),
                "Requests a second, on a logarithmic scale.",
            ),
            Figure(
                "latency",
                load_charts.latency(loads, reported.WRK, "connections"),
                "Latency on a logarithmic scale; it grows with the connections since all of them wait for "
                "one core.",
            ),
        ]
    section.parts += tables(experiment, "wrk", reported.WRK, "connections")
    return section


def by_users(experiment: Experiment) -> Section:
    section = Section("Locust")
    loads = experiment.loads("locust")
    section.parts.append(
        Text(
            "Each user waits 0.05 to 0.2 s after an answer, then asks for a flower drawn from the species' "
            "ranges."
        )
    )
    if points := experiment.points("locust"):
        most = points[max(points)]
        section.parts.append(
            Text(
                f"A request takes {duration(most.load_us / 1e3)} of Locust's core and "
                f"{duration(most.server_us / 1e3)} of the server's, so these latencies are Locust's own more "
                "than the server's."
            )
        )
    if loads:
        section.parts += [
            Figure(
                "users-throughput",
                load_charts.throughput(loads, reported.LOCUST, "users"),
                "Requests a second by users over HTTP.",
            ),
            Figure(
                "users-latency",
                load_charts.latency(loads, reported.LOCUST, "users"),
                "Latency by users over HTTP, Locust's own queue included.",
            ),
        ]
    section.parts += tables(experiment, "locust", reported.LOCUST, "users")
    others = [
        outcome for outcome in experiment.outcomes if outcome.group == "locust" and outcome.door != "http"
    ]
    if others:
        rows = [[outcome.title.removeprefix("Locust, "), *ours_cells(outcome)] for outcome in others]
        header = ["", "req/s", *LATENCY_HEADER, "failed"]
        section.parts.append(Table(header, rows, failed(others), "The other doors"))
    return section


def tables(
    experiment: Experiment, group: str, all_reported: Mapping[int, Reported], unit: str
) -> list[Table]:
    """Our phases over HTTP, failed ones too, and those at the reported loads beside what is reported."""
    outcomes = [
        outcome for outcome in experiment.outcomes if outcome.group == group and outcome.door == "http"
    ]
    header = [unit, "req/s", *LATENCY_HEADER, "failed"]
    ours = Table(
        header, [[str(outcome.level), *ours_cells(outcome)] for outcome in outcomes], failed(outcomes)
    )
    both = [outcome for outcome in outcomes if outcome.level in all_reported and outcome.ok]
    rows = []
    for outcome in both:
        load, said = outcome.load, all_reported[outcome.level]
        assert load is not None
        rows.append(
            [
                str(outcome.level),
                count(load.requests_per_second),
                digits(said.requests_per_second),
                times(load.requests_per_second / said.requests_per_second),
                duration(load.mean_ms),
                duration(said.mean_ms),
                times(said.mean_ms / load.mean_ms),
                duration(load.max_ms),
                duration(said.max_ms),
                said.failed,
            ]
        )
    header = [unit, "req/s", "reported", "ratio", "mean", "reported", "ratio", "max", "reported"]
    header += ["reported failed"]
    return [ours, *([Table(header, rows, title="Beside the report")] if rows else [])]


def failed(outcomes: Sequence[Outcome]) -> frozenset[int]:
    return frozenset(index for index, outcome in enumerate(outcomes) if not outcome.ok)


def ours_cells(outcome: Outcome) -> list[str]:
    """A failed phase has no figures."""
    if not outcome.ok or outcome.load is None:
        return ["FAILED"] + ["–"] * len(LATENCIES) + [count(outcome.load.failed) if outcome.load else "–"]
    return [count(outcome.load.requests_per_second), *latencies(outcome.load), count(outcome.load.failed)]


def latencies(load: Load) -> list[str]:
    return [duration(getattr(load, field)) for field in LATENCIES]


def fixed_rates(experiment: Experiment) -> Section:
    section = Section("At a fixed rate")
    loads = experiment.loads("open")
    if experiment.capacity is None:
        section.parts.append(
            Text("There is no capacity to take shares of: no phase of wrk gave one.", bad=True)
        )
        return section
    section.parts.append(
        Text(
            f"oha asks at shares of the {count(experiment.capacity)} requests a second that wrk got, "
            "whether or not the last ones are answered. A latency counts from when the request was due, so "
            "what waits in the generator counts too."
        )
    )
    behind = [
        share
        for share, load in loads.items()
        if load.offered_per_second and load.requests_per_second < 0.95 * load.offered_per_second
    ]
    points = experiment.points("open")
    if behind and behind[0] in points:
        point = points[behind[0]]
        section.parts.append(
            Text(
                f"From {behind[0]} % on fewer were answered than offered: {costs(point)}. From there on "
                "latencies grow for as long as the run lasts, and say only that."
                + (" Others had a part of the cores too." if is_disturbed(point) else "")
            )
        )
    if loads:
        section.parts += [
            Figure("open-latency", load_charts.open_loop(loads), "Latency by offered load."),
            Figure("open-rate", load_charts.offered(loads), "What was offered and what was answered."),
        ]
    outcomes = [outcome for outcome in experiment.outcomes if outcome.group == "open"]
    rows = [
        [
            f"{outcome.level} %",
            count(outcome.load.offered_per_second or 0) if outcome.load else "–",
            *ours_cells(outcome),
        ]
        for outcome in outcomes
    ]
    header = ["share", "offered req/s", "answered req/s", *LATENCY_HEADER, "failed"]
    section.parts.append(Table(header, rows, failed(outcomes)))
    return section


def beside_others(experiment: Experiment) -> Section:
    section = Section("Beside others")
    ratios = experiment.ratios
    if not ratios:
        section.parts.append(Text("Nothing was compared."))
        return section
    titles = experiment.titles()
    section.parts += [
        Text(
            "Each on the same core with one worker, under the same connections, in turns; medians of the "
            "rounds. nginx answers a constant of the same size and reads nothing: it is what the network "
            "costs at least."
        ),
        Figure(
            "comparison",
            load_charts.comparison(ratios, titles),
            "Requests a second on a logarithmic scale, and how many times that iris answers.",
        ),
    ]
    rows = [
        [
            titles[ratio.subject],
            count(ratio.requests_per_second),
            times(ratio.times) if ratio.times and ratio.subject != "iris" else "–",
            duration(ratio.p50_ms),
            duration(ratio.p99_ms),
            duration(ratio.cpu_us / 1e3),
            f"{ratio.memory_mib:.0f} MiB",
            count(ratio.failed),
        ]
        for ratio in ratios
    ]
    header = ["", "req/s", "iris to it", "p50", "p99", "CPU a request", "memory", "failed"]
    section.parts.append(Table(header, rows))
    return section

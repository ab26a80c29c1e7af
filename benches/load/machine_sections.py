"""Sections on the machine: CPU and memory, what failed, what is full first, how many pods that makes."""

from __future__ import annotations

import re

import bench_lab as lab
import capacity as model
import machine_charts
from document import Figure, Section, Table, Text, count, digits, percent
from experiment import Experiment
from generators import Load
from load_sections import failed
from peers import PEERS
from verdict import GENERATOR, SERVER, Point, bottleneck, says

# In units of SVG.
PHONE = 450
MANIFESTS = lab.REPOSITORY / "deploy" / "kubernetes" / "base"


def over_time(experiment: Experiment) -> Section:
    section = Section("CPU and memory over time")
    ours = [
        outcome for outcome in experiment.outcomes if outcome.subject == "iris" and outcome.group != "peer"
    ]
    section.parts.append(
        Text(
            "Five samples a second. Every phase has a server of its own, so memory begins anew; in "
            "process there is none, and the CPU is Locust's."
        )
    )
    if any(outcome.samples for outcome in ours):
        section.parts.append(
            Figure(
                "timeline",
                machine_charts.timeline(ours),
                "Phases are shaded; a failed one is red.",
                wide=True,
            )
        )
    measured = [outcome for outcome in ours if outcome.use]
    rows = [
        [
            outcome.title,
            percent(outcome.use.server_busy),
            percent(outcome.use.load_busy),
            " and ".join(percent(share) for share in outcome.use.others),
            f"{outcome.use.memory_mib:.1f} MiB",
        ]
        for outcome in measured
    ]
    header = ["", "server", "load and receiver", "others, on either core", "memory at most"]
    section.parts.append(Table(header, rows, failed(measured)))
    return section


def failures(experiment: Experiment) -> Section:
    section = Section("Failures")
    rows = []
    for outcome in experiment.outcomes:
        arrived, counted = outcome.arrived, outcome.counted
        rows.append(
            [
                outcome.title,
                *asked_cells(outcome.load),
                count(arrived.received) if arrived else "–",
                count(arrived.lost) if arrived else "–",
                count(counted.dropped_traces) if counted else "–",
                "FAILED" if not outcome.ok else "ok",
            ]
        )
    header = ["phase", "answered", "not 200", "socket errors", "timeouts"]
    header += ["traces received", "traces lost", "traces dropped", ""]
    section.parts += [Text(f"{each.title}: {each.failure}", bad=True) for each in experiment.failed]
    section.parts.append(Table(header, rows, failed(experiment.outcomes)))
    if any(name in {outcome.subject for outcome in experiment.outcomes} for name in PEERS):
        section.parts.append(
            Text(
                "A peer's failed requests are its result; only one that ends, or answers nothing but errors, "
                "has failed. The traces of iris beside its peers are counted with its last round."
            )
        )
    return section


def asked_cells(load: Load | None) -> list[str]:
    """Answered requests, and the failed ones by kind. Locust knows only that a request failed."""
    if load is None:
        return ["–"] * 4
    kinds = load.failures
    wrong, late = kinds.get("status", 0) + kinds.get("locust", 0), kinds.get("timeout", 0)
    return [count(number) for number in (load.requests, wrong, load.failed - wrong - late, late)]


def full_first(experiment: Experiment) -> Section:
    section = Section("What is full first")
    section.parts.append(
        Text(
            "The utilisation law: a core that works D seconds on each request answers 1/D a second at "
            "most. D falls as a core fills, so a bound stands only where one is full; where both are, the "
            "lower is what holds the requests up."
        )
    )
    points = {f"wrk {level}": point for level, point in experiment.points("wrk").items()}
    points |= {f"{level} users": point for level, point in experiment.points("locust").items()}
    points |= {f"oha {level} %": point for level, point in experiment.points("open").items()}
    if points:
        section.parts.append(
            Figure(
                "cores",
                machine_charts.cores(points),
                "Above, the server's core; below it, the load's. Light grey went to anybody else, the "
                "kernel's own threads included.",
            )
        )
    for group, unit, title in (("wrk", "connections", "wrk"), ("locust", "users", "Locust")):
        if found := bottleneck(list(experiment.points(group).values()), unit):
            section.parts.append(Text(f"**{title}.** {says(found, unit)}"))
            section.parts.append(Text(" ".join(found.reasons)))
    rows = [
        [
            name,
            count(point.requests_per_second),
            f"{point.server_us:.2f} µs",
            percent(point.in_system),
            bound_of(point, SERVER),
            f"{point.load_us:.2f} µs",
            bound_of(point, GENERATOR),
            digits(point.under_way),
        ]
        for name, point in points.items()
        if point.server and point.load
    ]
    header = ["", "req/s", "server a request", "in the kernel", "server's bound"]
    header += ["load a request", "load's bound", "under way (X·R)"]
    section.parts.append(Table(header, rows))
    section.parts.append(
        Text(
            "Under way, by Little's law, are X·R requests: throughput times mean latency. wrk adds to its "
            "latencies what it could not ask meanwhile, so after a stall that can be more than there are "
            "connections."
        )
    )
    return section


def bound_of(point: Point, core: str) -> str:
    return count(point.bounds[core]) if core in point.bounds else "–"


def capacity(experiment: Experiment) -> Section:
    """From what one core answers here to pods, by the module that knows autoscalers."""
    section = Section("Capacity")
    rates = {ratio.subject: ratio.requests_per_second for ratio in experiment.ratios}
    # Beside the original both have the same connections in the same rounds; else wrk's best has to do.
    ours = rates.get("iris", experiment.capacity)
    if ours is None or not experiment.start_seconds:
        section.parts.append(Text("Nothing to size with: no phase of wrk gave a throughput.", bad=True))
        return section
    starts = experiment.start_seconds
    measured = model.Measured(
        requests_per_second_per_core=ours,
        start_seconds=starts[len(starts) // 2],
        memory_mib=experiment.memory_mib,
        original_requests_per_second_per_core=rates.get("original"),
    )
    try:
        study = model.study(measured, MANIFESTS / "hpa.yaml", MANIFESTS / "deployment.yaml")
    except (ValueError, OSError) as error:
        section.parts.append(Text(f"The manifests cannot be read: {error}", bad=True))
        return section
    section.parts.append(
        Text(
            f"From this run: {count(ours)} requests a second on a core, "
            f"{measured.start_seconds * 1e3:.0f} ms from the start of the process to the first answer, "
            f"{measured.memory_mib:.0f} MiB in memory."
        )
    )
    section.parts += [
        Figure(
            f"capacity-{index}", figure.svg, f"**{figure.title}.** {figure.says}", wide=is_wide(figure.svg)
        )
        for index, figure in enumerate(study.figures)
    ]
    section.parts += [Table(table.header, table.rows, title=table.title) for table in study.tables]
    return section


def is_wide(svg: str) -> bool:
    """Whether a drawing was made for more than a phone."""
    box = re.search(r'viewBox="[\d.]+ [\d.]+ ([\d.]+)', svg)
    return box is not None and float(box[1]) > PHONE

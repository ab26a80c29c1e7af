"""The report: its verdict, the order of its sections, its files."""

from __future__ import annotations

import json
from pathlib import Path

import load_sections
import machine_sections
import page
import plain
import reported
import span_sections
from document import Document, Part, Section, Table, Text, Tiles, count, digits, duration, percent, times
from experiment import Experiment
from verdict import DISTURBED, bottleneck, says

TITLE = "iris under the load of the service it replaces"


def document(experiment: Experiment) -> Document:
    machine = experiment.machine
    subtitle = (
        f"{experiment.when}, plan {experiment.plan.name}, {experiment.seconds / 60:.0f} minutes. "
        f"{machine.cores} cores of {machine.processor}, Linux {machine.kernel}: the server on one, with one "
        "thread; the load and the receiver of its traces on the other."
    )
    sections = [
        verdict(experiment),
        load_sections.by_connections(experiment),
        load_sections.by_users(experiment),
        span_sections.breakdown(experiment),
        span_sections.under_load(experiment),
        machine_sections.over_time(experiment),
        machine_sections.failures(experiment),
        span_sections.slowest(experiment),
        load_sections.fixed_rates(experiment),
        load_sections.beside_others(experiment),
        machine_sections.full_first(experiment),
        machine_sections.capacity(experiment),
        how(experiment),
    ]
    for section in sections:
        # What was left out of this run has no rows.
        section.parts = [part for part in section.parts if not isinstance(part, Table) or part.rows]
    return Document(TITLE, subtitle, sections)


def verdict(experiment: Experiment) -> Section:
    section = Section("Verdict")
    failed = experiment.failed
    if failed:
        names = "; ".join(f"{outcome.title}: {outcome.failure}" for outcome in failed)
        section.parts.append(
            Text(f"FAILED: {len(failed)} of {len(experiment.outcomes)} phases. {names}.", bad=True)
        )
    loads = experiment.loads("wrk")
    if loads:
        section.parts.append(Text(" ".join(sentences(experiment))))
    section.parts += tiles(experiment)
    found = bottleneck(list(experiment.points("wrk").values()), "connections")
    if found:
        section.parts.append(Text(says(found, "connections")))
    section.parts += [Text(note) for note in disturbances(experiment)]
    return section


def sentences(experiment: Experiment) -> list[str]:
    """What the reader came for."""
    loads = experiment.loads("wrk")
    words = []
    ratios = {
        level: loads[level].requests_per_second / said.requests_per_second
        for level, said in reported.WRK.items()
        if level in loads
    }
    if ratios:
        low, high = min(ratios.values()), max(ratios.values())
        span = times(low) if len(ratios) == 1 else f"{digits(low)} to {times(high)}"
        words.append(
            f"One core answers **{span}** the requests that the replaced service reports for two to fifteen "
            "pods, every one of them traced."
        )
    original = next((ratio for ratio in experiment.ratios if ratio.subject == "original"), None)
    if original and original.times:
        words.append(
            "Against that service, rebuilt, on the same core in the same run, it is "
            f"**{times(original.times)}**."
        )
    if not experiment.failed:
        asked = [(o.door, o.load.requests) for o in experiment.outcomes if o.subject == "iris" and o.load]
        answered = sum(requests for _, requests in asked)
        by_server = sum(requests for door, requests in asked if door != "in-process")
        those = "" if by_server == answered else f"of the {count(by_server)} that a server answered "
        words.append(f"Of {count(answered)} requests none failed, and {those}no trace got lost on the way.")
    return words


def tiles(experiment: Experiment) -> list[Part]:
    found = []
    loads = experiment.loads("wrk")
    if 150 in loads:
        load = loads[150]
        found += [
            (f"{count(load.requests_per_second)} req/s", "150 connections, one core, all traced"),
            (duration(load.p99_ms), "p99 at 150 connections"),
        ]
    outcome = experiment.of("wrk").get(150)
    if outcome and (inference := outcome.span_means_us.get("model_inference")):
        found.append((duration(inference / 1e3), "model_inference; 25 ms are reported"))
    if experiment.memory_mib:
        found.append((f"{experiment.memory_mib:.0f} MiB", "in memory at most"))
    if starts := experiment.start_seconds:
        found.append(
            (
                duration(starts[len(starts) // 2] * 1e3),
                "from start to first answer; 30–45 s until a pod is ready are reported",
            )
        )
    return [Tiles(found)] if found else []


def disturbances(experiment: Experiment) -> list[str]:
    """Whether somebody else was on the machine."""
    shares = [max(point.others) for point in experiment.points("wrk").values()]
    if shares and max(shares) > DISTURBED:
        return [
            f"Others had up to {percent(max(shares))} of a core while wrk ran: these figures are theirs too."
        ]
    return []


def how(experiment: Experiment) -> Section:
    section = Section("How this was made")
    section.parts.append(
        Text(
            "`make load` makes it again, `LOAD=full make load` with the durations of the replaced "
            "service's own tests. Every phase has a fresh server and a fresh receiver. A phase with a "
            "failed request, a lost or wrong trace, or a server that ended is FAILED: only the timeline "
            "draws it, in red, and the command ends with 1. Everything that was measured is in "
            "`results.json`."
        )
    )
    section.parts += [Text(note) for note in experiment.notes]
    return section


def write(experiment: Experiment, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    plain.remove_drawings(folder)
    (folder / "results.json").write_text(json.dumps(experiment.data(), indent=1, ensure_ascii=False) + "\n")
    made = document(experiment)
    (folder / "index.html").write_text(page.html(made))
    (folder / "report.md").write_text(plain.markdown(made))
    plain.drawings(made, folder)

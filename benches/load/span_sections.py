"""Sections on where the time went: the span tree, the stages under load, the slowest traces."""

from __future__ import annotations

import reported
import span_charts
from document import Figure, Section, Table, Text, duration, percent, times
from experiment import Experiment
from metrics import STAGES
from phases import Outcome

ROOT = "prediction_request"


def parts_us(outcome: Outcome) -> dict[str, float]:
    """The stages and the network: the client's mean less the server's span. Empty without spans."""
    if outcome.load is None or ROOT not in outcome.span_means_us:
        return {}
    network = outcome.load.mean_ms * 1e3 - outcome.span_means_us[ROOT]
    stages = {stage: outcome.span_means_us[stage] for stage in STAGES if stage in outcome.span_means_us}
    return stages | {"network": max(network, 0.0)}


def breakdown(experiment: Experiment) -> Section:
    section = Section("Where the time of a request goes")
    traced = [o for o in experiment.outcomes if o.ok and o.group in ("wrk", "locust") and parts_us(o)]
    # Its receiver sums over all rounds, so the last one has seen most.
    original = [o for o in experiment.outcomes if o.ok and o.subject == "original" and parts_us(o)]
    traced = original[-1:] + traced
    section.parts.append(
        Text(
            "Means over every trace that reached the receiver. The network's share is the client's mean "
            "less the server's span: it is the kernel's sockets on both sides and, with all connections "
            "asking at once, mostly the wait for the one core. The report counts the same way."
        )
    )
    if not traced:
        return section
    drawn = {short_title(outcome): parts_us(outcome) for outcome in traced}
    section.parts.append(
        Figure(
            "parts",
            span_charts.parts(drawn, reported.SPANS_MS),
            "The parts of a request on one logarithmic scale.",
        )
    )
    whole_ms = sum(reported.SPANS_MS.values())
    rows = [
        ["reported, 150 users", duration(whole_ms)]
        + [share_of(reported.SPANS_MS[part], whole_ms) for part in span_charts.PARTS]
    ]
    for outcome in traced:
        assert outcome.load is not None
        parts, whole = parts_us(outcome), outcome.load.mean_ms
        rows.append(
            [short_title(outcome), duration(whole)]
            + [share_of(parts[part] / 1e3, whole) if part in parts else "–" for part in span_charts.PARTS]
        )
    section.parts.append(Table(["load", "request, client's mean", *span_charts.PARTS], rows))
    section.parts += told_to_users(experiment)
    return section


def told_to_users(experiment: Experiment) -> list[Table]:
    """The same from the other end: what `Server-Timing` told Locust's users."""
    outcomes = [outcome for outcome in experiment.of("locust").values() if outcome.server_timing_ms]
    rows = [
        [short_title(outcome)]
        + [
            duration(outcome.server_timing_ms[part]) if part in outcome.server_timing_ms else "–"
            for part in (*STAGES, "total", "network")
        ]
        for outcome in outcomes
    ]
    header = ["load", *STAGES, "total", "network"]
    return [Table(header, rows, title="What Server-Timing told the users")] if rows else []


def share_of(milliseconds: float, whole: float) -> str:
    return f"{duration(milliseconds)} ({percent(milliseconds / whole)})"


def short_title(outcome: Outcome) -> str:
    if outcome.subject == "original":
        return f"original here, wrk {outcome.level}"
    if outcome.group == "wrk":
        return f"wrk {outcome.level}"
    door = {"http": "HTTP", "grpc": "gRPC"}.get(outcome.door, outcome.door)
    return f"{outcome.level} users, {door}"


def under_load(experiment: Experiment) -> Section:
    section = Section("The stages under load")
    section.parts.append(
        Text(
            "The report's `model_inference` grows eightfold from 50 to 500 users. Here the stages are "
            "those of the server's own `/metrics`, over each phase."
        )
    )
    wrk, users = means(experiment, "wrk"), means(experiment, "locust")
    if wrk or users:
        inference = [
            {level: stages["model_inference"] for level, stages in by_level.items()}
            for by_level in (wrk, users)
        ]
        section.parts.append(
            Figure(
                "inference",
                span_charts.inference(inference[0], inference[1], reported.INFERENCE_MS),
                "`model_inference` beside the report's, on logarithmic scales.",
            )
        )
    if wrk:
        section.parts.append(
            Figure("stages", span_charts.stages(wrk, "connections"), "All three stages, by connections.")
        )
    rows = []
    for group in ("wrk", "locust"):
        for level, outcome in experiment.of(group).items():
            assert outcome.counted is not None
            stages = outcome.counted.stages
            said = reported.INFERENCE_MS.get(level)
            ours = stages["model_inference"].mean_us / 1e3
            rows.append(
                [short_title(outcome)]
                + [
                    f"{duration(stages[s].mean_us / 1e3)}, p99 {duration(stages[s].p99_us / 1e3)}"
                    for s in STAGES
                ]
                + ([duration(said), times(said / ours)] if said else ["–", "–"])
            )
    if rows:
        header = ["load", *STAGES, "reported model_inference", "ratio"]
        section.parts.append(Table(header, rows))
    return section


def means(experiment: Experiment, group: str) -> dict[int, dict[str, float]]:
    return {
        level: {stage: each.mean_us for stage, each in outcome.counted.stages.items()}
        for level, outcome in experiment.of(group).items()
        if outcome.counted and "model_inference" in outcome.counted.stages
    }


def slowest(experiment: Experiment) -> Section:
    section = Section("The slowest traces")
    section.parts.append(
        Text(
            "Of every phase the requests that the server itself took longest for, as the receiver got "
            "them, each on a scale of its own. The computation is the same for every request, so a stage "
            "that is far longer than usual is mostly a thread that lost its core for a while."
        )
    )
    for index, outcome in enumerate(experiment.outcomes):
        if outcome.ok and outcome.slowest:
            section.parts.append(
                Figure(f"slowest-{index}", span_charts.waterfalls(outcome.title, outcome.slowest), "")
            )
    return section

"""Drawings of what the machine did: CPU and memory over time, and who had the cores."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

from drawing import BAD, OTHER, OURS, PALE, SHADES, WIDE, figure, legend_above, svg
from phases import Outcome
from verdict import Point


def timeline(outcomes: Sequence[Outcome]) -> str:
    """Shares of both cores, and the server's memory. A failed phase is red; gaps are starts and stops."""
    drawn = figure(WIDE, 5.0)
    cores, memory = drawn.subplots(2, sharex=True, height_ratios=(3, 2))
    for index, outcome in enumerate(outcome for outcome in outcomes if outcome.samples):
        samples = outcome.samples
        middles = [(a.at + b.at) / 2 for a, b in pairwise(samples)]
        server = [100 * (b.user + b.system - a.user - a.system) / (b.at - a.at) for a, b in pairwise(samples)]
        load = [100 * (b.load - a.load) / (b.at - a.at) for a, b in pairwise(samples)]
        cores.plot(middles, load, color=OTHER, lw=0.8, label="" if index else "load and receiver")
        cores.plot(middles, server, color=OURS, lw=1.2, label="" if index else "server")
        if outcome.door != "in-process":
            # There it would be Locust's, many times the server's.
            memory.plot(
                [sample.at for sample in samples],
                [sample.memory_mib for sample in samples],
                color=OURS,
                lw=1.2,
            )
        for axis in (cores, memory):
            color = BAD if not outcome.ok else PALE
            axis.axvspan(samples[0].at, samples[-1].at, color=color, alpha=0.25, lw=0)
        cores.annotate(
            label_of(outcome),
            ((samples[0].at + samples[-1].at) / 2, 108),
            rotation=90,
            ha="center",
            va="bottom",
            fontsize=8,
            color=BAD if not outcome.ok else "#1b2733",
            annotation_clip=False,
        )
    cores.set_ylim(0, 105)
    cores.set_ylabel("% of its core")
    legend_above(cores, 2)
    memory.set_ylim(bottom=0)
    memory.set_ylabel("MiB in memory")
    memory.set_xlabel("seconds since the start")
    return svg(drawn, "CPU and memory over time")


def label_of(outcome: Outcome) -> str:
    if outcome.group == "locust":
        return f"{outcome.level} users{'' if outcome.door == 'http' else f', {outcome.door}'}"
    return f"wrk {outcome.level}" if outcome.group == "wrk" else f"oha {outcome.level} %"


def cores(points: Mapping[str, Point]) -> str:
    """A pair of bars for each load: the server's core, and the load's."""
    drawn = figure(height=1.4 + 0.5 * len(points))
    axis = drawn.subplots()
    kinds = (
        ("server, its own code", OURS, -0.18, [point.server_user for point in points.values()]),
        ("server, in the kernel", SHADES[1], -0.18, [point.server_system for point in points.values()]),
        ("load and receiver", OTHER, 0.18, [point.load for point in points.values()]),
    )
    filled = {-0.18: [0.0] * len(points), 0.18: [0.0] * len(points)}
    others = (
        ("others", PALE, -0.18, [point.others[0] for point in points.values()]),
        ("", PALE, 0.18, [point.others[1] for point in points.values()]),
    )
    for label, color, shift, shares in (*kinds, *others):
        places = [index + shift for index in range(len(points))]
        widths = [100 * share for share in shares]
        axis.barh(places, widths, 0.32, left=filled[shift], color=color, label=label or "_")
        filled[shift] = [a + b for a, b in zip(filled[shift], widths, strict=True)]
    axis.set_yticks(range(len(points)), list(points))
    axis.invert_yaxis()
    axis.set_xlim(0, 105)
    axis.grid(axis="x")
    axis.set_xlabel("% of a core")
    legend_above(axis, 2)
    return svg(drawn, "Who had the cores")

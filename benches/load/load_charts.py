"""Drawings of what the generators saw: throughput and latency, by load and beside others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from comparison import Ratio
from document import ROUNDED_AWAY_MS, count, times
from drawing import (
    COUNTS,
    DURATIONS,
    OTHER,
    OURS,
    REPORTED,
    SHADES,
    figure,
    legend_above,
    level_scale,
    log_scale,
    svg,
)
from generators import Load
from reported import Reported

KINDS = (("p50", "p50_ms"), ("p90", "p90_ms"), ("p99", "p99_ms"), ("p99.9", "p999_ms"), ("max", "max_ms"))


def throughput(ours: Mapping[int, Load], reported: Mapping[int, Reported], unit: str) -> str:
    """Bars side by side on a logarithmic scale: they are orders of magnitude apart."""
    levels = sorted(ours.keys() | reported.keys())
    drawn = figure()
    axis = drawn.subplots()
    both = (
        (-0.2, OURS, "iris, one core", {level: load.requests_per_second for level, load in ours.items()}),
        (0.2, REPORTED, "reported, 2–15 pods", {n: each.requests_per_second for n, each in reported.items()}),
    )
    for shift, color, label, values in both:
        places = [levels.index(level) + shift for level in values]
        bars = axis.bar(places, list(values.values()), 0.38, color=color, label=label)
        axis.bar_label(bars, [short(value) for value in values.values()], fontsize=8, padding=2)
    axis.set_xticks(range(len(levels)), [str(level) for level in levels])
    log_scale(axis, "y", COUNTS)
    highest = max(value for _, _, _, values in both for value in values.values())
    # Room for the figures above the bars.
    axis.set_ylim(100, highest * 2)
    axis.set_xlabel(unit)
    axis.set_ylabel("requests a second")
    legend_above(axis, 2)
    return svg(drawn, f"Throughput by {unit}")


def short(value: float) -> str:
    return f"{value / 1e3:.3g}k" if value >= 1e3 else count(value)


def latency(ours: Mapping[int, Load], reported: Mapping[int, Reported], unit: str) -> str:
    drawn = figure()
    axis = drawn.subplots()
    levels = sorted(ours)
    for (label, field), color in zip(KINDS, SHADES, strict=True):
        values = [getattr(ours[level], field) or ROUNDED_AWAY_MS for level in levels]
        axis.plot(levels, values, "o-", color=color, ms=4, label=label)
    for label, field, style in (("reported mean", "mean_ms", "s--"), ("reported max", "max_ms", "^:")):
        values = [getattr(each, field) for each in reported.values()]
        axis.plot(list(reported), values, style, color=REPORTED, ms=4, label=label)
    level_scale(axis, sorted({*levels, *reported}))
    log_scale(axis, "y", DURATIONS)
    axis.set_xlabel(unit)
    axis.set_ylabel("latency")
    legend_above(axis, 3)
    return svg(drawn, f"Latency by {unit}")


def open_loop(loads: Mapping[int, Load]) -> str:
    """What a request waits at a fixed rate, by the share of the capacity that was asked for."""
    drawn = figure()
    axis = drawn.subplots()
    shares = sorted(loads)
    for (label, field), color in zip(KINDS, SHADES, strict=True):
        axis.plot(
            shares, [getattr(loads[share], field) for share in shares], "o-", color=color, ms=4, label=label
        )
    axis.set_xticks(shares, [f"{share} %" for share in shares])
    log_scale(axis, "y", DURATIONS)
    axis.set_xlabel("offered, of the capacity")
    axis.set_ylabel("latency, from when it was due")
    legend_above(axis, 5)
    return svg(drawn, "Latency by offered load")


def offered(loads: Mapping[int, Load]) -> str:
    """Asked for and answered."""
    drawn = figure()
    axis = drawn.subplots()
    shares = sorted(loads)
    rates = [loads[share].offered_per_second or 0.0 for share in shares]
    axis.plot(shares, rates, "--", color=OTHER, label="offered")
    axis.plot(
        shares, [loads[share].requests_per_second for share in shares], "o-", color=OURS, label="answered"
    )
    axis.set_xticks(shares, [f"{share} %" for share in shares])
    axis.yaxis.set_major_formatter(COUNTS)
    axis.set_ylim(bottom=0)
    axis.grid(axis="y")
    axis.set_xlabel("offered, of the capacity")
    axis.set_ylabel("requests a second")
    legend_above(axis, 2)
    return svg(drawn, "Offered and answered")


def comparison(ratios: Sequence[Ratio], titles: Mapping[str, str]) -> str:
    """Bars on a logarithmic scale, each with how many times its requests iris answers."""
    drawn = figure(height=0.9 + 0.55 * len(ratios))
    axis = drawn.subplots()
    places = range(len(ratios))
    colors = [OURS if ratio.subject == "iris" else OTHER for ratio in ratios]
    bars = axis.barh(places, [ratio.requests_per_second for ratio in ratios], 0.5, color=colors)
    labels = [
        short(ratio.requests_per_second)
        + ("" if ratio.subject == "iris" or ratio.times is None else f", iris {times(ratio.times)}")
        for ratio in ratios
    ]
    axis.bar_label(bars, labels, padding=4, fontsize=9)
    # Above each bar, since beside it the names would take half a phone's width.
    for place, ratio in zip(places, ratios, strict=True):
        axis.annotate(
            titles[ratio.subject],
            (0, place - 0.3),
            xycoords=("axes fraction", "data"),
            fontsize=9,
            va="bottom",
        )
    axis.set_yticks([])
    axis.invert_yaxis()
    log_scale(axis, "x", COUNTS)
    axis.set_xlim(left=100, right=max(ratio.requests_per_second for ratio in ratios) * 12)
    axis.set_ylim(top=-0.8)
    axis.set_xlabel("requests a second")
    return svg(drawn, "Throughput beside others")

"""Drawings of where the time of a request went: its parts, its stages under load, its slowest traces."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from document import duration
from drawing import DURATIONS, OURS, REPORTED, STAGES, figure, legend_above, level_scale, log_scale, svg
from metrics import STAGES as STAGE_NAMES
from receiver import Trace

PARTS = (*STAGE_NAMES, "network")


def parts(ours: Mapping[str, Mapping[str, float]], reported_ms: Mapping[str, float]) -> str:
    """A row for each load, a mark for each part of a request, on one scale over all orders of magnitude."""
    rows = {"reported, 150 users": reported_ms} | {
        name: {part: us / 1e3 for part, us in of_load.items()} for name, of_load in ours.items()
    }
    drawn = figure(height=1.2 + 0.42 * len(rows))
    axis = drawn.subplots()
    for place, of_load in enumerate(rows.values()):
        low, high = (pick(of_load[part] for part in PARTS if part in of_load) for pick in (min, max))
        axis.plot([low, high], [place, place], color=STAGES["prediction_request"], lw=1, zorder=1)
    for part in PARTS:
        found = [(of_load[part], place) for place, of_load in enumerate(rows.values()) if part in of_load]
        axis.scatter(*zip(*found, strict=True), s=42, color=STAGES[part], label=part, zorder=2)
    axis.set_yticks(range(len(rows)), list(rows))
    axis.set_ylim(len(rows) - 0.5, -0.5)
    log_scale(axis, "x", DURATIONS)
    axis.tick_params(axis="x", labelsize=8)
    legend_above(axis, 2)
    return svg(drawn, "Parts of a request")


def inference(
    wrk_us: Mapping[int, float], users_us: Mapping[int, float], reported_ms: Mapping[int, float]
) -> str:
    drawn = figure()
    axis = drawn.subplots()
    axis.plot(
        list(reported_ms), list(reported_ms.values()), "s--", color=REPORTED, ms=5, label="reported, users"
    )
    for values, style, label in ((users_us, "o-", "iris, users"), (wrk_us, "^:", "iris, connections")):
        axis.plot(list(values), [us / 1e3 for us in values.values()], style, color=OURS, ms=5, label=label)
    level_scale(axis, sorted({*reported_ms, *wrk_us, *users_us}))
    log_scale(axis, "y", DURATIONS)
    axis.set_xlabel("users or connections")
    axis.set_ylabel("model_inference, mean")
    legend_above(axis, 2)
    return svg(drawn, "Inference under load")


def stages(by_level: Mapping[int, Mapping[str, float]], unit: str) -> str:
    """Means of the three stages in microseconds."""
    drawn = figure()
    axis = drawn.subplots()
    for stage in STAGE_NAMES:
        values = {level: means[stage] / 1e3 for level, means in by_level.items() if stage in means}
        axis.plot(list(values), list(values.values()), "o-", color=STAGES[stage], ms=5, label=stage)
    level_scale(axis, list(by_level))
    log_scale(axis, "y", DURATIONS)
    axis.set_xlabel(unit)
    axis.set_ylabel("mean")
    legend_above(axis, 2)
    return svg(drawn, f"Stages by {unit}")


def waterfalls(title: str, traces: Sequence[Trace]) -> str:
    """Each trace with a scale of its own, since one may be a hundred times another."""
    drawn = figure(height=0.5 + 1.15 * len(traces))
    axes = drawn.subplots(len(traces), squeeze=False)[:, 0]
    drawn.suptitle(title, x=0.01, ha="left", fontsize=10)
    for axis, trace in zip(axes, traces, strict=True):
        scale = trace.duration_us
        for place, span in enumerate(trace.spans):
            # Pale, for the words on it; and a nanosecond is still to be seen.
            width, color = max(span.duration_us, scale * 0.004), STAGES[span.name]
            axis.barh(place, width, 0.7, span.start_us, color=color, alpha=0.5)
            axis.annotate(
                f"{span.name} {duration(span.duration_us / 1e3)}",
                (0.005, place),
                xycoords=("axes fraction", "data"),
                va="center",
                fontsize=8,
            )
        axis.set_xlim(0, scale)
        axis.set_ylim(len(trace.spans) - 0.4, -0.6)
        axis.set_yticks([])
        axis.set_xticks([])
        axis.set_title(f"trace {trace.trace_id[:16]}…, {duration(scale / 1e3)}", loc="left", fontsize=8)
        axis.spines["bottom"].set_visible(False)
    return svg(drawn, f"Slowest traces of {title}")

"""The study's plots: (title, SVG, what is to be seen), the sentence computed from the same numbers."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Callable
from typing import Any

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullLocator

from capacity import hpa, sentences
from capacity.cluster import Second
from capacity.profiles import OpenLoop
from capacity.results import Result
from capacity.sizing import Sizing

Plot = tuple[str, str, str]

# Okabe and Ito's colours, which the colour-blind tell apart; the original is dashed too, for print.
STYLES: dict[str, dict[str, Any]] = {
    "iris": {"color": "#0072B2", "linestyle": "-", "linewidth": 1.8},
    "original": {"color": "#D55E00", "linestyle": (0, (4, 1.5)), "linewidth": 1.6},
}
GREY = "#595959"
ASKED: dict[str, Any] = {"color": "#d0d0d0", "linewidth": 5.0}
SETTINGS: dict[Any, Any] = {
    "svg.fonttype": "none",
    "font.size": 9,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": "#e6e6e6",
    "grid.linewidth": 0.6,
    "xtick.color": GREY,
    "ytick.color": GREY,
}


def all_figures(results: list[Result], sizes: dict[str, Sizing], autoscaler: hpa.Autoscaler) -> list[Plot]:
    with matplotlib.rc_context(SETTINGS):
        families = {family: of_family(results, family) for family in ("wrk", "Locust", "ramp")}
        return [
            how_many_pods(sizes),
            small_multiples("Connections that never pause (wrk)", families["wrk"], sentences.wrk),
            small_multiples("Users with pauses (Locust)", families["Locust"], sentences.locust),
            small_multiples("A ramp, whether answered or not", families["ramp"], sentences.ramp),
            autoscaler_at_work(families["ramp"], autoscaler),
        ]


def of_family(results: list[Result], family: str) -> list[Result]:
    return [result for result in results if result.profile.family == family]


def small_multiples(title: str, results: list[Result], says: Callable[[list[Result]], str]) -> Plot:
    """A column for each load; rows share their scale, so that columns can be compared."""
    rows: list[tuple[str, Callable[[Second], float], str]] = [
        ("answered,\nreq/s", lambda second: second.answered, "log"),
        ("latency,\nms", lambda second: second.latency_seconds * 1e3, "log"),
        ("pods", lambda second: second.replicas, "linear"),
    ]
    if any(second.unserved for result in results for name in STYLES for second in result.seconds[name]):
        rows.insert(1, ("timed out,\nreq/s", lambda second: second.unserved, "symlog"))
    figure = Figure(figsize=(10, 0.8 + 1.45 * len(rows)), layout="constrained")
    grid = figure.subplots(len(rows), len(results), squeeze=False, sharex="col", sharey="row")
    for column, result in enumerate(results):
        if isinstance(result.profile.load, OpenLoop):
            asked = [second for second in result.seconds["iris"] if second.arrived]
            grid[0, column].plot(
                [second.at for second in asked],
                [second.arrived for second in asked],
                label="asked for",
                **ASKED,
            )
        for axes, (label, value, scale) in zip(grid[:, column], rows, strict=True):
            for name, style in STYLES.items():
                seconds = [second for second in result.seconds[name] if scale != "log" or value(second) > 0]
                axes.plot(
                    [second.at for second in seconds],
                    [value(second) for second in seconds],
                    drawstyle="steps-post" if label == "pods" else "default",
                    label=name,
                    **style,
                )
            scaled(axes, scale)
            if column == 0:
                axes.set_ylabel(label, color=GREY)
        grid[0, column].set_title(result.profile.name, loc="left", fontsize=9.5)
        grid[-1, column].set_xlabel("seconds", color=GREY)
        grid[-1, column].xaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 3, 5, 10]))
    grid[-1, 0].set_ylim(0)
    grid[-1, 0].yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 3, 5, 10]))
    handles, names = grid[0, 0].get_legend_handles_labels()
    figure.legend(handles, names, loc="outside upper left", ncols=len(names), frameon=False)
    return title, svg(figure, title), says(results)


def scaled(axes: Axes, scale: str) -> None:
    if scale == "linear":
        return
    axes.set_yscale(scale, **({"linthresh": 10} if scale == "symlog" else {}))
    if scale == "symlog":
        axes.set_ylim(bottom=0)
        axes.set_yticks([0, 100, 10_000, 1_000_000])
    else:
        axes.yaxis.set_major_locator(LogLocator(numticks=5))
    axes.yaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(plain))


def plain(value: float, _position: int = 0) -> str:
    for size, suffix in ((1e6, " M"), (1e3, " k")):
        if value >= size:
            return f"{value / size:g}{suffix}"
    return f"{value:g}"


def how_many_pods(sizes: dict[str, Sizing]) -> Plot:
    """Pods over load at the target, and where the autoscaler stops."""
    title = "Pods for a steady load, at the autoscaler's CPU target"
    figure = Figure(figsize=(8, 4), layout="constrained")
    axes = figure.subplots()
    rates = [10 ** (1 + step / 40) for step in range(201)]
    most = next(iter(sizes.values())).most
    for name, size in sizes.items():
        pods = [size.pods_at_target(rate) for rate in rates]
        axes.plot(rates, pods, drawstyle="steps-post", **STYLES[name])
        at = next((index for index, count in enumerate(pods) if count >= 60), len(rates) - 1)
        axes.annotate(
            name,
            (rates[at], pods[at]),
            xytext=(-8, 0),
            textcoords="offset points",
            color=STYLES[name]["color"],
            ha="right",
        )
    axes.axhline(most, color=GREY, linewidth=0.8)
    axes.annotate(
        f"maxReplicas, {most}", (rates[0], most), xytext=(5, 3), textcoords="offset points", color=GREY
    )
    axes.set(xscale="log", yscale="log", xlim=(rates[0], rates[-1]), ylim=(1, 1000))
    axes.set_xlabel("load, requests a second", color=GREY)
    axes.set_ylabel("pods", color=GREY)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_major_formatter(FuncFormatter(plain))
        axis.set_minor_locator(NullLocator())
    return title, svg(figure, title), sentences.sizes(sizes)


def autoscaler_at_work(ramps: list[Result], autoscaler: hpa.Autoscaler) -> Plot:
    """Ours at the lowest ramp that moves its autoscaler, or else the highest: CPU, and pods that follow."""
    moved = (result for result in ramps if result.summary("iris").most_replicas > autoscaler.min_replicas)
    result = next(moved, ramps[-1])
    seconds = result.seconds["iris"]
    title = f"The autoscaler at work: iris, {result.profile.name}"
    figure = Figure(figsize=(8, 4.4), layout="constrained")
    cpu, pods = figure.subplots(2, 1, sharex=True)
    at = [second.at for second in seconds]
    cpu.plot(at, [second.cpu_percent for second in seconds], **STYLES["iris"])
    target = next(metric.target_percent for metric in autoscaler.metrics if metric.resource == "cpu")
    cpu.axhline(target, color=GREY, linewidth=0.8)
    above = {"xytext": (-4, 3), "textcoords": "offset points", "color": GREY, "ha": "right"}
    cpu.annotate(f"target, {target} %", (at[-1], target), **above)
    cpu.set_ylabel("CPU of what is\nrequested, %", color=GREY)
    cpu.set_ylim(bottom=0)
    pods.plot(at, [second.replicas for second in seconds], drawstyle="steps-post", color=GREY, linewidth=1)
    pods.plot(at, [second.ready for second in seconds], drawstyle="steps-post", **STYLES["iris"])
    for text, height, color in (("asked for", 0.93, GREY), ("ready", 0.8, STYLES["iris"]["color"])):
        pods.annotate(f"— {text}", (0.01, height), xycoords="axes fraction", color=color, va="top")
    pods.set_ylabel("pods", color=GREY)
    pods.set_xlabel("seconds", color=GREY)
    pods.set_xlim(0, at[-1])
    pods.set_ylim(bottom=0)
    pods.yaxis.set_major_locator(MaxNLocator(4, integer=True, steps=[1, 2, 3, 5, 10]))
    return title, svg(figure, title), sentences.autoscaler(result, target, autoscaler)


def svg(figure: Figure, title: str) -> str:
    """One element to be put into a page: it shrinks with the page, and has a name for who cannot see it."""
    buffer = io.StringIO()
    # Ids are hashed with the title, so that plots in one page don't take each other's, and stay the same.
    with matplotlib.rc_context({"svg.hashsalt": title}):
        nothing = dict.fromkeys(("Creator", "Date", "Format", "Type"))
        figure.savefig(buffer, format="svg", metadata=nothing)
    element = buffer.getvalue()
    element = element[element.index("<svg") :]
    # Of the ids only those that something refers to are kept: `figure_1` would be in every plot of a page.
    used = set(re.findall(r"#([\w.]+)", element))
    element = re.sub(r' id="([^"]+)"', lambda match: match[0] if match[1] in used else "", element)
    # Matplotlib's style sheet would hold for the whole page; on the element it is inherited.
    element = re.sub(r"<defs>\s*<style.*?</style>\s*</defs>", "", element, count=1, flags=re.DOTALL)
    style = "max-width:100%;height:auto;stroke-linejoin:round;stroke-linecap:butt"
    attributes = f'role="img" aria-label="{html.escape(title)}" style="{style}"'
    return element.replace("<svg ", f"<svg {attributes} ", 1)

"""How everything drawn looks, and how it becomes SVG that can stand in a page."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence

import matplotlib
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

# 360 of SVG's units: about as wide as a phone, so that the letters there are as large as the page's.
WIDTH, HEIGHT = 5.0, 3.3
WIDE = 10.0

OURS, REPORTED, OTHER, PALE, BAD = "#0b7285", "#c2410c", "#64748b", "#cbd5e1", "#b42318"
# Light to dark: from what most requests see to what one saw.
SHADES = ("#99d8e3", "#4fb3c4", "#0b7285", "#064b58", "#022730")
STAGES = {
    "prediction_request": "#cbd5e1",
    "data_preparation": "#4fb3c4",
    "model_inference": "#0b7285",
    "response_formatting": "#7c3aed",
    "network": "#94a3b8",
}

matplotlib.rcParams.update(
    {
        "svg.fonttype": "none",
        "svg.hashsalt": "iris",
        "font.size": 10,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": "#94a3b8",
        "axes.labelcolor": "#5b6b7a",
        "axes.axisbelow": True,
        "xtick.color": "#5b6b7a",
        "ytick.color": "#5b6b7a",
        "grid.color": "#e6ebef",
        "legend.frameon": False,
        "legend.fontsize": 9,
    }
)


def figure(width: float = WIDTH, height: float = HEIGHT) -> Figure:
    return Figure(figsize=(width, height), layout="constrained")


def log_scale(axis: Axes, which: str, text: FuncFormatter) -> None:
    """A logarithmic axis with a line for each power of ten only."""
    (axis.set_xscale if which == "x" else axis.set_yscale)("log")
    side = axis.xaxis if which == "x" else axis.yaxis
    side.set_major_formatter(text)
    side.set_minor_locator(NullLocator())
    axis.grid(axis=which)


def level_scale(axis: Axes, levels: Sequence[int]) -> None:
    """Connections or users on a logarithmic axis that names those that were measured, and no other."""
    axis.set_xscale("log")
    axis.set_xticks(levels, [str(level) for level in levels])
    axis.minorticks_off()


def legend_above(axis: Axes, n_columns: int) -> None:
    """Over the whole drawing, since the room above the axis alone is too narrow for long names."""
    drawn = axis.get_figure()
    assert isinstance(drawn, Figure)
    drawn.legend(loc="outside upper left", ncols=n_columns, borderaxespad=0.1, columnspacing=1.2)


def svg(drawn: Figure, label: str) -> str:
    """The drawing for a page: letters as text, no ids that would be there twice, named for screen readers."""
    file = io.StringIO()
    drawn.savefig(file, format="svg", metadata={"Date": None, "Creator": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>", "", text, flags=re.DOTALL)
    referred = set(re.findall(r'(?:url\(|href=")#([\w.-]+)', text))
    text = re.sub(r' id="([\w.-]+)"', lambda match: match[0] if match[1] in referred else "", text)
    # Each drawing has ids of its own.
    mark = re.sub(r"\W+", "-", label.lower()).strip("-")
    text = re.sub(r'(id="|url\(#|href="#)', rf"\g<1>{mark}-", text)
    text = text.replace("'DejaVu Sans'", "system-ui, 'DejaVu Sans', sans-serif")
    text = re.sub(r'^<svg([^>]*?) width="[^"]*"', r"<svg\1", text)
    text = re.sub(r'^<svg([^>]*?) height="[^"]*"', r"<svg\1", text)
    return text.replace("<svg", f'<svg role="img" aria-label="{label}"', 1)


def with_unit(milliseconds: float, _: object = None) -> str:
    """A power of ten as a duration, for an axis."""
    for unit, size in (("s", 1e3), ("ms", 1.0), ("µs", 1e-3)):
        if milliseconds >= size * 0.9999:
            return f"{milliseconds / size:.0f} {unit}"
    return f"{milliseconds * 1e6:.0f} ns"


def short_count(number: float, _: object = None) -> str:
    for letter, size in (("M", 1e6), ("k", 1e3)):
        if number >= size:
            return f"{number / size:g}{letter}"
    return f"{number:g}"


DURATIONS = FuncFormatter(with_unit)
COUNTS = FuncFormatter(short_count)

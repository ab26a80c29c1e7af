"""The table and the plot of what was measured."""

from __future__ import annotations

import re
from pathlib import Path

from figure import Figure

OURS = "iris"
HEADING = "## {}, {} features, trained by {}"
NONE = "–"
# Shape, number of features, library.
Key = tuple[str, int, str]


def write(figures: list[Figure], machine: dict[str, str], folder: Path, keep: bool = False) -> None:
    """`RESULTS.md` and `results.svg`; if asked, with the tables that are there and were not measured now."""
    page = folder / "RESULTS.md"
    tables = _kept(page.read_text()) if keep and page.exists() else {}
    for key in dict.fromkeys((f.shape, f.n_features, f.library) for f in figures):
        of_key = [f for f in figures if (f.shape, f.n_features, f.library) == key]
        tables[key] = (of_key, [f"Measured on {machine['date']}.", "", *_table(of_key)])
    text = [
        "# Forests, beside their peers",
        "",
        f"`benches/trees/run.py` on one core of {machine['cpu']}, Python {machine['python']}.",
        "Microseconds a call, the median of rounds in which all took part; *without caller* has the",
        "same call on a single tree taken off; the ratio is the peer's time by ours. iris is called",
        "from Rust, the others from Python unless it says C.",
        "",
    ]
    figures = [figure for of_key, _ in tables.values() for figure in of_key]
    text += _summary(figures)
    for key, (_, lines) in tables.items():
        text += [HEADING.format(*key), "", *lines, ""]
    page.write_text("\n".join(text))
    _plot(figures, folder / "results.svg")


def _table(figures: list[Figure]) -> list[str]:
    names = list(dict.fromkeys(f.participant for f in figures))
    lines = ["| trees | rows | " + " | ".join(names) + " |", "|---|---|" + "---|" * len(names)]
    for cell in dict.fromkeys((f.n_trees, f.n_rows) for f in figures):
        of_cell = {f.participant: f for f in figures if (f.n_trees, f.n_rows) == cell}
        ours = of_cell.get(OURS)
        columns = [_column(of_cell.get(name), ours) for name in names]
        lines.append(f"| {cell[0]:,} | {cell[1]:,} | " + " | ".join(columns) + " |")
    return lines


def _kept(page: str) -> dict[Key, tuple[list[Figure], list[str]]]:
    """The tables of a page as they are, and what they say: each number to its three digits."""
    kept = {}
    for section in page.split("\n## ")[1:]:
        heading, *lines = section.strip().split("\n")
        if (found := re.fullmatch(r"(.+), (\d+) features, trained by (.+)", heading)) is None:
            continue
        shape, n_features, library = found[1], int(found[2]), found[3]
        (_, _, *names), _, *rows = [line.strip("| ").split(" | ") for line in lines if line.startswith("|")]
        figures = [
            Figure(library, _int(n_trees), shape, n_features, _int(n_rows), name, *_numbers(text))
            for n_trees, n_rows, *columns in rows
            for name, text in zip(names, columns, strict=True)
            if text != NONE
        ]
        kept[shape, n_features, library] = (figures, lines[1:])
    return kept


def _int(text: str) -> int:
    return int(text.replace(",", ""))


def _numbers(text: str) -> tuple[float, float | None]:
    """A call's nanoseconds, and the caller's, as a column has them."""
    found = re.match(r"([\d.,]*\d)(?: \(([\d.,]+) without caller\))?", text)
    call, without = (number and float(number.replace(",", "")) * 1e3 for number in found.groups())
    return call, None if without is None else call - without


def _summary(figures: list[Figure]) -> list[str]:
    """Where each peer comes nearest, and whoever is faster than iris."""
    ours = {
        (f.library, f.n_trees, f.shape, f.n_features, f.n_rows): f for f in figures if f.participant == OURS
    }
    ratios: dict[str, list[tuple[float, Figure]]] = {}
    for figure in figures:
        cell = ours.get((figure.library, figure.n_trees, figure.shape, figure.n_features, figure.n_rows))
        if cell is not None and figure is not cell:
            ratios.setdefault(figure.participant, []).append((figure.nanoseconds / cell.nanoseconds, figure))
    text = [
        "## Where each peer comes nearest",
        "",
        "| peer | its time by ours at the least | where | cells |",
    ]
    text.append("|---|---|---|---|")
    for name, of_peer in ratios.items():
        ratio, nearest = min(of_peer, key=lambda pair: pair[0])
        where = f"{nearest.n_trees:,} trees of {nearest.shape}, {nearest.n_features} features, "
        where += f"{nearest.n_rows:,} rows"
        text.append(f"| {name} | {ratio:.1f}× | {where} | {len(of_peer)} |")
    cells = sum(map(len, ratios.values()))
    faster = sum(ratio < 1 for of_peer in ratios.values() for ratio, _ in of_peer)
    text += ["", f"Of {cells} comparisons a peer is faster in {faster}.", ""]
    if alone := [f"{r:,.0f}×" for r, f in ratios.get("scikit-learn", []) if f.n_rows == 1]:
        text += [f"One row beside scikit-learn, in the order of the tables below: {', '.join(alone)}.", ""]
    return text


def _column(figure: Figure | None, ours: Figure | None) -> str:
    if figure is None:
        return NONE
    text = _number(figure.nanoseconds / 1e3)
    if figure.overhead is not None:
        text += f" ({_number(max(figure.nanoseconds - figure.overhead, 0) / 1e3)} without caller)"
    if ours is not None and figure is not ours:
        text += f", {figure.nanoseconds / ours.nanoseconds:.1f}×"
    return text


def _number(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _plot(figures: list[Figure], path: Path) -> None:
    """Nanoseconds a row and tree of 100 trees, by the number of rows of a call."""
    import matplotlib as mpl

    mpl.use("svg")
    from matplotlib import pyplot

    chosen = [f for f in figures if f.n_trees == 100 and f.n_features == 10]
    shapes = list(dict.fromkeys(f.shape for f in chosen))
    if not shapes:
        return
    fig, axes = pyplot.subplots(1, len(shapes), figsize=(4 * len(shapes), 4), sharey=True, squeeze=False)
    for axis, shape in zip(axes[0], shapes, strict=True):
        for name in dict.fromkeys(f.participant for f in chosen if f.shape == shape):
            points = [f for f in chosen if f.shape == shape and f.participant == name]
            style = {"linewidth": 3, "color": "black"} if name == OURS else {"linewidth": 1.2}
            axis.plot(
                [f.n_rows for f in points],
                [f.nanoseconds / f.n_rows / f.n_trees for f in points],
                marker="o",
                label=name,
                **style,
            )
        axis.set(xscale="log", yscale="log", title=shape, xlabel="rows of a call")
        axis.legend(fontsize=7)
    axes[0][0].set_ylabel("nanoseconds a row and tree, 100 trees")
    fig.tight_layout()
    fig.savefig(path)

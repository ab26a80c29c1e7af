"""What a report is made of, before it is a page or Markdown; and how its numbers are written."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

# Locust rounds to milliseconds: what it has as 0 took less than this.
ROUNDED_AWAY_MS = 0.5


@dataclass(frozen=True)
class Text:
    """A paragraph. `bad` is for what went wrong."""

    words: str
    bad: bool = False


@dataclass(frozen=True)
class Tiles:
    """Figures to be seen first: each a value and what it is."""

    tiles: Sequence[tuple[str, str]]


@dataclass(frozen=True)
class Table:
    """Rows below a header; the first column names them. Rows in `bad` went wrong."""

    header: Sequence[str]
    rows: Sequence[Sequence[str]]
    bad: frozenset[int] = frozenset()
    title: str = ""


@dataclass(frozen=True)
class Figure:
    """A drawing as SVG, with a sentence that says what is to be seen. `wide` ones need the whole width."""

    name: str
    svg: str
    says: str
    wide: bool = False


Part = Text | Tiles | Table | Figure


@dataclass
class Section:
    title: str
    parts: list[Part] = field(default_factory=list)


@dataclass(frozen=True)
class Document:
    title: str
    subtitle: str
    sections: Sequence[Section]


def count(number: float) -> str:
    return f"{number:,.0f}"


def digits(number: float) -> str:
    """Three that count, and no more."""
    if number == 0:
        return "0"
    if number >= 1000:
        return f"{float(f'{number:.3g}'):,.0f}"
    for limit, places in ((100, 0), (10, 1), (0.1, 2)):
        if number >= limit:
            return f"{number:.{places}f}"
    return f"{number:.2g}"


def times(ratio: float) -> str:
    return f"{digits(ratio)} ×"


def percent(share: float) -> str:
    """A share of 1."""
    if 0 < share < 1e-4:
        return "< 0.01 %"
    # All but a little is not all.
    if 0.995 <= share < 1:
        return "> 99 %"
    return f"{share * 100:.0f} %" if share >= 0.1 or share == 0 else f"{share * 100:.2g} %"


def duration(milliseconds: float) -> str:
    """With the unit that suits it."""
    if milliseconds == 0:
        return f"< {ROUNDED_AWAY_MS} ms"
    if milliseconds < 1:
        return f"{digits(milliseconds * 1e3)} µs"
    if milliseconds < 1000:
        return f"{digits(milliseconds)} ms"
    return f"{digits(milliseconds / 1e3)} s"

"""Classes by versions, as a table in Markdown."""

from __future__ import annotations

from collections import defaultdict

from outcome import WORST_FIRST, Outcome

Outcomes = dict[tuple[str, str, str], Outcome]
"""By class, title and version."""


def cell(outcomes: list[Outcome]) -> str:
    """`read`, `refused`, or how many of how many; what is wrong is never hidden."""
    if not outcomes:
        return "–"
    counts = {status: sum(each.status == status for each in outcomes) for status in WORST_FIRST}
    bad = [f"{status} {counts[status]}" for status in ("WRONG", "error", "inexact") if counts[status]]
    total = len(outcomes)
    if counts["read"] == total:
        exact = sum(each.bits for each in outcomes)
        return f"read {total}" + (" =" if exact == total else "")
    if counts["refused"] == total:
        return f"refused {total}"
    return ", ".join([*bad, f"read {counts['read']} of {total}"])


def table(outcomes: Outcomes, classes: list[str], versions: list[str], heads: list[str] | None = None) -> str:
    """A row for each class; `heads` are what versions are called, if not by themselves."""
    by_cell = defaultdict(list)
    for (of, _, version), each in outcomes.items():
        by_cell[of, version].append(each)
    shown = [[of, *(cell(by_cell[of, version]) for version in versions)] for of in classes]
    rows = [["class", *(heads or versions)], ["---"] * (len(versions) + 1), *shown]
    widths = [max(len(row[column]) for row in rows) for column in range(len(versions) + 1)]
    return "\n".join(
        "| " + " | ".join(text.ljust(width) for text, width in zip(row, widths, strict=True)) + " |"
        for row in rows
    )


def words(outcomes: Outcomes, statuses: tuple[str, ...]) -> list[str]:
    """What was said, once for each class, with the versions and how often."""
    said: dict[tuple[str, str, str], list[str]] = defaultdict(list)
    for (of, _, version), each in outcomes.items():
        if each.status in statuses:
            said[of, each.status, each.words].append(version)
    return [
        f"{of}, {status} {len(versions)} ({', '.join(dict.fromkeys(versions))}): {text}"
        for (of, status, text), versions in said.items()
    ]

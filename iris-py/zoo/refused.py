"""The list of known refusals, `refused.txt`: for each case, the versions of which it is refused."""

from __future__ import annotations

from pathlib import Path

FILE = Path(__file__).parent / "refused.txt"
Known = dict[str, set[str]]


def read(path: Path = FILE) -> Known:
    """Versions by the case's title."""
    known: Known = {}
    for line in path.read_text(encoding="utf-8").splitlines() if path.exists() else []:
        versions, title = line.split(" | ", 1)
        known[title] = set(versions.split())
    return known


def write(known: Known, order: list[str], path: Path = FILE) -> None:
    """In the order of the cases, without those that there are no more."""
    lines = [
        f"{' '.join(sorted(known[title], key=by_number))} | {title}\n" for title in order if known.get(title)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def by_number(version: str) -> list[int]:
    """1.10 comes after 1.9."""
    return [int(part) for part in version.split(".")]

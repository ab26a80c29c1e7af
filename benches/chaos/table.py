"""The results as a table: for whoever ran it, for programs, and for the documents."""

from __future__ import annotations

import json
import os
import platform
from datetime import UTC, datetime
from pathlib import Path

from lab import OUTPUT
from promise import PROMISES, Outcome

HERE = Path(__file__).parent
BEFORE = HERE / "before.json"
PAGE = HERE / "RELIABILITY.md"
HEAD = ("promise", "anchor", "attack", "bound", "before", "now", "beside: nginx 1.22", "verdict")


def verdict(outcome: Outcome) -> str:
    return {True: "holds", False: "FAILS", None: "–"}[outcome.holds]


def write(results: dict[str, Outcome], folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    said = {name: vars(outcome) for name, outcome in results.items()}
    (folder / "results.json").write_text(json.dumps(said, indent=1, ensure_ascii=False, default=str) + "\n")
    path = folder / "table.md"
    path.write_text(f"{summary(results)}\n\n{tables(results)}")
    return path


def keep_as_before(results: dict[str, Outcome]) -> None:
    """What later tables have in the column of before."""
    kept = before() | {name: outcome.now for name, outcome in results.items()}
    BEFORE.write_text(json.dumps(dict(sorted(kept.items())), indent=1, ensure_ascii=False) + "\n")


def before() -> dict[str, str]:
    return json.loads(BEFORE.read_text()) if BEFORE.exists() else {}


def write_page(results: dict[str, Outcome]) -> None:
    """The page of the documents, anew."""
    text = INTRODUCTION.format(summary=summary(results), machine=machine())
    PAGE.write_text(f"{text}{soaked()}\n{tables(results)}")


def soaked() -> str:
    """What the last soak gave, if there was one."""
    path = OUTPUT / "soak.json"
    if not path.exists():
        return ""
    said = json.loads(path.read_text())
    last = said["looks"][-1]
    judged = "; ".join(said["faults"]) or "flat, every failure explained, every trace accounted for"
    parts = [
        f"{said['outages']} outages of the collector, {said['reloads']} reloads",
        f"{said['answered']:,} answered, {said['shed']:,} refused for load",
        f"{said['recorded']:,} traces recorded and {said['received']:,} received",
        f"{last['resident_mib']:.0f} MiB and {last['descriptors']} descriptors at the end",
    ]
    minutes = f"{said['seconds'] / 60:.0f} minutes"
    return f"\n`make soak`, {minutes} of everything at once: {'; '.join(parts)}. It found: {judged}.\n"


def summary(results: dict[str, Outcome]) -> str:
    counts = {word: 0 for word in ("holds", "FAILS", "–")}
    for outcome in results.values():
        counts[verdict(outcome)] += 1
    left_out = f", {counts['–']} could not be tried here" if counts["–"] else ""
    return f"{counts['holds']} of {len(results)} promises hold, {counts['FAILS']} fail{left_out}."


def tables(results: dict[str, Outcome]) -> str:
    """One for each kind, in the order of the promises."""
    earlier = before()
    parts = []
    for kind in dict.fromkeys(PROMISES[name].kind for name in results):
        lines = [f"## {kind[0].upper()}{kind[1:]}", "", row(*HEAD), row(*["---"] * len(HEAD))]
        for name, outcome in results.items():
            each = PROMISES[name]
            if each.kind == kind:
                was = "; ".join(part for part in (each.before, earlier.get(name, "")) if part)
                cells = (each.says, each.anchor, each.attack, each.bound, was, outcome.now, outcome.beside)
                lines.append(row(*cells, verdict(outcome)))
        parts.append("\n".join(lines) + "\n")
    return "\n".join(parts)


def row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", " ") for cell in cells) + " |"


def machine() -> str:
    model = next(
        (
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if "model name" in line
        ),
        platform.machine(),
    )
    return f"{os.cpu_count()} cores of {model}, Linux {platform.release()}, {datetime.now(UTC):%Y-%m-%d}"


INTRODUCTION = """# What is promised, and what became of it

Made by `make chaos CHAOS=--keep`; not to be edited. {summary}

The server, release build, one worker, has core 0; load and attackers have core 1, attackers only the time
that nobody else there wants ({machine}). nginx, where it is named, stood
under the same attack on the same core, as a proxy that reads a body before it asks its upstream. "before" is
what was seen when the attack was first tried, and what this harness saw of a build from then. A promise that
fails is printed as such; "–" is one that could not be tried on this machine.

Overload is an open loop: requests leave when they are due, their clients hang up after a second, and only
answers until then count. Where it says less than 10 ×, the load's core could not ask more.
"""

"""One table of what was asked of speed and what is measured: ours, the peer's or the limit, the ratio.

`python benches/report` measures all parts, each in interleaved rounds of its own, keeps the raw results in
`results.json` here, and writes RESULTS.md and README's comparison from them. Nothing else may run meanwhile.
`--only PART` measures some and keeps the others as they were; `--write` measures nothing.
"""

from __future__ import annotations

import argparse
import datetime
import itertools
import json
import sys
from pathlib import Path

from parts import PARTS, REPOSITORY
from rows import Row, rows

HERE = Path(__file__).parent
RAW = HERE / "results.json"
BEGIN, END = "<!-- from benches/report -->", "<!-- end -->"
IN_README = {
    "class of one row, Iris: ns",
    "predict_one: times as fast",
    "predict_proba, 1,000,000 rows: times as fast",
    "traced, 50 connections: req/s",
    "traces lost",
    "untraced, 150 connections: CPU µs a request",
}
HEAD = """# Speed: asked, measured

`make bench-report`, one run a part: both sides in turns, server on core 0 and load on core 1, medians of
ratios within a round. A ratio is ours by the peer's, or the peer's time by ours where it says *times as
fast*. What is not measured here is in `benches/README.md` and in the pages of forests and tables.
"""


def table(found: list[Row]) -> str:
    """A table a section."""
    text = ""
    for section, group in itertools.groupby(found, key=lambda row: row.section):
        text += f"\n## {section}\n\n| | ours | peer or limit | ratio | asked | reached |\n{'|---' * 6}|\n"
        for row in group:
            ratio = f"{row.ratio:,.0f}" if row.ratio >= 100 else f"{row.ratio:.2f}"
            text += f"| {row.question} | {row.ours} | {row.peer} | {ratio} | {row.bound} | {row.verdict} |\n"
    return text


def write(raw: dict[str, object]) -> None:
    """RESULTS.md from what was measured."""
    dates = "; ".join(f"{name} {each['date']}" for name, each in sorted(raw.items()))  # type: ignore[index]
    found = list(rows({name: each["raw"] for name, each in raw.items()}))  # type: ignore[index]
    missed = [row for row in found if row.verdict == "**no**"]
    asked = sum(row.reach is not None for row in found)
    summary = f"\n{asked - len(missed)} of {asked} aims are reached. Measured: {dates}.\n"
    tried = (HERE / "tried.md").read_text()
    (HERE / "RESULTS.md").write_text(f"{HEAD}{summary}{table(found)}\n{tried}")
    write_readme(found)


def write_readme(found: list[Row]) -> None:
    """The comparison for who has not heard of any of it: a few rows of the same."""
    path = REPOSITORY / "README.md"
    before, _, rest = path.read_text().partition(BEGIN)
    _, _, after = rest.partition(END)
    lines = [
        f"| {row.question} | {row.ours} | {row.peer} | {row.ratio:.2f} |"
        for row in found
        if row.question in IN_README
    ]
    head = ["", "", "| | iris | beside | ratio |", "|---|---|---|---|"]
    path.write_text(before + BEGIN + "\n".join([*head, *lines, "", ""]) + END + after)


def main() -> int:
    """0 if what was asked for was measured."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--only", nargs="+", choices=[part.name for part in PARTS], metavar="PART")
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--write", action="store_true", help="only write the table again")
    options = parser.parse_args()
    raw = json.loads(RAW.read_text()) if RAW.exists() else {}
    folder = REPOSITORY / "target" / "bench-report"
    folder.mkdir(parents=True, exist_ok=True)
    failed = 0
    for part in [] if options.write else PARTS:
        if options.only and part.name not in options.only:
            continue
        try:
            taken = part.take(folder / f"{part.name}.json", options.rounds)
        except Exception as error:
            print(f"{part.name} was not measured, it needs {part.needs}: {error}", file=sys.stderr)
            failed += 1
            continue
        raw[part.name] = {"date": datetime.date.today().isoformat(), "raw": taken}
        RAW.write_text(json.dumps(raw, indent=1) + "\n")
    write(raw)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())

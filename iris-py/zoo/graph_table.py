"""What became of graphs that skl2onnx made, as a table in Markdown."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from pathlib import Path

from outcome import Outcome, outcome
from table import cell

FOLDER = "onnx"
"""Of `graphs.py`, beside those of versions."""
KNOWN = Path(__file__).parent / "refused_graphs.txt"
SCORES = "this model gives scores, not probabilities"
"""What is said of a graph from which it does not follow that its numbers are between 0 and 1."""
HEADING = "\n## Graphs of skl2onnx\n"
ABOUT = """
Up to {most} cases of each class, of scikit-learn {sklearn}, as skl2onnx {skl2onnx} converts them for rows in
single precision: labels are those of onnxruntime {onnxruntime} on every row; predictions of numbers and
probabilities are within 1e-5 of the largest of their row, or of their column's median, since a graph is
calculated in single precision in an order that it does not say. What is refused says why.

"""
NONE = """
skl2onnx, or onnxruntime, makes nothing of {classes}.
"""


class Graphs:
    """The cases in the folder: what became of each, by class and title."""

    def __init__(self, folder: Path, only: list[str] | None) -> None:
        absent = folder / "absent.json"
        self.absent: dict[str, str] = (
            json.loads(absent.read_text(encoding="utf-8")) if absent.exists() else {}
        )
        self.outcomes: dict[tuple[str, str], Outcome] = {}
        self.versions: dict[str, str] = {}
        for path in sorted(folder.glob("*/*.json")):
            item = json.loads(path.read_text(encoding="utf-8"))
            if only and item["class"] not in only:
                continue
            self.versions = item["versions"]
            found = outcome(path)
            if found.status == "error" and SCORES in found.words:
                # Labels come before probabilities, and agree.
                found = Outcome("refused", SCORES)
            if item["answers"] or found.status == "refused":
                self.outcomes[item["class"], item["title"]] = found
        for of in {of for of, _ in self.outcomes}:
            self.absent.pop(of, None)

    def section(self) -> str:
        """Of the document: a row for each class."""
        by_class = defaultdict(list)
        for (of, _), each in self.outcomes.items():
            by_class[of].append(each)
        if not by_class:
            return ""
        rows = [["class", "graphs", "why not"], ["---"] * 3]
        for of in sorted(by_class):
            why = dict.fromkeys(each.words for each in by_class[of] if each.status == "refused")
            rows.append([of, cell(by_class[of]), "; ".join(why)])
        widths = [max(len(row[column]) for row in rows) for column in range(2)]
        shown = "\n".join(
            f"| {of.ljust(widths[0])} | {read.ljust(widths[1])} | {why} |" for of, read, why in rows
        )
        return shown + "\n"

    def refused(self) -> dict[str, str]:
        """Why, by title."""
        return {title: each.words for (_, title), each in self.outcomes.items() if each.status == "refused"}

    def surprises(self, known: dict[str, str]) -> list[str]:
        """Whatever is wrong, or is not as the list of refusals has it."""
        found = []
        for (of, title), each in self.outcomes.items():
            if each.status in ("WRONG", "error"):
                found.append(f"{each.status} graph of {of}: {title}\n    {each.words}")
            elif each.status == "refused" and known.get(title) != each.words:
                found.append(f"refused, not in the list: graph of {of}: {title}\n    {each.words}")
            elif each.status == "read" and title in known:
                found.append(f"read, though in the list: graph of {of}: {title}")
        return found

    def document(self) -> str:
        """The section with its heading, and what there is no graph of."""
        about = ABOUT.format(
            most=max(Counter(of for of, _ in self.outcomes).values()),
            skl2onnx=self.versions["skl2onnx"],
            sklearn=self.versions["scikit-learn"],
            onnxruntime=self.versions["onnxruntime"],
        )
        return (
            HEADING
            + about
            + self.section()
            + NONE.format(classes=", ".join(f"`{of}`" for of in sorted(self.absent)))
        )


def read(path: Path = KNOWN) -> dict[str, str]:
    """Why a case is refused, by its title."""
    lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    return dict(line.split(" | ", 1)[::-1] for line in lines)


def write(refused: dict[str, str], path: Path = KNOWN) -> None:
    """As `read` reads it."""
    lines = [f"{why} | {title}\n" for title, why in sorted(refused.items())]
    path.write_text("".join(lines), encoding="utf-8")

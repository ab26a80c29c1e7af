"""A document as Markdown, its drawings in files beside it."""

from __future__ import annotations

import re
from pathlib import Path

from document import Document, Figure, Part, Table, Text, Tiles


def markdown(document: Document) -> str:
    parts = [f"# {document.title}", document.subtitle]
    for section in document.sections:
        parts += [f"## {section.title}", *map(part_markdown, section.parts)]
    return "\n\n".join(parts) + "\n"


def part_markdown(part: Part) -> str:
    match part:
        case Text(words, bad):
            return f"**{words}**" if bad else words
        case Tiles(tiles):
            return "\n".join(f"- **{value}** {what}" for value, what in tiles)
        case Table(header, rows, bad, title):
            marked = [
                [f"**{first}**" if index in bad else first, *rest]
                for index, (first, *rest) in enumerate(rows)
            ]
            lines = [header, ["---"] + ["--:"] * (len(header) - 1), *marked]
            table = "\n".join("| " + " | ".join(line) + " |" for line in lines)
            return f"### {title}\n\n{table}" if title else table
        case Figure(name, _, says):
            return f"![{name}]({name}.svg)\n\n{says}".rstrip()


def remove_drawings(folder: Path) -> None:
    """Those of the report that is there; other files are somebody's."""
    if (report := folder / "report.md").exists():
        for name in re.findall(r"^!\[(.+)\]\(\1\.svg\)$", report.read_text(), re.MULTILINE):
            (folder / f"{name}.svg").unlink(missing_ok=True)


def drawings(document: Document, folder: Path) -> None:
    for section in document.sections:
        for part in section.parts:
            if isinstance(part, Figure):
                (folder / f"{part.name}.svg").write_text(part.svg)

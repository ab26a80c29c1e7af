"""A document as one HTML file that needs nothing else."""

from __future__ import annotations

import re
from html import escape
from itertools import groupby
from pathlib import Path

from document import Document, Figure, Part, Section, Table, Text, Tiles

STYLE = Path(__file__).with_name("page.css")


def html(document: Document) -> str:
    links = "".join(
        f'<a href="#{anchor(section.title)}">{escape(section.title)}</a>' for section in document.sections
    )
    body = "\n".join(section_html(section) for section in document.sections)
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(document.title)}</title>\n<style>\n{STYLE.read_text()}</style>\n</head>\n<body>\n"
        f"<header><h1>{escape(document.title)}</h1><p>{escape(document.subtitle)}</p><nav>{links}</nav></header>\n"
        f"<main>\n{body}\n</main>\n</body>\n</html>\n"
    )


def anchor(title: str) -> str:
    return re.sub(r"\W+", "-", title.lower()).strip("-")


def section_html(section: Section) -> str:
    parts = []
    # Figures that follow each other share a row where there is room.
    for is_figure, group in groupby(section.parts, lambda part: isinstance(part, Figure)):
        inner = "\n".join(map(part_html, group))
        parts.append(f'<div class="figures">\n{inner}\n</div>' if is_figure else inner)
    name = anchor(section.title)
    return f'<section id="{name}"><h2>{escape(section.title)}</h2>\n' + "\n".join(parts) + "\n</section>"


def part_html(part: Part) -> str:
    match part:
        case Text(words, bad):
            return f"<p{class_of('bad', bad)}>{inline(words)}</p>"
        case Tiles(tiles):
            items = (
                f"<div><strong>{escape(value)}</strong><span>{escape(what)}</span></div>"
                for value, what in tiles
            )
            return f'<div class="tiles">{"".join(items)}</div>'
        case Table():
            return table_html(part)
        case Figure(_, svg, says, wide):
            caption = f"<figcaption>{inline(says)}</figcaption>" if says else ""
            return f'<figure{class_of("wide", wide)}><div class="drawing">{svg}</div>{caption}</figure>'


def table_html(table: Table) -> str:
    head = "".join(f'<th scope="col">{inline(cell)}</th>' for cell in table.header)
    rows = []
    for index, (first, *rest) in enumerate(table.rows):
        cells = "".join(f"<td>{inline(cell)}</td>" for cell in rest)
        kind = class_of("bad", index in table.bad)
        rows.append(f'<tr{kind}><th scope="row">{inline(first)}</th>{cells}</tr>')
    title = f"<h3>{escape(table.title)}</h3>" if table.title else ""
    return (
        f'{title}<div class="table" tabindex="0"><table><thead><tr>{head}</tr></thead>'
        f"<tbody>{''.join(rows)}</tbody></table></div>"
    )


def class_of(name: str, is_so: bool) -> str:
    return f' class="{name}"' if is_so else ""


def inline(words: str) -> str:
    """Escaped, with `code` and **strong** as Markdown has them."""
    words = re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(words))
    return re.sub(r"\*\*([^*]+)\*\*", r"<strong>\1</strong>", words)

"""Pages of the book that are documents of the repository, and links between both.

mdBook calls this as a preprocessor. `{{#page PATH}}` becomes the document at PATH, counted from the
repository's root. Links are followed from where a text stands: to a page of the book if there is one, and
where a file is in the repository alone its path is named. `docs/repository.py check` follows every link of
every document.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

BOOK = Path(__file__).resolve().parent
ROOT = BOOK.parent
SOURCE = BOOK / "src"
PAGE = re.compile(r"\{\{#page (\S+)\}\}\n?")
LINK = re.compile(r"(!?)\[((?:[^\[\]]|\[[^\]]*\])*)\]\(([^)\s]+)\)")
ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:")


def prose(text: str) -> Iterator[tuple[str, bool]]:
    """The lines, and whether each is prose: not in a block of code."""
    fence = None
    for line in text.splitlines(keepends=True):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if fence is None and mark:
            fence = mark[1]
            yield line, False
        elif fence is not None:
            if mark and line.strip() == fence:
                fence = None
            yield line, False
        else:
            yield line, True


def anchors(text: str) -> set[str]:
    """What the headings of a document are linked by."""
    found: set[str] = set()
    for line, is_prose in prose(text):
        heading = re.match(r"#+\s+(.*)", line) if is_prose else None
        if heading:
            plain = LINK.sub(r"\2", heading[1]).strip().lower()
            slug = re.sub(r"[^\w\- ]", "", plain).replace(" ", "-")
            n = 0
            while (slug if n == 0 else f"{slug}-{n}") in found:
                n += 1
            found.add(f"{slug}-{n}" if n else slug)
    return found


class Book:
    """The chapters, by the document in the repository that each shows."""

    def __init__(self, chapters: list[dict]) -> None:
        self.pages: dict[Path, Path] = {}
        for chapter in chapters:
            source = SOURCE / chapter["path"]
            whole = PAGE.fullmatch(chapter["content"])
            self.pages[ROOT / whole[1] if whole else source] = source

    def show(self, chapter: dict) -> str:
        """A chapter's text, with its document in it and its links followed."""
        page = SOURCE / chapter["path"]
        whole = PAGE.fullmatch(chapter["content"])
        document = ROOT / whole[1] if whole else page
        text = document.read_text(encoding="utf-8") if whole else chapter["content"]
        lines = (self.follow(line, document, page) if is_prose else line for line, is_prose in prose(text))
        return "".join(lines)

    def follow(self, line: str, document: Path, page: Path) -> str:
        def followed(link: re.Match[str]) -> str:
            image, label, target = link.groups()
            if ELSEWHERE.match(target) or target.startswith("#"):
                return link[0]
            path, _, anchor = target.partition("#")
            aim = (document.parent / path).resolve()
            if aim in self.pages or (image and aim.is_relative_to(SOURCE)):
                there = os.path.relpath(self.pages.get(aim, aim), page.parent)
                return f"{image}[{label}]({there}{'#' + anchor if anchor else ''})"
            name = aim.relative_to(ROOT).as_posix()
            return f"`{name}`" if label.strip("`").rstrip("/") == name else f"{label} (`{name}`)"

        return LINK.sub(followed, line)


def chapters(items: list) -> Iterator[dict]:
    """Every chapter that has a text, from the first to the last."""
    for item in items:
        if isinstance(item, dict) and "Chapter" in item:
            chapter = item["Chapter"]
            if chapter["path"] is not None:
                yield chapter
            yield from chapters(chapter["sub_items"])


def check() -> int:
    """Names each link of a document in the repository that leads nowhere."""
    command = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "*.md"]
    names = subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
    texts = {ROOT / name: (ROOT / name).read_text(encoding="utf-8") for name in names}
    # A page that shows a document has the document's headings.
    shown = {path: PAGE.fullmatch(text) for path, text in texts.items()}
    known = {path: anchors(texts[ROOT / page[1]] if page else texts[path]) for path, page in shown.items()}
    n_links, broken = 0, []
    for document, text in texts.items():
        for number, (line, is_prose) in enumerate(prose(text), 1):
            for link in LINK.finditer(re.sub(r"`[^`]*`", "", line)) if is_prose else ():
                target = link[3]
                if ELSEWHERE.match(target):
                    continue
                n_links += 1
                path, _, anchor = target.partition("#")
                aim = (document.parent / path).resolve() if path else document
                if not aim.exists() or (anchor and anchor not in known.get(aim, ())):
                    broken.append(f"{document.relative_to(ROOT)}:{number}: {target} leads nowhere")
    print("\n".join(broken) or f"{n_links} links in {len(texts)} documents lead where they say")
    return 1 if broken else 0


def main() -> int:
    match sys.argv[1:]:
        case ["check"]:
            return check()
        case ["supports", renderer]:
            return 0 if renderer == "html" else 1
        case _:
            _, book = json.load(sys.stdin)
            every = list(chapters(book["items"]))
            contents = Book(every)
            for chapter, text in [(chapter, contents.show(chapter)) for chapter in every]:
                chapter["content"] = text
            json.dump(book, sys.stdout)
            return 0


if __name__ == "__main__":
    sys.exit(main())

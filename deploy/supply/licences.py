"""The texts of the licences of all crates, each text once."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from graph import Crate

NAMES = ("license", "licence", "copying", "unlicense", "notice", "copyright")
RULE = "=" * 100


def document(crates: Sequence[Crate]) -> tuple[str, list[Crate]]:
    """Each crate's licence, then the texts with those that they are of; and the crates that bring none."""
    others = [crate for crate in crates if not crate.is_ours]
    owners: dict[str, list[str]] = {}
    silent = []
    for crate in others:
        texts = texts_of(crate)
        # These say themselves all that is to be said, so that many crates leave the text out.
        if not texts and not crate.licence.startswith(("MIT", "Apache-2.0", "CDLA-Permissive-2.0")):
            silent.append(crate)
        for text in texts:
            owners.setdefault(text, []).append(f"{crate.name} {crate.version}")
    lines = ["iris-server is under MIT OR Apache-2.0, and contains:", ""]
    lines += [f"{crate.name} {crate.version}: {crate.licence}" for crate in others]
    parts = ["\n".join(lines)]
    for text, names in owners.items():
        parts.append(f"{RULE}\n{', '.join(names)}\n{RULE}\n\n{text}")
    return "\n\n".join(parts) + "\n", silent


def texts_of(crate: Crate) -> list[str]:
    files = [path for path in sorted(crate.folder.iterdir()) if is_licence(path)]
    # Lines end as their authors' editors have it; the words are the same.
    return [
        "\n".join(line.rstrip() for line in path.read_text(errors="replace").splitlines()).strip()
        for path in files
    ]


def is_licence(path: Path) -> bool:
    return (
        path.is_file()
        and path.name.lower().startswith(NAMES)
        and path.suffix not in (".rs", ".toml", ".html")
    )

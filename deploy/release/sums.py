"""The checksums of all that is in a folder."""

from __future__ import annotations

import hashlib
from pathlib import Path


def write(folder: Path) -> str:
    """Writes SHA256SUMS, as `sha256sum --check` reads it; returns what is there, with sizes."""
    lines, listed = [], []
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        lines.append(f"{hashlib.sha256(content).hexdigest()}  {path.name}\n")
        listed.append(f"{len(content):>12,}  {path.name}")
    (folder / "SHA256SUMS").write_text("".join(lines))
    return "\n".join([f"{folder}:", *listed])

"""Model files: read whole, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path


def read(source: str | os.PathLike[str] | bytes | bytearray | memoryview) -> bytes:
    """The bytes of a model."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"a path or the bytes of a file are expected, not {type(source).__name__}")
    return Path(source).read_bytes()


def write(path: str | os.PathLike[str], content: bytes) -> None:
    """Writes beside the file and renames, so that nobody ever reads half of it."""
    target = Path(path)
    beside = target.with_name(f".{target.name}.{os.getpid()}-{id(content):x}.tmp")
    try:
        with beside.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(target)
    except BaseException:
        beside.unlink(missing_ok=True)
        raise

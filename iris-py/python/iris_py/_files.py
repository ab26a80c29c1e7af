"""Model files: read whole, written whole or not at all."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from iris_py._iris_py import Predictor
from iris_py._package import pack


def read(source: Any) -> bytes:
    """The bytes of a model: of a file or, where more than one says it, of a package of them."""
    if isinstance(source, (bytes, bytearray, memoryview)):
        return bytes(source)
    if isinstance(source, (list, tuple)):
        return pack({f"{index + 1}": read(one) for index, one in enumerate(source)}, {})
    if not isinstance(source, (str, os.PathLike)):
        raise TypeError(f"a path or the bytes of a file are expected, not {type(source).__name__}")
    path = Path(source)
    if path.is_dir():
        return _in_folder(path)
    file, mark, key = str(source).rpartition("#")
    if mark and file and key and not path.exists():
        return pack({"model": Path(file).read_bytes()}, {"key": key})
    return path.read_bytes()


def _in_folder(path: Path) -> bytes:
    """The file of a folder; packed with the names of its columns, if only the folder has them."""
    file, names = Predictor._locate(path)
    if names is None:
        return file
    own = list(Predictor.load(file).feature_names_in_)
    is_named = own != [f"x{index}" for index in range(len(own))]
    return file if is_named else pack({"model": file}, {"feature_names": names})


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

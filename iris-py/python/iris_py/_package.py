"""`model.iris`: a model's file, and what it has no field for, in a stored zip."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

MANIFEST = "iris.json"
FORMAT = 1


def pack(files: dict[str, bytes], metadata: dict[str, Any]) -> bytes:
    """A package of the files, by what they are called in it."""
    names = list(files)
    manifest: dict[str, Any] = {"format": FORMAT, "model": names[0] if len(names) == 1 else names}
    manifest |= {key: value for key, value in metadata.items() if value is not None}
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_STORED) as archive:
        # The same model gives the same bytes, whenever it is packed.
        archive.writestr(zipfile.ZipInfo(MANIFEST), json.dumps(manifest, allow_nan=False, indent=1))
        for name, file in files.items():
            archive.writestr(zipfile.ZipInfo(name), file)
    return packed.getvalue()


def packed(file: bytes, metadata: dict[str, Any]) -> bytes:
    """The file itself if it is a package, else a package of it."""
    return file if is_package(file) else pack({"model": file}, metadata)


def is_package(file: bytes) -> bool:
    """Whether a file is a package already."""
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as archive:
            return MANIFEST in archive.namelist()
    except zipfile.BadZipFile:
        return False

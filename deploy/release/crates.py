"""The crates as a registry would get them, each built from its own archive."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path


def pack(root: Path, folder: Path) -> None:
    """Packs and verifies every crate that is published."""
    command = ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"]
    said = subprocess.run(command, cwd=root, check=True, capture_output=True, text=True).stdout
    workspace = json.loads(said)
    # An empty list of registries is what `publish = false` becomes.
    published = [package for package in workspace["packages"] if package["publish"] is None]
    chosen = [argument for package in published for argument in ("--package", package["name"])]
    subprocess.run(["cargo", "package", "--locked", *chosen], cwd=root, check=True)
    for package in published:
        name = f"{package['name']}-{package['version']}.crate"
        shutil.copy2(Path(workspace["target_directory"]) / "package" / name, folder)

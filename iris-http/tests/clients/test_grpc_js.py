"""A client that is not Python's: @grpc/grpc-js."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest
from conftest import PROTOS, TOOLS, Server

HERE = Path(__file__).parent / "node"


@pytest.fixture(scope="session")
def modules() -> Path:
    """The packages of the lock file, under target/."""
    folder = TOOLS / "node"
    folder.mkdir(parents=True, exist_ok=True)
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / file, folder)
    install = ["npm", "ci", "--no-audit", "--no-fund", "--ignore-scripts", "--prefer-offline"]
    subprocess.run(install, cwd=folder, check=True, capture_output=True)
    return folder / "node_modules"


def test_both_services(server: Server, modules: Path) -> None:
    done = subprocess.run(
        ["node", HERE / "flowers.js", PROTOS, server.grpc],
        env=os.environ | {"NODE_PATH": str(modules)},
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    invalid_argument = 3
    assert json.loads(done.stdout) == {
        "one": "versicolor",
        "streamed": ["versicolor"] * 3,
        "refused": invalid_argument,
        "label": "versicolor",
    }

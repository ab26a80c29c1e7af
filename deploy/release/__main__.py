"""Everything of a release in one command: the server, the Python module, the crates, what they are made of.

    python3.11 deploy/release [FOLDER]      # target/release-VERSION, with SHA256SUMS; minutes

Builds what is committed, and nothing that is not. Wheels are built for interpreters that are there: one that
any CPython from 3.10 on loads, and one for each free-threaded CPython found. Nothing is uploaded.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import crates
import server
import sums
import wheels

ROOT = Path(__file__).resolve().parents[2]


def main() -> int:
    version = tomllib.loads((ROOT / "Cargo.toml").read_text())["workspace"]["package"]["version"]
    changed = subprocess.run(
        ["git", "status", "--porcelain"], cwd=ROOT, capture_output=True, text=True
    ).stdout
    if changed:
        print(f"not everything is committed:\n{changed}", file=sys.stderr, end="")
        return 1
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "target" / f"release-{version}").resolve()
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([sys.executable, "deploy/supply", folder], cwd=ROOT, check=True)
    server.build(ROOT, folder, version)
    wheels.build(ROOT, folder)
    crates.pack(ROOT, folder)
    print(sums.write(folder))
    return 0


if __name__ == "__main__":
    sys.exit(main())

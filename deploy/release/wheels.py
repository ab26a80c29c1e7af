"""The Python module: its sources, and wheels for the interpreters that are there."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

# The oldest libc that the wheels load on: glibc 2.17, of 2012.
PLATFORM = "manylinux_2_17"
FREE_THREADED = ["python3.13t", "python3.14t", "python3.15t"]


def build(root: Path, folder: Path) -> None:
    """Builds all, and proves that the first wheel answers."""
    python = tools(root)
    maturin = [python, "-m", "maturin"]
    module = root / "iris-py"
    subprocess.run([*maturin, "sdist", "--out", folder], cwd=module, check=True)
    found = [name for name in FREE_THREADED if shutil.which(name)]
    # `--zig` links against that libc, whichever is here; maturin then looks at the symbols itself.
    command = [*maturin, "build", "--locked", "--zig", "--compatibility", PLATFORM, "--out", folder]
    # zig is found as a module of the first Python on the path.
    environment = os.environ | {"PATH": os.pathsep.join([str(python.parent), os.environ["PATH"]])}
    for interpreter in [sys.executable, *found]:
        subprocess.run([*command, "--interpreter", interpreter], cwd=module, env=environment, check=True)
    (wheel,) = folder.glob("*-abi3-*.whl")
    prove(root, wheel)


def tools(root: Path) -> Path:
    """An environment with maturin and zig in it."""
    venv = root / "target" / "release-venv"
    if not venv.exists():
        subprocess.run([sys.executable, "-m", "venv", venv], check=True)
    python = venv / "bin" / "python"
    requirements = root / "deploy" / "release" / "requirements.txt"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "-r", requirements]
    subprocess.run(pip, check=True)
    return python


def prove(root: Path, wheel: Path) -> None:
    """Fails unless the wheel, in an environment of its own, answers."""
    venv = root / "target" / "release-proof"
    subprocess.run([sys.executable, "-m", "venv", "--clear", venv], check=True)
    python = venv / "bin" / "python"
    subprocess.run(
        [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", wheel], check=True
    )
    asked = "from iris_py import Predictor; print(Predictor().predict_one(5.1, 3.5, 1.4, 0.2).label)"
    said = subprocess.run([python, "-c", asked], check=True, capture_output=True, text=True).stdout.strip()
    assert said == "setosa", said

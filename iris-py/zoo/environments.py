"""Makes an environment for each version of scikit-learn in `environments.toml` that a Python here can run.

`python environments.py FOLDER [VERSION...]` prints `version path-of-its-python` a line.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import tomllib

VERSIONS = tomllib.loads((Path(__file__).parent / "environments.toml").read_text())


def find_python(wanted: str) -> str | None:
    """The Python of a version like "3.11": on the path, or among pyenv's."""
    candidates = sorted((Path.home() / ".pyenv/versions").glob(f"{wanted}.*/bin/python"))
    on_path = shutil.which(f"python{wanted}")
    for candidate in [*([on_path] if on_path else []), *candidates]:
        # pyenv puts a name on the path for each version, also for those that are switched off.
        probe = subprocess.run([candidate, "-c", "import venv"], capture_output=True)
        if probe.returncode == 0:
            return str(candidate)
    return None


def environment(folder: Path, version: str) -> Path | None:
    """The Python of one environment, made unless it is there as asked; None if no Python here can run it."""
    wanted = VERSIONS[version]
    python = next(filter(None, map(find_python, wanted["pythons"])), None)
    if python is None:
        print(
            f"scikit-learn {version} skipped: needs Python {' or '.join(wanted['pythons'])}", file=sys.stderr
        )
        return None
    home = folder / version
    stamp = home / "packages.txt"
    alone = wanted.get("without_dependencies", [])
    packages = "\n".join([python, *wanted["packages"], *alone])
    if not stamp.exists() or stamp.read_text() != packages:
        print(f"scikit-learn {version}: an environment with {python}", file=sys.stderr)
        shutil.rmtree(home, ignore_errors=True)
        subprocess.run([python, "-m", "venv", home], check=True)
        install = [home / "bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        install.append("--only-binary=:all:")
        subprocess.run([*install, *wanted["packages"]], check=True, stdout=sys.stderr)
        if alone:
            subprocess.run([*install, "--no-deps", *alone], check=True, stdout=sys.stderr)
        stamp.write_text(packages)
    return home / "bin/python"


def main() -> None:
    """Every version that is asked for, or all."""
    folder, *asked = sys.argv[1:]
    for version in asked or VERSIONS:
        python = environment(Path(folder), version)
        if python is not None:
            print(version, python, flush=True)


if __name__ == "__main__":
    main()

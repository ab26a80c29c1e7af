"""Holds the instruction counts of `benches/benches/instructions.rs` to `baseline.json`.

Exits with 1 if a benchmark takes more instructions than the baseline allows, or is not in it. Needs valgrind
and gungraun's runner; without them it says how to install them. gungraun's own baselines are callgrind's
files with the paths of one machine; the counts alone can be committed.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parent.parent
BASELINE = HERE / "baseline.json"
BENCH = ["cargo", "bench", "--locked", "--package=iris-benches"]
BENCH += ["--features=instructions", "--bench=instructions"]


def missing_tools() -> list[str]:
    """For each tool that is not there, how to install it."""
    lock = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())
    version = next(package["version"] for package in lock["package"] if package["name"] == "gungraun")
    tools = {
        "valgrind": "apt-get install valgrind",
        "gungraun-runner": f"cargo install --locked --version {version} gungraun-runner",
    }
    return [f"{tool} is missing: {how}" for tool, how in tools.items() if shutil.which(tool) is None]


def run_benchmarks() -> dict[str, int]:
    """The instructions of every benchmark, by its name."""
    with tempfile.TemporaryDirectory() as home:
        environment = os.environ | {"GUNGRAUN_HOME": home, "GUNGRAUN_SAVE_SUMMARY": "json"}
        subprocess.run(BENCH, check=True, cwd=REPOSITORY, env=environment, stdout=sys.stderr)
        summaries = [json.loads(path.read_text()) for path in Path(home).rglob("summary.json")]
    return dict(sorted(map(instructions, summaries)))


def instructions(summary: dict) -> tuple[str, int]:
    """A benchmark's name and what callgrind counted in it."""
    profile = next(profile for profile in summary["profiles"] if profile["tool"] == "Callgrind")
    counted = profile["data"]["total"]["metrics"]["Ir"]["values"]["new"]
    return f"{summary['function_name']}.{summary['id']}", counted


def verdict(before: int | None, now: int | None, tolerance: float) -> tuple[bool, str]:
    """Whether a count passes, and what to say of it."""
    if before is None or now is None:
        return False, "not in the baseline: --update" if before is None else "no longer there: --update"
    change = now / before - 1
    if change > tolerance:
        return False, f"{change:+.1%} MORE"
    return True, f"{change:+.1%}" + (" less: --update" if change < -tolerance else "")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--tolerance", type=float, default=0.05, help="growth that is let pass, as a share")
    parser.add_argument("--update", action="store_true", help="make these counts the baseline")
    arguments = parser.parse_args()

    if missing := missing_tools():
        print("\n".join(missing), file=sys.stderr)
        return 2
    counts = run_benchmarks()
    if arguments.update:
        BASELINE.write_text(json.dumps(counts, indent=2) + "\n")
    baseline = json.loads(BASELINE.read_text())

    failed = False
    print(f"{'instructions':32} {'baseline':>12} {'now':>12}")
    for name in sorted(baseline.keys() | counts.keys()):
        before, now = baseline.get(name), counts.get(name)
        passed, words = verdict(before, now, arguments.tolerance)
        failed |= not passed
        print(f"{name:32} {before or 0:>12,} {now or 0:>12,}  {words}")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())

"""Our class of one row against the C that m2cgen makes of the same model: nanoseconds a row, and the ratio.

Ours is a portable build; the C is compiled for this very CPU. Both go through the same rows in the same
order, pinned to one core, in turns.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

import m2cgen

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
sys.path[:0] = [str(REPOSITORY / "iris-core" / folder) for folder in ("models", "testdata")]

import make_cases  # noqa: E402  (found only from here on)
import make_iris  # noqa: E402

N_ROWS = 1024
# m2cgen gives the scores; a class is what is asked of both sides.
ARGMAX = """
int class_of(double *row) {
    double scores[3];
    score(row, scores);
    int best = 0;
    for (int i = 1; i < 3; i++)
        if (scores[i] > scores[best]) best = i;
    return best;
}
"""


@dataclass(frozen=True)
class Round:
    """One run of one side."""

    nanoseconds: float
    checksum: int


def build_peer(folder: Path) -> Path:
    """The generated C, compiled for this CPU but not across files."""
    source = folder / "model.c"
    source.write_text(m2cgen.export_to_c(make_iris.fit()) + ARGMAX)
    program = folder / "timing"
    flags = ["-O3", "-march=native", "-fno-lto"]
    subprocess.run(["gcc", *flags, "-o", program, source, HERE / "timing.c"], check=True)
    return program


def build_ours() -> Path:
    """The example `single_row`, for any CPU of this architecture."""
    command = ["cargo", "build", "--release", "--package", "iris-benches", "--example", "single_row"]
    environment = {name: value for name, value in os.environ.items() if name != "RUSTFLAGS"}
    output = subprocess.run(
        [*command, "--message-format=json"],
        cwd=REPOSITORY,
        env=environment,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    ).stdout
    programs = [message.get("executable") for message in map(json.loads, output.splitlines())]
    return Path(next(program for program in programs if program))


def run(program: Path, rows: Path, passes: int, core: int) -> Round:
    """One measurement, pinned to `core`."""
    command = ["taskset", "-c", str(core), program, rows, str(passes)]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout
    nanoseconds, checksum = answer.split()
    return Round(float(nanoseconds), int(checksum))


def compare(ours: Path, peer: Path, rows: Path, options: argparse.Namespace) -> None:
    """Runs both in turns, whichever goes first changing, and prints each round and the medians."""
    print("round   iris ns   m2cgen ns   ratio")
    rounds = []
    for index in range(options.rounds):
        order = (ours, peer) if index % 2 == 0 else (peer, ours)
        results = {program: run(program, rows, options.passes, options.core) for program in order}
        us, them = results[ours], results[peer]
        if us.checksum != them.checksum:
            raise SystemExit(f"the classes differ: their sums are {us.checksum} and {them.checksum}")
        rounds.append((us.nanoseconds, them.nanoseconds, us.nanoseconds / them.nanoseconds))
        print("{:5}   {:7.2f}   {:9.2f}   {:5.2f}".format(index + 1, *rounds[-1]))
    medians = [statistics.median(column) for column in zip(*rounds, strict=True)]
    print("median  {:7.2f}   {:9.2f}   {:5.2f}".format(*medians))


def main() -> None:
    """Builds both sides and compares them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=11)
    parser.add_argument("--passes", type=int, default=40_000, help=f"over the {N_ROWS} rows, in a round")
    parser.add_argument("--core", type=int, default=0)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows = folder / "rows.bin"
        rows.write_bytes(make_cases.random_rows(N_ROWS).tobytes())
        compare(build_ours(), build_peer(folder), rows, options)


if __name__ == "__main__":
    main()

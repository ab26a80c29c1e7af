"""What is measured for the report: a command each, and its raw results."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]
CRITERION = REPOSITORY / "target" / "criterion"


@dataclass(frozen=True)
class Part:
    """One measurement: how it is taken into a file, given how many rounds there are to be."""

    name: str
    needs: str
    take: Callable[[Path, int], Any]


def _run(*command: object, **more: Any) -> str:
    print("$", *command, flush=True)
    done = subprocess.run(
        list(map(str, command)), cwd=REPOSITORY, check=True, text=True, stdout=subprocess.PIPE, **more
    )
    print(done.stdout, flush=True)
    return done.stdout


def _traces(to: Path, rounds: int) -> Any:
    _run(sys.executable, "benches/traces/run.py", "--rounds", rounds, "--seconds", 3, "--to", to)
    return json.loads(to.read_text())


def _grpc(to: Path, rounds: int) -> Any:
    _run("cargo", "build", "--release", "--package", "iris-grpc", "--example", "bare_tonic")
    _run(sys.executable, "benches/peers/tonic/run.py", "--rounds", rounds, "--to", to)
    return json.loads(to.read_text())


def _doors(to: Path, rounds: int) -> Any:
    _run("cargo", "build", "--release", "--package", "iris-grpc", "--example", "stream_load")
    _run(sys.executable, "benches/doors/run.py", "--rounds", rounds, "--to", to)
    return json.loads(to.read_text())


def _dear(to: Path, rounds: int) -> Any:
    _run(sys.executable, "benches/dear/run.py", "--rounds", rounds, "--to", to)
    return json.loads(to.read_text())


def _m2cgen(_: Path, rounds: int) -> Any:
    said = _run(sys.executable, "benches/peers/m2cgen/run.py", "--rounds", rounds)
    ours, peer, ratio = map(float, said.splitlines()[-1].split()[1:])
    return {"ours": ours, "peer": peer, "ratio": ratio}


def _python(to: Path, rounds: int) -> Any:
    _run("taskset", "-c", 0, sys.executable, "benches/python/run.py", "--rounds", rounds, "--to", to)
    return json.loads(to.read_text())


def _wide(_: Path, rounds: int) -> Any:
    example = ("cargo", "run", "--release", "--quiet", "--package", "iris-benches", "--example", "wide")
    said = _run("taskset", "-c", 0, *example, "--", rounds)
    return [json.loads(line) for line in said.splitlines()]


def _predictor(_: Path, __: int) -> Any:
    wanted = "^(one_row/(class|probabilities)|batch/(read|classes|probabilities)/.*)$"
    bench = ("cargo", "bench", "--package", "iris-benches", "--bench", "predict", "--")
    _run("taskset", "-c", 0, *bench, wanted, "--warm-up-time", 1, "--measurement-time", 3)
    found = {}
    for path in CRITERION.glob("**/new/estimates.json"):
        name = "/".join(json.loads((path.parent / "benchmark.json").read_text())["full_id"].split("/"))
        found[name] = json.loads(path.read_text())["median"]["point_estimate"]
    return found


PARTS = [
    Part("traces", "target/release/iris-server, the receiver, wrk, nginx", _traces),
    Part("grpc", "target/release/iris-server, h2load", _grpc),
    Part("doors", "target/release/iris-server, cargo", _doors),
    Part("dear", "target/release/iris-server, two processors", _dear),
    Part("m2cgen", "m2cgen, gcc", _m2cgen),
    Part("python", "iris_py in release, benches/python/requirements.txt", _python),
    Part("wide", "cargo", _wide),
    Part("predictor", "cargo", _predictor),
]

"""What the experiment needs, and the command that installs what is missing."""

from __future__ import annotations

import importlib.util
import os
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab

PIP = "target/load-venv/bin/python -m pip install -r benches/load/requirements.txt"
IRIS_PY = "target/load-venv/bin/python -m pip install ./iris-py"


@dataclass(frozen=True)
class Tool:
    name: str
    is_there: bool
    install: str


def of_the_system(peers: Sequence[str]) -> list[Tool]:
    """What nothing here builds or installs."""
    programs = [("wrk", "apt-get install wrk"), ("taskset", "apt-get install util-linux")]
    if "nginx" in peers:
        programs.append(("nginx", "apt-get install nginx-light"))
    return [Tool(name, shutil.which(name) is not None, install) for name, install in programs]


def needed(groups: Sequence[str], peers: Sequence[str], oha: Path, receiver: Path) -> list[Tool]:
    """Everything that these phases need, whether it is there or not."""
    built = [
        (lab.IRIS_SERVER, "cargo build --release --locked"),
        (receiver, "cargo build --release --locked --manifest-path benches/receiver/Cargo.toml"),
    ]
    if "open" in groups:
        built.append((oha, "cargo install oha --locked --version 1.16.0 --root target/tools"))
    return [
        *of_the_system(peers),
        *(Tool(path.name, path.exists(), install) for path, install in built),
        *(Tool(name, has_module(name), PIP) for name in ("locust", "grpc", "matplotlib", "yaml")),
    ]


def missing(tools: Sequence[Tool]) -> list[str]:
    """A line for each tool that is not there."""
    return [f"{tool.name} is missing: {tool.install}" for tool in tools if not tool.is_there]


def has_module(name: str) -> bool:
    """Whether it is installed; a folder of that name, as benches/locust, has no origin."""
    spec = importlib.util.find_spec(name)
    return spec is not None and spec.origin is not None


def too_few_cores() -> str | None:
    cores = {lab.SERVER_CORE, lab.LOAD_CORE}
    if cores <= os.sched_getaffinity(0):
        return None
    return "two cores are needed, 0 for the server and 1 for the load"

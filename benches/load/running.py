"""The phases in their order, each announced with what is still to come."""

from __future__ import annotations

import os
import resource
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import bench_lab as lab
import comparison
import phases
import plan as plans
import tools
from experiment import Experiment, Machine
from peers import Peer
from phases import Phase
from plan import Plan
from progress import Progress


def run(plan: Plan, peers: Sequence[Peer], groups: Sequence[str]) -> Experiment:
    """Everything that the plan has in these groups. What cannot be done is noted, and left out."""
    experiment = Experiment(plan, Machine.this(), datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"))
    # What is started here does not disturb the server; servers are put on their own core.
    os.sched_setaffinity(0, {lab.LOAD_CORE})
    # A thousand connections are more files than many systems let a process have at first.
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    ready = prepared(peers, experiment) if "peers" in groups else []
    has_iris_py = tools.has_module("iris_py")
    if model := os.environ.get("IRIS_MODELS"):
        has_iris_py = False
        experiment.notes.append(
            f"The server had {Path(model).name} as its model; users in process, who have none but the Iris, "
            "were left out."
        )
    elif not has_iris_py and "locust" in groups:
        experiment.notes.append(
            f"Users in process were left out: iris_py is not installed (`{tools.IRIS_PY}`, which needs Rust)."
        )
    with lab.iris("answer", lab.IRIS_SERVER) as server:
        answer, _ = lab.ask_for_json(server.address)
    first = plans.closed(plan) if groups_need_wrk(groups) else []
    first += plans.by_users(plan, has_iris_py) if "locust" in groups else []
    n_rounds = plan.peer_rounds * (1 + len(ready)) if ready else 0
    seconds = plans.seconds_of(first) + n_rounds * (plan.peer + plans.AROUND_S)
    seconds += len(plans.SHARES) * (plan.open_loop + plans.AROUND_S) if "open" in groups else 0
    progress = Progress(seconds)
    began = time.monotonic()
    perform(first, answer, began, progress, experiment)
    if "open" in groups and experiment.capacity:
        perform(plans.opened(plan, experiment.capacity), answer, began, progress, experiment)
    if ready:
        experiment.outcomes += comparison.compare(plan, ready, answer, began, progress)
    experiment.seconds = time.monotonic() - began
    return experiment


def groups_need_wrk(groups: Sequence[str]) -> bool:
    """The fixed rates are shares of what wrk gets."""
    return "wrk" in groups or "open" in groups


def prepared(peers: Sequence[Peer], experiment: Experiment) -> list[Peer]:
    """Those that have what they need; the others are noted."""
    ready = []
    for peer in peers:
        if reason := peer.prepare():
            print(reason, flush=True)
            experiment.notes.append(f"{peer.title} was left out: {reason}")
        else:
            ready.append(peer)
    return ready


def perform(
    todo: Sequence[Phase], answer: str, began: float, progress: Progress, experiment: Experiment
) -> None:
    for phase in todo:
        progress.announce(phase.title, phase.generator.seconds)
        outcome = phases.run(phase, answer, began)
        progress.result(outcome)
        experiment.outcomes.append(outcome)

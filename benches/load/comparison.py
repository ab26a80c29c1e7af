"""iris and its peers under the same load, in turns, in one run."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import phases
from closed_loop import Wrk
from peers import Peer, running
from phases import Outcome, PhaseFailed
from plan import PEER_CONNECTIONS, Plan
from progress import Progress
from receiver import Receiver
from sampling import use
from servers import Subject

STARTED = tuple[Subject, Receiver | None]


@dataclass(frozen=True)
class Ratio:
    """Medians over the rounds; the ratio is iris to the peer within a round."""

    subject: str
    requests_per_second: float
    p50_ms: float
    p99_ms: float
    cpu_us: float
    memory_mib: float
    failed: int
    times: float | None
    """How many times the peer's requests a second iris answers; None if they never met in a round."""


def compare(
    plan: Plan, peers: Sequence[Peer], answer: str, began: float, progress: Progress
) -> list[Outcome]:
    """A round of each in turns; one that does not start, or ends, is failed from then on."""
    scripts = {"iris": None} | {peer.name: peer.script for peer in peers}
    outcomes = []
    with ExitStack() as stack:
        started = {name: start(name, stack, answer) for name in scripts}
        for index in range(plan.peer_rounds):
            first = index % len(started)
            order = [*started][first:] + [*started][:first]
            for name in order:
                script = scripts[name]
                wrk = Wrk(PEER_CONNECTIONS, plan.peer, script) if script else Wrk(PEER_CONNECTIONS, plan.peer)
                title = f"{name}, round {index + 1}"
                progress.announce(title, plan.peer)
                outcomes.append(round_(name, title, wrk, started[name], began))
                progress.result(outcomes[-1])
    return outcomes


def start(name: str, stack: ExitStack, answer: str) -> STARTED | str:
    """The server, or why there is none."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    try:
        return stack.enter_context(running(name, folder, answer))
    except (RuntimeError, OSError) as error:
        return f"did not start: {error}"


def round_(name: str, title: str, wrk: Wrk, started: STARTED | str, began: float) -> Outcome:
    outcome = Outcome("peer", wrk.connections, title, subject=name, began_at=time.monotonic() - began)
    if isinstance(started, str):
        outcome.failure = started
        return outcome
    subject, sink = started
    load_pids = [sink.pid] if sink else []
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome.load = phases.drive(
                wrk, subject.target, subject, load_pids, Path(folder), began, outcome.samples
            )
        except (PhaseFailed, OSError) as error:
            outcome.failure = str(error)
    outcome.use = use(outcome.samples, wrk.steady_seconds)
    if sink and outcome.ok:
        outcome.span_means_us = sink.span_means_us()
    # A peer that answers late or not at all has that as its result; of ours it is a fault.
    if name == "iris":
        outcome.failure = outcome.failure or phases.fault(outcome, same_body=True)
    return outcome


def ratios(outcomes: Sequence[Outcome]) -> list[Ratio]:
    """One for each subject with a round that did not fail, iris first."""
    rounds: dict[str, dict[str, Outcome]] = {}
    for outcome in outcomes:
        if outcome.group == "peer" and outcome.ok and outcome.use:
            rounds.setdefault(outcome.subject, {})[outcome.title.rpartition(" ")[2]] = outcome
    ours = rounds.get("iris", {})
    return [
        ratio(
            name,
            list(of_subject.values()),
            [(ours[key], of_subject[key]) for key in of_subject if key in ours],
        )
        for name, of_subject in sorted(rounds.items(), key=lambda item: item[0] != "iris")
    ]


def ratio(name: str, rounds: Sequence[Outcome], pairs: Sequence[tuple[Outcome, Outcome]]) -> Ratio:
    loads = [outcome.load for outcome in rounds if outcome.load]
    uses = [outcome.use for outcome in rounds if outcome.use]
    times = [a.load.requests_per_second / b.load.requests_per_second for a, b in pairs if a.load and b.load]
    return Ratio(
        name,
        statistics.median(load.requests_per_second for load in loads),
        statistics.median(load.p50_ms for load in loads),
        statistics.median(load.p99_ms for load in loads),
        statistics.median(
            use.server_busy * 1e6 / load.requests_per_second for use, load in zip(uses, loads, strict=True)
        ),
        max(use.memory_mib for use in uses),
        sum(load.failed for load in loads),
        statistics.median(times) if times else None,
    )

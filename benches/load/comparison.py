"""iris and its peers under the same load, in turns, in one run."""

from __future__ import annotations

import json
import statistics
import subprocess
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
import phases
from closed_loop import Wrk
from peers import Peer, running
from phases import Outcome, PhaseFailed
from plan import PEER_CONNECTIONS, Plan
from progress import Progress
from receiver import Receiver
from sampling import use
from servers import Subject

# A server has finished if it has worked less than this between two looks.
LOOK_S, IDLE_S, FINISH_S = 0.2, 0.02, 5

STARTED = tuple[Subject, Receiver | None]


@dataclass(frozen=True)
class Ratio:
    """Medians over the rounds, errors not counted; the ratio is iris to the peer within a round."""

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
    scripts = {"iris": lab.SCRIPT} | {peer.name: peer.script for peer in peers}
    outcomes = []
    with ExitStack() as stack:
        started = {name: start(name, stack, answer) for name in scripts}
        for index in range(plan.peer_rounds):
            first = index % len(started)
            order = [*started][first:] + [*started][:first]
            for name in order:
                wrk = Wrk(PEER_CONNECTIONS, plan.peer, scripts[name])
                title = f"{name}, round {index + 1}"
                progress.announce(title, plan.peer)
                outcomes.append(round_(name, title, wrk, started[name], began))
                progress.result(outcomes[-1])
        check_traces([outcome for outcome in outcomes if outcome.subject == "iris"], started["iris"])
    return outcomes


def start(name: str, stack: ExitStack, answer: str) -> STARTED | str:
    """The server, or why there is none to compare with."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    try:
        subject, sink = stack.enter_context(running(name, folder, answer))
        # It is asked something else, and mlserver_peer.py has seen to the answer.
        if name != "mlserver":
            check_answer(subject.target.http, answer)
        return subject, sink
    except (RuntimeError, OSError, ValueError) as error:
        return f"is not compared: {error}"


def check_answer(address: str, answer: str) -> None:
    """One that answers something else, or an error, would be compared for nothing."""
    body, _ = lab.ask_for_json(address)
    theirs, ours = (json.loads(each).get("predicted_species") for each in (body, answer))
    if theirs != ours:
        raise ValueError(f"it answers {theirs} where iris answers {ours}")


def round_(name: str, title: str, wrk: Wrk, started: STARTED | str, began: float) -> Outcome:
    outcome = Outcome("peer", wrk.connections, title, subject=name, began_at=time.monotonic() - began)
    if isinstance(started, str):
        outcome.failure = started
        return outcome
    subject, sink = started
    with tempfile.TemporaryDirectory() as folder:
        try:
            outcome.load = phases.drive(
                wrk, subject.target, subject, sink, Path(folder), began, outcome.samples
            )
            if not outcome.load.right_per_second:
                raise PhaseFailed("every answer was an error")
            finish(subject.server.pid)
            outcome.span_means_us = sink.span_means_us() if sink else {}
        except (PhaseFailed, OSError, ValueError) as error:
            outcome.failure = str(error)
    outcome.use = use(outcome.samples, wrk.steady_seconds)
    # A peer that answers late or not at all has that as its result; of ours it is a fault.
    if name == "iris":
        outcome.failure = outcome.failure or phases.fault(outcome, same_body=True)
    return outcome


def finish(pid: int) -> None:
    """What wrk did not wait for is answered before the next server's round, and not in it."""
    deadline = time.monotonic() + FINISH_S
    before, now = 0.0, lab.cpu_seconds(pid)
    while now - before > IDLE_S and time.monotonic() < deadline:
        time.sleep(LOOK_S)
        before, now = now, lab.cpu_seconds(pid)


def check_traces(rounds: Sequence[Outcome], started: STARTED | str) -> None:
    """Of all rounds of iris together, told with the last: only a server that stops has sent every trace."""
    if isinstance(started, str):
        return
    (subject, sink), last = started, rounds[-1]
    assert sink is not None
    try:
        asked = sum(outcome.load.requests for outcome in rounds if outcome.load)
        last.arrived = phases.arrived(subject, sink, subject.page(), asked)
    except (RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
        last.failure = last.failure or f"its traces cannot be counted: {error}"
    last.failure = last.failure or phases.fault(last, same_body=True)


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
    times = [a.load.right_per_second / b.load.right_per_second for a, b in pairs if a.load and b.load]
    return Ratio(
        name,
        statistics.median(load.right_per_second for load in loads),
        statistics.median(load.p50_ms for load in loads),
        statistics.median(load.p99_ms for load in loads),
        statistics.median(
            use.server_busy * 1e6 / load.right_per_second for use, load in zip(uses, loads, strict=True)
        ),
        max(use.memory_mib for use in uses),
        sum(load.failed for load in loads),
        statistics.median(times) if times else None,
    )

"""Phases on real servers: one that goes well, and all the ways in which one does not."""

from __future__ import annotations

import os
import shutil
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
import phases
import pytest
import receiver
import servers
from closed_loop import Wrk
from generators import Load, Target
from metrics import Counted
from phases import Outcome, Phase
from receiver import Arrived

PROGRAMS = (shutil.which("wrk") is not None, lab.IRIS_SERVER.exists(), receiver.PROGRAM.exists())
real = pytest.mark.skipif(
    # Who says where they are wants to have them tested.
    not all(PROGRAMS) and "IRIS_SERVER" not in os.environ,
    reason="needs wrk, and the server and the receiver as release builds",
)


@pytest.fixture(scope="module")
def answer() -> str:
    with lab.iris("answer", lab.IRIS_SERVER) as server:
        return lab.ask_for_json(server.address)[0]


def phase(seconds: int) -> Phase:
    return Phase("wrk", 10, "wrk, 10 connections", Wrk(10, seconds))


@real
def test_every_request_of_a_phase_has_its_trace(answer: str) -> None:
    outcome = phases.run(phase(1), answer, time.monotonic())
    assert outcome.ok, outcome.failure
    assert outcome.load is not None and outcome.arrived is not None and outcome.use is not None
    # What was on its way when wrk ended was answered too.
    assert outcome.arrived.received >= outcome.load.requests > 0
    assert outcome.arrived.compared > 0
    assert outcome.span_means_us.keys() == {*phases.metrics.STAGES, "prediction_request"}
    assert [len(trace.spans) for trace in outcome.slowest] == [4] * receiver.N_SLOWEST
    assert outcome.start_seconds is not None and outcome.use.memory_mib > 1


@real
def test_a_server_that_is_killed_fails_the_phase(answer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    @contextmanager
    def short_lived(*arguments: object) -> Iterator[servers.Subject]:
        with servers.iris(*arguments) as subject:
            killer = threading.Timer(0.7, os.kill, (subject.server.pid, signal.SIGKILL))
            killer.start()
            yield subject
            killer.join()

    monkeypatch.setattr(phases, "iris", short_lived)
    started = time.monotonic()
    outcome = phases.run(phase(30), answer, started)
    assert not outcome.ok
    assert outcome.failure is not None and "the server ended under load, with code -9" in outcome.failure
    # wrk would go on asking nobody.
    assert time.monotonic() - started < 20
    assert outcome.load is None and outcome.samples


@real
def test_a_server_that_does_not_start_fails_the_phase(answer: str) -> None:
    wrong = Phase("wrk", 10, "wrk", Wrk(10, 1), flags=("--no-such-flag",))
    outcome = phases.run(wrong, answer, time.monotonic())
    assert outcome.failure is not None and "did not start" in outcome.failure


@dataclass(frozen=True)
class Shell:
    """A generator that does what it is told."""

    script: str
    seconds: float = 1
    steady_seconds: float = 1
    accepted_codes: tuple[int, ...] = (0,)

    def command(self, target: Target, folder: Path) -> list[str]:
        return ["sh", "-c", self.script]

    def read(self, output: str, folder: Path) -> Load:
        raise ValueError("no figures")


@pytest.mark.parametrize(
    ("script", "reason"),
    [("echo no such host; exit 3", "the load ended with code 3: no such host"), ("true", "no figures")],
)
def test_a_load_that_fails(script: str, reason: str) -> None:
    todo = Phase("locust", 1, "in process", Shell(script), door="in-process")
    outcome = phases.run(todo, "{}", time.monotonic())
    assert not outcome.ok
    assert outcome.failure is not None and reason in outcome.failure


def outcome_with(
    failed: int = 0, lost: int = 0, duplicated: int = 0, mismatched: int = 0, errors: int = 0
) -> Outcome:
    outcome = Outcome("wrk", 50, "wrk, 50 connections")
    outcome.load = Load(100, 1, 1, 1, 1, 1, 1, 1, {"timeout": failed, "status": 0})
    outcome.arrived = Arrived(100, 100 - lost, duplicated, 10, mismatched)
    outcome.counted = Counted(100, {}, errors, 0)
    return outcome


@pytest.mark.parametrize(
    ("outcome", "reason"),
    [
        (outcome_with(), None),
        (outcome_with(failed=23), "23 of 100 requests failed (timeout 23)"),
        (outcome_with(lost=2), "2 of 100 traces are lost"),
        (
            outcome_with(duplicated=1, mismatched=3),
            "1 of 100 traces are there twice; 3 of 100 traces are wrong",
        ),
        (outcome_with(errors=4), "the server refused 4 requests"),
    ],
)
def test_what_makes_a_phase_fail(outcome: Outcome, reason: str | None) -> None:
    assert phases.fault(outcome, same_body=True) == reason


def test_drawn_bodies_are_not_compared() -> None:
    assert phases.fault(outcome_with(mismatched=3), same_body=False) is None

"""Phases on real servers: one that goes well, and all the ways in which one does not."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import bench_lab as lab
import phases
import pytest
import receiver
import servers
from closed_loop import Wrk
from generators import Load, Steady, Target
from metrics import Counted
from phases import Outcome, Phase
from receiver import Arrived
from sampling import Sample

PROGRAMS = (shutil.which("wrk") is not None, lab.IRIS_SERVER.exists(), receiver.PROGRAM.exists())
real = pytest.mark.skipif(
    # Who says where they are wants to have them tested.
    not all(PROGRAMS) and "IRIS_SERVER" not in os.environ,
    reason="needs wrk, and the server and the receiver as release builds",
)


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
    accepted_codes: tuple[int, ...] = (0, 1)

    def command(self, target: Target, folder: Path) -> list[str]:
        return ["sh", "-c", self.script]

    def read(self, output: str, folder: Path) -> Load:
        if not output:
            raise ValueError("no figures")
        return Load(100, 1, 1, 1, 1, 1, 1, 1, {"locust": output.count("failed")})


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("echo no such host; exit 3", "the load ended with code 3: no such host"),
        ("true", "no figures"),
        ("echo failed; exit 1", "1 of 100 requests failed"),
        ("echo KeyError; exit 1", "the load ended with code 1 though no request failed: KeyError"),
    ],
)
def test_a_load_that_fails(script: str, reason: str) -> None:
    todo = Phase("wrk", 1, "in process", Shell(script), door="in-process")
    outcome = phases.run(todo, "{}", time.monotonic())
    assert not outcome.ok
    assert outcome.failure is not None and reason in outcome.failure


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[str]]:
    """A process that is nothing but there."""
    with subprocess.Popen(["sleep", "60"], text=True) as process:
        yield process
        process.kill()


def test_a_receiver_that_dies_fails_the_phase(sleeper: subprocess.Popen[str], tmp_path: Path) -> None:
    sink = receiver.Receiver("127.0.0.1:1", sleeper)
    threading.Timer(0.3, sleeper.kill).start()
    with pytest.raises(phases.PhaseFailed, match="the receiver ended under load, with code -9"):
        phases.drive(Shell("sleep 30"), Target(""), None, sink, tmp_path, time.monotonic(), [])


def test_a_server_that_ends_badly_fails_the_phase(sleeper: subprocess.Popen[str]) -> None:
    subject = servers.Subject(lab.Server("iris", "", sleeper.pid, sleeper), Target(""))
    # It does not handle the signal, as a server must.
    with pytest.raises(RuntimeError, match="told to stop, and ended with code -15"):
        subject.stop()


def test_use_is_of_the_same_seconds_as_the_steady_rate() -> None:
    outcome = outcome_with()
    outcome.samples = [Sample(at, at, 0, 1, 0, at, 0) for at in range(10)]
    assert phases.steady_samples(outcome, time.monotonic()) == outcome.samples
    now = time.time()
    outcome.load = replace(outcome.load, steady=Steady(now + 2.5, now + 6.5, 100))
    assert [sample.at for sample in phases.steady_samples(outcome, time.monotonic())] == [3, 4, 5, 6]


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

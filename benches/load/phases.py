"""One phase of the experiment: one load on one server, and everything that is known of it afterwards."""

from __future__ import annotations

import subprocess
import tempfile
import time
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import metrics
import receiver
import users
from generators import Generator, Load, Target
from receiver import Arrived, Receiver, Trace
from sampling import Sample, Sampler, Use, use
from servers import Subject, iris

# A generator that is so much later than it said hangs.
PATIENCE_S = 45
LOOK_S = 0.05


class PhaseFailed(Exception):
    """Why there are no results."""


@dataclass(frozen=True)
class Phase:
    """`level` is connections, users or a percentage, as the group has it."""

    group: str
    level: int
    title: str
    generator: Generator
    door: str = "http"
    flags: tuple[str, ...] = ()
    same_body: bool = True
    """Whether every request has the body of predict.lua, so that traces can be compared with it."""


@dataclass
class Outcome:
    """What a phase gave; `failure` says why that is no result."""

    group: str
    level: int
    title: str
    door: str = "http"
    subject: str = "iris"
    began_at: float = 0.0
    load: Load | None = None
    use: Use | None = None
    counted: metrics.Counted | None = None
    arrived: Arrived | None = None
    start_seconds: float | None = None
    span_means_us: dict[str, float] = field(default_factory=dict)
    server_timing_ms: dict[str, float] = field(default_factory=dict)
    slowest: list[Trace] = field(default_factory=list)
    samples: list[Sample] = field(default_factory=list)
    failure: str | None = None

    @property
    def ok(self) -> bool:
        return self.failure is None and self.load is not None


def run(phase: Phase, answer: str, began: float) -> Outcome:
    """The phase on a fresh server with a fresh receiver, so that what is counted is its own."""
    outcome = Outcome(phase.group, phase.level, phase.title, phase.door)
    outcome.began_at = time.monotonic() - began
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        try:
            if phase.door == "in-process":
                outcome.load = drive(phase.generator, Target(""), None, None, folder, began, outcome.samples)
            else:
                on_server(phase, answer, began, folder, stack, outcome)
            outcome.server_timing_ms = users.parts_ms(folder) if phase.group == "locust" else {}
        except (PhaseFailed, RuntimeError, OSError, ValueError, subprocess.TimeoutExpired) as error:
            outcome.failure = str(error)
    outcome.use = use(steady_samples(outcome, began), phase.generator.steady_seconds)
    outcome.failure = outcome.failure or fault(outcome, phase.same_body)
    return outcome


def on_server(
    phase: Phase, answer: str, began: float, folder: Path, stack: ExitStack, outcome: Outcome
) -> None:
    sink = stack.enter_context(receiver.receiver(folder, answer))
    subject = stack.enter_context(iris(sink, folder, phase.flags))
    outcome.start_seconds = subject.start_seconds
    before = subject.page()
    outcome.load = drive(phase.generator, subject.target, subject, sink, folder, began, outcome.samples)
    after = subject.page()
    outcome.counted = metrics.between(before, after)
    outcome.arrived = arrived(subject, sink, after, outcome.load.requests)
    outcome.span_means_us = sink.span_means_us()
    outcome.slowest = sink.slowest()


def arrived(subject: Subject, sink: Receiver, page: Sequence[metrics.Sample], requests: int) -> Arrived:
    """What became of all traces of a server, once it has stopped and so has sent the last of them."""
    subject.stop()
    answered = int(metrics.total(page, f"{metrics.STAGE_DURATION}_count", stage="model_inference"))
    return sink.arrived(max(answered, requests))


def steady_samples(outcome: Outcome, began: float) -> list[Sample]:
    """Of the same time as the load's own steady rate, where it has one."""
    if outcome.load is None or (steady := outcome.load.steady) is None:
        return outcome.samples
    # The load tells the time of the day, the samples that since the experiment began.
    began_at = time.time() - (time.monotonic() - began)
    return [each for each in outcome.samples if steady.began <= began_at + each.at <= steady.ended]


def drive(
    generator: Generator,
    target: Target,
    subject: Subject | None,
    sink: Receiver | None,
    folder: Path,
    began: float,
    samples: list[Sample],
) -> Load:
    """The load, for as long as server and receiver live; samples are kept also if they do not."""
    deadline = time.monotonic() + generator.seconds + PATIENCE_S
    output = folder / "output"
    with (
        output.open("w") as file,
        subprocess.Popen(generator.command(target, folder), stdout=file, stderr=subprocess.STDOUT) as process,
    ):
        # In process, the generator is what serves.
        pid = subject.server.pid if subject else process.pid
        load_pids = [process.pid] if subject else []
        load_pids += [sink.process.pid] if sink else []
        watched = {"server": subject.server.process} if subject else {}
        watched |= {"receiver": sink.process} if sink else {}
        try:
            with Sampler(began, pid, load_pids, samples):
                wait(process, watched, deadline)
        finally:
            process.kill()
    said = output.read_text()
    if process.returncode not in generator.accepted_codes:
        raise PhaseFailed(f"the load ended with code {process.returncode}: {last_line(said)}")
    try:
        load = generator.read(said, folder)
    except (ValueError, KeyError, OSError) as error:
        raise PhaseFailed(f"the load said nothing that can be read: {error}") from error
    if process.returncode and not load.failed:
        raise PhaseFailed(
            f"the load ended with code {process.returncode} though no request failed: {last_line(said)}"
        )
    return load


def wait(
    process: subprocess.Popen[bytes], watched: Mapping[str, subprocess.Popen[str]], deadline: float
) -> None:
    goes_on = True
    while goes_on:
        time.sleep(LOOK_S)
        # In this order, so that a server that ends last is noticed too.
        goes_on = process.poll() is None
        for name, each in watched.items():
            if (code := each.poll()) is not None:
                raise PhaseFailed(f"the {name} ended under load, with code {code}")
        if time.monotonic() > deadline:
            raise PhaseFailed("the load did not come to an end")


def last_line(text: str) -> str:
    return next((line for line in reversed(text.splitlines()) if line.strip()), "it said nothing")


def fault(outcome: Outcome, same_body: bool) -> str | None:
    """What must not be, if it is: a request that failed, a trace that is missing or wrong."""
    faults = []
    if outcome.load and outcome.load.failed:
        kinds = ", ".join(f"{kind} {count}" for kind, count in outcome.load.failures.items() if count)
        faults.append(f"{outcome.load.failed} of {outcome.load.requests} requests failed ({kinds})")
    if outcome.counted and outcome.counted.errors:
        faults.append(f"the server refused {outcome.counted.errors} requests")
    if arrived := outcome.arrived:
        wrong = {
            "lost": arrived.lost,
            "there twice": arrived.duplicated,
            "wrong": arrived.mismatched if same_body else 0,
        }
        faults += [
            f"{count} of {arrived.answered} traces are {what}" for what, count in wrong.items() if count
        ]
    return "; ".join(faults) or None

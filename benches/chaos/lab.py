"""What every promise is proved with: servers, the generator of load, attackers, peers."""

from __future__ import annotations

import json
import multiprocessing
import os
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import bench_lab
import http1
import subject
from subject import Subject

HERE = Path(__file__).parent
STORM = HERE / "storm" / "target" / "release" / "storm"
OUTPUT = bench_lab.REPOSITORY / "target" / "chaos"
# What is held for clients, and all that the process may have beside it.
BUDGET_MIB, MEMORY_MIB = 192, 256


@dataclass(frozen=True)
class Phase:
    """What became of a phase's requests; milliseconds count from when a request was due."""

    seconds: float
    due: int
    ends: Mapping[str, int]
    p50_ms: float
    p99_ms: float
    max_ms: float
    shed_p99_ms: float
    buckets: Sequence[Sequence[int]]

    @property
    def answered(self) -> int:
        return self.ends.get("answered", 0)

    @property
    def shed(self) -> int:
        return self.ends.get("shed", 0)

    @property
    def failed(self) -> int:
        """Neither answered nor refused for load."""
        return self.due - self.answered - self.shed

    @property
    def offered(self) -> float:
        return self.due / self.seconds

    def goodput(self, from_s: float = 0.0) -> float:
        """Answers a second within the deadline, to requests that were due after `from_s`."""
        return sum(bucket[1] for bucket in self.buckets[int(from_s * 10) :]) / (self.seconds - from_s)

    def settled_s(self) -> float:
        """When the last request was due that was not answered."""
        bad = [index for index, (due, answered) in enumerate(self.buckets) if answered < due]
        return (bad[-1] + 1) / 10 if bad else 0.0

    def summary(self) -> str:
        failed = ", ".join(f"{name} {n}" for name, n in self.ends.items() if name != "answered")
        return f"p50 {ms(self.p50_ms)}, p99 {ms(self.p99_ms)}" + (f"; {failed}" if failed else "")


def ms(value: float) -> str:
    return "–" if value != value else f"{value:.2f} ms" if value < 10 else f"{value:.0f} ms"


@dataclass
class Lab:
    program: Path
    beside: bool = True
    """Whether nginx is put under the same attack."""
    short: bool = False
    help_text: str = ""
    _once: dict[str, Any] = field(default_factory=dict)
    _locks: dict[str, threading.Lock] = field(default_factory=dict)

    def __post_init__(self) -> None:
        said = subprocess.run([self.program, "--help"], capture_output=True, text=True)
        self.help_text = said.stdout

    def has(self, flag: str) -> bool:
        return f"{flag} " in self.help_text

    def seconds(self, usual: float) -> float:
        return usual / 2 if self.short else usual

    def once(self, key: str, make: Callable[[], Any]) -> Any:
        """What several promises are read from is done once."""
        with self._locks.setdefault(key, threading.Lock()):
            if key not in self._once:
                self._once[key] = make()
            return self._once[key]

    def iris(
        self,
        *flags: str,
        doors: Sequence[str] = ("http", "grpc"),
        variables: Mapping[str, str] | None = None,
        wrapper: Sequence[str] = (),
        descriptors: int | None = None,
        admin: bool = False,
    ) -> AbstractContextManager[Subject]:
        wanted = [*doors, *(["admin"] if admin and self.has("--admin") else [])]
        return subject.iris(self.program, flags, wanted, variables or {}, wrapper, descriptors)

    def memory_flags(self) -> list[str]:
        """What holds the server to `BUDGET_MIB`, if it can be."""
        return ["--memory", f"{BUDGET_MIB}MiB"] if self.has("--memory") else []

    def storm(
        self,
        address: str,
        request: bytes,
        *phases: tuple[float, float],
        connections: int = 64,
        deadline_ms: int = 1000,
        fresh: bool = False,
        grpc: str | None = None,
    ) -> list[Phase]:
        """Phases of (rate, seconds); a rate of 0 is as fast as answers come."""
        with self.storming(
            address,
            request,
            *phases,
            connections=connections,
            deadline_ms=deadline_ms,
            fresh=fresh,
            grpc=grpc,
        ) as process:
            output, errors = process.communicate(timeout=sum(s for _, s in phases) + deadline_ms / 1e3 + 60)
        if process.returncode:
            raise RuntimeError(errors.strip() or f"storm ended with {process.returncode}")
        return [phase_of(said) for said in json.loads(output)]

    @contextmanager
    def storming(
        self,
        address: str,
        request: bytes,
        *phases: tuple[float, float],
        connections: int = 64,
        deadline_ms: int = 1000,
        fresh: bool = False,
        grpc: str | None = None,
        idle: bool = False,
        in_turn: int | None = None,
    ) -> Iterator[subprocess.Popen[str]]:
        """The same, started; `idle` for one that attacks, and takes no time from those that measure."""
        with tempfile.NamedTemporaryFile() as file:
            file.write(request)
            file.flush()
            words = ["--address", address, "--request", file.name, "--connections", connections]
            words += ["--deadline-ms", deadline_ms]
            words += [word for rate, seconds in phases for word in ("--phase", f"{rate:.1f}x{seconds:.2f}")]
            words += ["--fresh"] if fresh else []
            words += ["--in-turn", in_turn] if in_turn else []
            words += ["--grpc", grpc] if grpc else []
            command = bench_lab.pinned(bench_lab.LOAD_CORE, STORM, *words)
            before = behind if idle else None
            pipe = subprocess.PIPE
            with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, preexec_fn=before) as process:
                try:
                    yield process
                finally:
                    process.kill()

    def victim(self, address: str, seconds: float, rate: float = 200, request: bytes | None = None) -> Phase:
        """Someone who asks for one row at a time, at a steady rate, and waits for ten seconds."""
        return self.storm(
            address, request or http1.predict(1), (rate, seconds), connections=200, deadline_ms=10_000
        )[0]

    def probe(self, address: str, path: str, seconds: float, rate: float = 20) -> Phase:
        """A probe: a connection each time, and no patience beyond two seconds."""
        request = http1.get(path, close=True)
        return self.storm(address, request, (rate, seconds), connections=200, deadline_ms=2000, fresh=True)[0]

    @contextmanager
    def attacked(self, attack: Callable[..., None], *arguments: Any, processes: int = 1) -> Iterator[None]:
        """Processes that run `attack` until the end, in the time that nobody else on their core wants."""
        context = multiprocessing.get_context("fork")
        running = [context.Process(target=attacker, args=(attack, *arguments)) for _ in range(processes)]
        for process in running:
            process.start()
        try:
            time.sleep(0.5)
            yield
        finally:
            for process in running:
                process.kill()
                process.join()

    def has_nginx(self) -> bool:
        return self.beside and shutil.which("nginx") is not None

    def debian(self, package: str, path: str) -> Path | None:
        """A file of Debian's package, which is unpacked under target/ and not installed."""
        folder = bench_lab.REPOSITORY / "target" / "tools" / package
        if not (folder / path).exists():
            folder.mkdir(parents=True, exist_ok=True)
            fetch = (
                f"apt-get -qq download {package} || (apt-get -qq update && apt-get -qq download {package})"
            )
            command = f"({fetch}) && dpkg -x {package}_*.deb ."
            subprocess.run(["sh", "-c", command], cwd=folder, capture_output=True)
        return folder / path if (folder / path).exists() else None


def behind() -> None:
    """Of what wants the same core, this comes last."""
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))


def attacker(attack: Callable[..., None], *arguments: Any) -> None:
    behind()
    while True:
        try:
            attack(*arguments)
        except OSError:
            # Refused or cut off, which is what a server may do; it comes again.
            time.sleep(0.01)


def phase_of(said: dict[str, Any]) -> Phase:
    def number(value: float | None) -> float:
        return float("nan") if value is None else value

    answered, shed = said["answered_ms"], said["shed_ms"]
    return Phase(
        said["seconds"],
        said["due"],
        said["ends"],
        number(answered["p50"]),
        number(answered["p99"]),
        number(answered["max"]),
        number(shed["p99"]),
        said["buckets"],
    )

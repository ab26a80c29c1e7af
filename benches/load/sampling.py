"""CPU and memory through a phase, read from /proc a few times a second."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import bench_lab as lab

INTERVAL_S = 0.2
TICKS = os.sysconf("SC_CLK_TCK")
PAGE_MIB = os.sysconf("SC_PAGE_SIZE") / 2**20
# Of a line of /proc/stat: user, nice, system, irq, softirq and steal; between them stand idle and iowait.
BUSY = (0, 1, 2, 5, 6, 7)


@dataclass(frozen=True)
class Sample:
    """Sums of CPU seconds at one moment, and what was in memory."""

    at: float
    """Seconds since the experiment began."""
    user: float
    system: float
    memory_mib: float
    load: float
    """Of what puts on the load and what takes the traces in, together."""
    server_core: float
    load_core: float


@dataclass(frozen=True)
class Use:
    """What a phase used, in CPU seconds, of what two cores had to give."""

    seconds: float
    user: float
    system: float
    load: float
    server_core: float
    load_core: float
    memory_mib: float
    """The most there was in memory."""

    @property
    def server(self) -> float:
        return self.user + self.system

    @property
    def server_busy(self) -> float:
        """The server's share of its core."""
        return self.server / self.seconds

    @property
    def load_busy(self) -> float:
        return self.load / self.seconds

    @property
    def others(self) -> tuple[float, float]:
        """The shares that went to anybody else: on the server's core, and on the load's."""
        on_server_core = (self.server_core - self.server) / self.seconds
        return max(0.0, on_server_core), max(0.0, (self.load_core - self.load) / self.seconds)


class Sampler:
    """Adds to the samples in a thread of its own while it is open. Processes may end meanwhile."""

    def __init__(
        self, began: float, server_pid: int, load_pids: Sequence[int], samples: list[Sample]
    ) -> None:
        self._samples, self._began = samples, began
        self._server_pid, self._load_pids = server_pid, load_pids
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join()

    def _run(self) -> None:
        while True:
            try:
                self._samples.append(self._take())
            except (FileNotFoundError, ProcessLookupError, IndexError):
                # Somebody has ended. Whoever waits for them says why.
                return
            if self._stop.wait(INTERVAL_S):
                return

    def _take(self) -> Sample:
        user, system, memory = process(self._server_pid)
        load = sum(sum(process(pid)[:2]) for pid in self._load_pids)
        server_core, load_core = (core_seconds(core) for core in (lab.SERVER_CORE, lab.LOAD_CORE))
        at = time.monotonic() - self._began
        return Sample(at, user, system, memory, load, server_core, load_core)


def process(pid: int) -> tuple[float, float, float]:
    """CPU seconds as user and in the system, and MiB in memory, of one process."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return int(fields[11]) / TICKS, int(fields[12]) / TICKS, int(fields[21]) * PAGE_MIB


def core_seconds(core: int) -> float:
    """How long a core was not idle so far."""
    with open("/proc/stat") as stat:
        line = next(line for line in stat if line.startswith(f"cpu{core} "))
    ticks = [int(field) for field in line.split()[1:]]
    return sum(ticks[index] for index in BUSY) / TICKS


def use(samples: Sequence[Sample], last_seconds: float) -> Use | None:
    """Of the last so many seconds, while all of the load was there; None if there are no two samples."""
    if samples:
        samples = [sample for sample in samples if sample.at >= samples[-1].at - last_seconds]
    if len(samples) < 2:
        return None
    first, last = samples[0], samples[-1]
    return Use(
        seconds=last.at - first.at,
        user=last.user - first.user,
        system=last.system - first.system,
        load=last.load - first.load,
        server_core=last.server_core - first.server_core,
        load_core=last.load_core - first.load_core,
        memory_mib=max(sample.memory_mib for sample in samples),
    )

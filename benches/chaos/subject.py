"""A server under attack, and what the system knows of its process."""

from __future__ import annotations

import os
import queue
import resource
import signal
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab

START_S = 20
STOP_S = 40


@dataclass(frozen=True)
class Subject:
    """Addresses are `host:port`; a door that it lacks is empty."""

    process: subprocess.Popen[str]
    pid: int
    http: str
    grpc: str = ""
    admin: str = ""
    log: Path = Path(os.devnull)

    @property
    def probes(self) -> str:
        """Where probes are sent."""
        return self.admin or self.http

    def alive(self) -> bool:
        return self.process.poll() is None

    def resident_mib(self) -> float:
        return self._status("VmRSS") / 1024

    def threads(self) -> int:
        return self._status("Threads")

    def descriptors(self) -> int:
        return len(os.listdir(f"/proc/{self.pid}/fd"))

    def cpu_seconds(self) -> float:
        """Of the threads that there are, to the nanosecond; a process is told of itself in hundredths."""
        tasks = Path(f"/proc/{self.pid}/task").iterdir()
        return sum(int((task / "schedstat").read_text().split()[0]) for task in tasks) / 1e9

    def signal(self, which: signal.Signals) -> None:
        self.process.send_signal(which)

    def stop(self) -> tuple[int | None, float]:
        """SIGTERM: the exit code, None for one that had to be killed, and the seconds it took."""
        began = time.monotonic()
        self.process.terminate()
        try:
            code = self.process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            self.process.kill()
            code = None
        return code, time.monotonic() - began

    def _status(self, key: str) -> int:
        for line in Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith(key + ":"):
                return int(line.split()[1])
        raise OSError(f"process {self.pid} is gone")


@contextmanager
def iris(
    program: Path,
    flags: Sequence[str],
    doors: Sequence[str],
    variables: Mapping[str, str],
    wrapper: Sequence[str] = (),
    descriptors: int | None = None,
) -> Iterator[Subject]:
    """`iris-server` with one worker on its core; killed at the end if it still runs."""
    listen = [
        word for door in ("http", "grpc") for word in (f"--{door}", "127.0.0.1:0" if door in doors else "off")
    ]
    listen += ["--admin", "127.0.0.1:0"] if "admin" in doors else []
    command = lab.pinned(lab.SERVER_CORE, *wrapper, program, *listen, "--threads", 1, *flags)
    environment = {key: value for key, value in os.environ.items() if not key.startswith(("OTEL_", "IRIS_"))}
    limit = descriptors and (lambda: resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, descriptors)))
    with tempfile.TemporaryDirectory() as folder:
        log = Path(folder) / "log"
        with (
            log.open("w") as errors,
            subprocess.Popen(
                command,
                stdout=subprocess.PIPE,
                stderr=errors,
                text=True,
                env=environment | {"OTEL_TRACES_EXPORTER": "none"} | dict(variables),
                preexec_fn=limit or None,
            ) as process,
        ):
            try:
                found = addresses(process, doors)
                if missing := [door for door in doors if door not in found]:
                    raise RuntimeError(f"no {missing[0]} door: {log.read_text()[-500:]}")
                yield Subject(
                    process, process.pid, found["http"], found.get("grpc", ""), found.get("admin", ""), log
                )
            finally:
                lab.end(process, 3)


def addresses(process: subprocess.Popen[str], doors: Sequence[str]) -> dict[str, str]:
    """Of the lines `listening DOOR=ADDRESS`, until all are there, it ends, or it says nothing more."""
    lines: queue.Queue[str | None] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            lines.put(line)
        lines.put(None)

    threading.Thread(target=read, daemon=True).start()
    found: dict[str, str] = {}
    deadline = time.monotonic() + START_S
    while any(door not in found for door in doors):
        try:
            line = lines.get(timeout=max(0.0, deadline - time.monotonic()))
        except queue.Empty:
            break
        if line is None:
            break
        door, _, address = line.strip().removeprefix("listening ").partition("=")
        found[door] = address
    return found


@contextmanager
def nginx() -> Iterator[Subject]:
    """nginx with one worker, which reads a body and asks a constant upstream, as a proxy would."""
    address, again = (f"127.0.0.1:{lab.free_port()}" for _ in range(2))
    with tempfile.TemporaryDirectory() as folder:
        config = (Path(__file__).parent / "nginx.conf").read_text()
        for key, value in {"FOLDER": folder, "ADDRESS": address, "H2": again}.items():
            config = config.replace(f"@{key}@", value)
        path = Path(folder) / "nginx.conf"
        path.write_text(config)
        with subprocess.Popen(
            lab.pinned(lab.SERVER_CORE, "nginx", "-c", path), stderr=subprocess.DEVNULL, text=True
        ) as process:
            try:
                lab.wait_until_it_answers(address, process)
                yield Subject(process, lab.worker_of(process.pid), address, again)
            finally:
                lab.end(process, 3)

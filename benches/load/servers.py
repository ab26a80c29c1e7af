"""The server under load, with all its doors open, every request of it traced."""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
import metrics
from generators import Target
from receiver import Receiver

PATIENCE_S = 30


@dataclass(frozen=True)
class Subject:
    """A server under load."""

    server: lab.Server
    target: Target
    start_seconds: float | None = None
    """From before the process existed to its first answer, where that was timed."""

    def page(self) -> list[metrics.Sample]:
        """Its metrics, once they stand still: they follow the requests at a distance."""
        last = None
        while True:
            with urllib.request.urlopen(f"http://{self.target.http}/metrics", timeout=PATIENCE_S) as answer:
                page = metrics.parse(answer.read().decode())
            count = metrics.total(page, f"{metrics.STAGE_DURATION}_count")
            if count == last:
                return page
            last = count
            time.sleep(0.3)

    def stop(self) -> None:
        """SIGTERM, on which it sends the traces that it still has. Raises RuntimeError for a code but 0."""
        self.server.process.terminate()
        if code := self.server.process.wait(PATIENCE_S):
            raise RuntimeError(f"the server was told to stop, and ended with code {code}")


@contextmanager
def iris(sink: Receiver, folder: Path, flags: Sequence[str] = ()) -> Iterator[Subject]:
    """`iris-server` with one thread on its core; stopped at the end if it still runs."""
    doors = ["--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0"]
    command = lab.pinned(lab.SERVER_CORE, lab.IRIS_SERVER, *doors, "--threads", 1, *flags)
    started = time.perf_counter()
    with lab.listening(command, sink.variables(), folder / "server.log") as (process, http):
        lab.ask(http)
        start_seconds = time.perf_counter() - started
        grpc = lab.next_line(process).removeprefix("listening grpc=").strip()
        yield Subject(lab.Server("iris", http, process.pid, process), Target(http, grpc), start_seconds)

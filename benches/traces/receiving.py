"""Both ends of the traces: the receiver that they reach, and the servers that send them."""

from __future__ import annotations

import json
import signal
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bench_lab as lab  # noqa: E402  (found only from here on)

SPANS_OF_A_REQUEST = 4
ROOT_ID_BYTES = 8


@dataclass(frozen=True)
class Programs:
    """The binaries under test, and the one that receives."""

    iris: Path
    stock: Path
    receiver: Path

    def missing(self, *needed: Path) -> list[str]:
        """What to say of those that are not there."""
        commands = {
            self.iris: "cargo build --release",
            self.stock: "cargo build --release --manifest-path benches/peers/stock_otel/Cargo.toml",
            self.receiver: "cargo build --release --manifest-path benches/receiver/Cargo.toml",
        }
        return [f"{path} is missing: {commands[path]}" for path in needed if not path.exists()]


class Receiver:
    """The receiver on core 1, and its file of root span ids; it can be killed and started again."""

    def __init__(self, program: Path, folder: Path, answer: str, *flags: str) -> None:
        self.ids = folder / "ids"
        self.log = folder / "log"
        expected = json.loads(answer)
        self._command = lab.pinned(lab.LOAD_CORE, program, "--ids", self.ids, *flags)
        self._command += ["--species", expected["predicted_species"]]
        self._command += ["--probability", str(expected["prediction_probability"])]
        self._running = ExitStack()
        self._before: dict[str, int] = {}
        self.address = "127.0.0.1:0"
        self.start()

    def start(self) -> None:
        command = [*self._command, "--http", self.address]
        self._process, self.address = self._running.enter_context(lab.listening(command, {}, self.log))

    def kill(self) -> None:
        """kill -9, and whatever it was about to do is not done. What it had counted is kept here."""
        self._before = self.counts()
        self._process.kill()
        self._process.wait()
        self._running.close()

    def stop(self) -> None:
        self._running.close()

    def counts(self) -> dict[str, int]:
        """What came in so far. What came between the last look and a kill is missing, but not in the file."""
        counts = get_json(self.address, "/counts")
        return {key: value + self._before.get(key, 0) for key, value in counts.items()}

    def n_ids(self) -> int:
        return self.ids.stat().st_size // ROOT_ID_BYTES

    def n_distinct_ids(self) -> int:
        return get_json(self.address, "/ids")["distinct"]

    def complaints(self) -> str:
        return self.log.read_text().strip()


@dataclass(frozen=True)
class Verdict:
    """What became of the requests of one server. `counted` is the server's own figure, where it has one."""

    name: str
    answered: int
    counted: int | None
    received: int
    distinct: int
    spans: int
    sampled: int
    mismatches: int

    @property
    def lost(self) -> int:
        return max(0, max(self.answered, self.counted or 0) - self.distinct)

    @property
    def duplicated(self) -> int:
        return self.received - self.distinct

    def show(self) -> None:
        per_request = self.spans / self.received if self.received else 0.0
        print(
            f"{self.name:14} answered {self.answered}, counted by the server "
            f"{'-' if self.counted is None else self.counted}; traces received {self.received}, "
            f"{per_request:.3f} spans each; lost {self.lost}, duplicated {self.duplicated}; "
            f"compared in full {self.sampled}, mismatched {self.mismatches}",
            flush=True,
        )

    def faults(self, may_repeat: bool = False, may_miss_counts: bool = False) -> list[str]:
        """What must not be. After a kill, bodies may come twice, and the counts are not complete."""
        repeated = self.duplicated if not may_repeat else 0
        uneven = not may_miss_counts and self.spans != SPANS_OF_A_REQUEST * self.received
        extra = self.distinct - self.counted if self.counted is not None else 0
        found = {
            f"{self.lost} lost": self.lost > 0,
            f"{repeated} duplicated": repeated > 0,
            f"{extra} more than the server counted": extra > 0,
            f"{self.spans} spans of {self.received} requests": uneven,
            f"{self.mismatches} mismatched": self.mismatches > 0,
            "none compared in full": self.sampled == 0,
        }
        return [f"{self.name}: {fault}" for fault, is_so in found.items() if is_so]


def get(address: str, path: str) -> str:
    with urllib.request.urlopen(f"http://{address}{path}") as answer:
        return answer.read().decode()


def get_json(address: str, path: str) -> dict[str, int]:
    return json.loads(get(address, path))


def exporting_to(receiver: Receiver) -> dict[str, str]:
    return {
        "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}",
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }


def traced(name: str, programs: Programs, receiver: Receiver) -> AbstractContextManager[lab.Server]:
    """The server whose traces are asked for: ours, or the stock one."""
    if name == "stock":
        return stock(programs.stock, exporting_to(receiver))
    return lab.iris(name, programs.iris, exporting_to(receiver))


@contextmanager
def stock(program: Path, variables: Mapping[str, str]) -> Iterator[lab.Server]:
    command = lab.pinned(lab.SERVER_CORE, program)
    with lab.listening(command, {"ADDR": "127.0.0.1:0", **variables}) as (process, address):
        yield lab.Server("stock", address, process.pid, process)


def counted_by(server: lab.Server) -> int | None:
    """The requests to /predict that a server's metrics count, once the number stands still."""
    last = None
    while True:
        try:
            metrics = get(server.address, "/metrics")
        except urllib.error.HTTPError:
            return None
        lines = [
            line
            for line in metrics.splitlines()
            if line.startswith("http_server_request_duration_seconds_count{")
            and 'http_route="/predict"' in line
        ]
        count = sum(int(float(line.rpartition("} ")[2].split()[0])) for line in lines)
        if count == last:
            return count
        last = count
        time.sleep(0.5)


def stop(server: lab.Server) -> int | None:
    """SIGTERM, which sends what is still to be sent. A number if the server says how many it answered."""
    server.process.send_signal(signal.SIGTERM)
    # The line that told the address is read; what is left is read to its end.
    assert server.process.stdout is not None
    rest = server.process.stdout.read()
    server.process.wait()
    line = next((line for line in rest.splitlines() if line.startswith("answered requests=")), None)
    return None if line is None else int(line.partition("=")[2])


def verdict(name: str, answered: int, counted: int | None, receiver: Receiver) -> Verdict:
    counts = receiver.counts()
    return Verdict(
        name,
        answered,
        counted,
        receiver.n_ids(),
        receiver.n_distinct_ids(),
        counts["spans"],
        counts["sampled_traces"],
        counts["mismatches"],
    )

"""`iris.v1.Predictor/Predict` against bare tonic answering a fixed message of the same size, in one run.

Both servers sit on core 0, one thread each; h2load asks one of them at a time from core 1, in turns. A round
gives requests a second and CPU microseconds a request of the server's process; the medians of the rounds and
of the ratios within a round are what to quote. Needs h2load (Debian: nghttp2-client) and

    cargo build --release
    cargo build --release --package iris-grpc --example bare_tonic
"""

from __future__ import annotations

import argparse
import json
import re
import statistics
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import bench_lab as lab  # noqa: E402  (found only from here on)

BARE_TONIC = lab.REPOSITORY / "target" / "release" / "examples" / "bare_tonic"
PREDICT = "/iris.v1.Predictor/Predict"
ROW = (6.765352725982666, 2.824432849884033, 4.90852165222168, 1.8131520748138428)
IRIS, TONIC = "iris", "tonic"
# Of an answer, a few less than both send: 5 before the message and 57 of it.
SHORTEST = 50


@dataclass(frozen=True)
class Round:
    """What one round of load on one server gave."""

    requests_per_second: float
    cpu_us: float


@contextmanager
def iris(program: Path) -> Iterator[lab.Server]:
    """Ours with one worker, untraced."""
    with lab.both_doors(program) as (process, _, address):
        yield lab.Server(IRIS, address, process.pid, process)


@contextmanager
def tonic(program: Path) -> Iterator[lab.Server]:
    """The peer."""
    with lab.listening(lab.pinned(lab.SERVER_CORE, program), {}) as (process, address):
        yield lab.Server(TONIC, address, process.pid, process)


def load(server: lab.Server, frame: Path, options: argparse.Namespace) -> Round:
    """One round; an error if a call was refused."""
    before = lab.cpu_seconds(server.pid)
    size = [f"-c{options.connections}", f"-m{options.streams}", f"-D{options.seconds}"]
    headers = ["-H", "content-type: application/grpc", "-H", "te: trailers"]
    url = f"http://{server.address}{PREDICT}"
    command = lab.pinned(lab.LOAD_CORE, "h2load", "-t1", *size, f"-d{frame}", *headers, url)
    said = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    cpu = lab.cpu_seconds(server.pid) - before
    counts = re.search(r"(\d+) succeeded, (\d+) failed, (\d+) errored", said)
    data = re.search(r"\((\d+)\) data", said)
    if counts is None or data is None:
        raise RuntimeError(f"h2load said of {server.name}:\n{said}")
    succeeded, failed, errored = map(int, counts.groups())
    # A refusal is a success of HTTP, but has no message.
    if not succeeded or failed or errored or int(data[1]) < succeeded * SHORTEST:
        raise RuntimeError(f"{server.name} failed under load:\n{said}")
    return Round(succeeded / options.seconds, cpu * 1e6 / succeeded)


def show(name: str, rounds: list[Round]) -> None:
    """Medians on one line."""
    speed = statistics.median(round_.requests_per_second for round_ in rounds)
    cpu = statistics.median(round_.cpu_us for round_ in rounds)
    print(f"{name:8} {speed:9.0f} calls/s {cpu:6.2f} CPU µs a call", flush=True)


def compare(servers: list[lab.Server], options: argparse.Namespace) -> dict[str, list[Round]]:
    """The rounds of both, whichever goes first changing."""
    message = b"".join(struct.pack("<Bd", field << 3 | 1, value) for field, value in enumerate(ROW, 1))
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    with tempfile.TemporaryDirectory() as folder:
        frame = Path(folder) / "frame"
        frame.write_bytes(struct.pack(">BI", 0, len(message)) + message)
        for server in servers:
            load(server, frame, options)
        for index in range(options.rounds):
            for server in servers if index % 2 == 0 else servers[::-1]:
                rounds[server.name].append(load(server, frame, options))
                show(f"  {server.name}", rounds[server.name][-1:])
    return rounds


def main() -> int:
    """Compares both."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=3, help="of each round")
    parser.add_argument("--connections", type=int, default=10)
    parser.add_argument("--streams", type=int, default=15, help="under way on each connection")
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    parser.add_argument("--peer", type=Path, default=BARE_TONIC)
    parser.add_argument("--to", type=Path, help="every round, as JSON")
    options = parser.parse_args()
    with ExitStack() as stack:
        servers = [stack.enter_context(iris(options.server)), stack.enter_context(tonic(options.peer))]
        rounds = compare(servers, options)
    print(f"medians of {options.rounds} rounds of {options.seconds} s")
    for name, of_server in rounds.items():
        show(name, of_server)
    pairs = list(zip(rounds[IRIS], rounds[TONIC], strict=True))
    speed = statistics.median(a.requests_per_second / b.requests_per_second for a, b in pairs)
    cpu = statistics.median(a.cpu_us / b.cpu_us for a, b in pairs)
    print(f"{IRIS} / {TONIC}: {speed:.2f} x calls a second, {cpu:.2f} x CPU a call")
    if options.to:
        raw = {name: [asdict(round_) for round_ in of_server] for name, of_server in rounds.items()}
        options.to.write_text(json.dumps(raw))
    return 0


if __name__ == "__main__":
    sys.exit(main())

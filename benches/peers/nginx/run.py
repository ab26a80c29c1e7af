"""`/predict` against nginx answering `return 200` with the same body, in one run.

Both servers sit on core 0, one worker each; wrk loads one of them at a time from core 1, in turns. A round
gives requests a second, CPU microseconds a request of the server's process, and latencies; the medians of the
rounds and of the ratios within a round are what to quote. Needs nginx and wrk (Debian: nginx-light, wrk).
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import subprocess
import sys
import tempfile
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
SCRIPT = REPOSITORY / "benches" / "wrk" / "predict.lua"
BODY = (
    b'{"sepal_length": 6.765352725982666, "sepal_width": 2.824432849884033,'
    b' "petal_width": 1.8131520748138428, "petal_length": 4.90852165222168}'
)


@dataclass(frozen=True)
class Server:
    """A server under load: where it answers, and the process that does the work."""

    name: str
    address: str
    pid: int


@dataclass(frozen=True)
class Round:
    """What one round of load on one server gave."""

    requests_per_second: float
    cpu_us: float
    p50_us: float
    p99_us: float
    failed: int


def pinned(core: int, *command: str | Path) -> list[str]:
    return ["taskset", "-c", str(core), *map(str, command)]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


@contextmanager
def ours(name: str, program: Path) -> Iterator[Server]:
    command = pinned(0, program, "--http", "127.0.0.1:0", "--threads", "1")
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True) as process:
        try:
            assert process.stdout is not None
            address = process.stdout.readline().removeprefix("listening http=").strip()
            yield Server(name, address, process.pid)
        finally:
            process.terminate()


@contextmanager
def nginx(body: str) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        address = f"127.0.0.1:{free.getsockname()[1]}"
    with tempfile.TemporaryDirectory() as folder:
        config = (HERE / "nginx.conf").read_text()
        for key, value in {"FOLDER": folder, "ADDRESS": address, "BODY": body}.items():
            config = config.replace(f"@{key}@", value)
        path = Path(folder) / "nginx.conf"
        path.write_text(config)
        with subprocess.Popen(pinned(0, "nginx", "-c", path), stderr=subprocess.DEVNULL) as process:
            try:
                wait_until_it_answers(address)
                yield Server("nginx", address, worker_of(process.pid))
            finally:
                process.terminate()


def wait_until_it_answers(address: str) -> None:
    """An answer, and not only an open port: that is the master's, before there is a worker."""
    while True:
        try:
            ask(address)
            return
        except (ConnectionError, urllib.error.URLError):
            continue


def worker_of(master: int) -> int:
    children = Path(f"/proc/{master}/task/{master}/children").read_text()
    return int(children.split()[0])


def ask(address: str) -> tuple[str, int]:
    """An answer's body, and its size with the headers."""
    request = urllib.request.Request(
        f"http://{address}/predict", BODY, {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request) as answer:
        body = answer.read()
        return body.decode(), len(body) + sum(
            len(name) + len(value) + 4 for name, value in answer.headers.items()
        )


def load(server: Server, connections: int, seconds: int) -> Round:
    before = cpu_seconds(server.pid)
    command = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds}s",
        "-s",
        SCRIPT,
        f"http://{server.address}/predict",
    ]
    output = subprocess.run(pinned(1, *command), check=True, capture_output=True, text=True).stdout
    cpu = cpu_seconds(server.pid) - before
    line = next(line for line in output.splitlines() if line.startswith("RESULT"))
    result = {key: float(value) for key, value in (pair.split("=") for pair in line.split()[1:])}
    requests = result["requests"]
    return Round(
        requests / result["seconds"],
        cpu * 1e6 / requests,
        result["p50_us"],
        result["p99_us"],
        int(result["failed"]),
    )


def show(name: str, rounds: list[Round]) -> None:
    def median(field: str) -> float:
        return statistics.median(getattr(round_, field) for round_ in rounds)

    print(
        f"{name:14} {median('requests_per_second'):9.0f} req/s {median('cpu_us'):6.2f} CPU µs/req "
        f"p50 {median('p50_us') / 1e3:.2f} ms p99 {median('p99_us') / 1e3:.2f} ms "
        f"failed {sum(round_.failed for round_ in rounds)}"
    )


def compare(servers: list[Server], n_rounds: int, connections: int, seconds: int) -> None:
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    for server in servers:
        load(server, connections, 1)
    for index in range(n_rounds):
        for server in servers[index % len(servers) :] + servers[: index % len(servers)]:
            rounds[server.name].append(load(server, connections, seconds))
            show(f"  {server.name}", rounds[server.name][-1:])
    print(f"\nmedians of {n_rounds} rounds, {connections} connections, {seconds} s each")
    for server in servers:
        show(server.name, rounds[server.name])
        print(f"{'':14} {resident_mib(server.pid):9.1f} MiB at most")
    for server in servers[1:]:
        pairs = list(zip(rounds[server.name], rounds["nginx"], strict=True))
        speed = statistics.median(a.requests_per_second / b.requests_per_second for a, b in pairs)
        cpu = statistics.median(a.cpu_us / b.cpu_us for a, b in pairs)
        print(f"{server.name} / nginx: {speed:.2f} x req/s, {cpu:.2f} x CPU a request")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--connections", type=int, default=150)
    parser.add_argument("--server", type=Path, default=REPOSITORY / "target" / "release" / "iris-server")
    parser.add_argument(
        "--extra-server", metavar="NAME=PATH", action="append", default=[], help="another build"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        iris = stack.enter_context(ours("iris", options.server))
        body, size = ask(iris.address)
        json.loads(body)
        servers = [stack.enter_context(nginx(body)), iris]
        for extra in options.extra_server:
            name, _, path = extra.partition("=")
            servers.append(stack.enter_context(ours(name, Path(path))))
        print(
            f"an answer is {size} bytes from iris and {ask(servers[0].address)[1]} from nginx, head included"
        )
        compare(servers, options.rounds, options.connections, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

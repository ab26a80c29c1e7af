"""What the load tests share: servers on core 0, wrk on core 1, rounds in turns, medians."""

from __future__ import annotations

import json
import os
import socket
import statistics
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

BENCHES = Path(__file__).parent
REPOSITORY = BENCHES.parent
IRIS_SERVER = REPOSITORY / "target" / "release" / "iris-server"
SCRIPT = BENCHES / "wrk" / "predict.lua"
NGINX_CONF = BENCHES / "peers" / "nginx" / "nginx.conf"
BODY = (
    b'{"sepal_length": 6.765352725982666, "sepal_width": 2.824432849884033,'
    b' "petal_width": 1.8131520748138428, "petal_length": 4.90852165222168}'
)
SERVER_CORE, LOAD_CORE = 0, 1
# What is not there after so long is not coming: a start, an answer, an end.
START_S, ANSWER_S, STOP_S = 120, 30, 30


@dataclass(frozen=True)
class Server:
    """A server under load: where it answers, the process that does the work, and the one to stop."""

    name: str
    address: str
    pid: int
    process: subprocess.Popen[str]


@dataclass(frozen=True)
class Load:
    """What wrk had to say."""

    requests: int
    seconds: float
    p50_us: float
    p99_us: float
    failed: int


@dataclass(frozen=True)
class Round:
    """What one round of load on one server gave."""

    requests: int
    requests_per_second: float
    cpu_us: float
    p50_us: float
    p99_us: float
    failed: int


def pinned(core: int, *command: object) -> list[str]:
    return ["taskset", "-c", str(core), *map(str, command)]


def cpu_seconds(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def resident_mib(pid: int) -> float:
    """The most a process had in memory."""
    line = next(
        line for line in Path(f"/proc/{pid}/status").read_text().splitlines() if line.startswith("VmHWM")
    )
    return int(line.split()[1]) / 1024


@contextmanager
def listening(
    command: list[str], variables: Mapping[str, str], log: Path | None = None
) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that prints `listening http=ADDRESS`, and the address; stopped at the end if it still runs.

    It gets no `OTEL_*` variable but those given.
    """
    environment = {key: value for key, value in os.environ.items() if not key.startswith("OTEL_")}
    with (
        open(log or os.devnull, "a") as errors,
        subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=errors, text=True, env=environment | dict(variables)
        ) as process,
    ):
        try:
            line = next_line(process)
            if not line.startswith("listening http="):
                raise RuntimeError(f"{' '.join(command)} did not start, it said {line!r}")
            yield process, line.removeprefix("listening http=").strip()
        finally:
            end(process)


def next_line(process: subprocess.Popen[str]) -> str:
    """What it prints next; empty if it ends, or says nothing for so long that it is killed for it."""
    assert process.stdout is not None
    killer = threading.Timer(START_S, process.kill)
    killer.start()
    try:
        return process.stdout.readline()
    finally:
        killer.cancel()


def end(process: subprocess.Popen[Any], patience: float = STOP_S) -> None:
    """SIGTERM, and SIGKILL for what does not heed it."""
    process.terminate()
    try:
        process.wait(patience)
    except subprocess.TimeoutExpired:
        process.kill()


@contextmanager
def iris(name: str, program: Path, variables: Mapping[str, str] | None = None) -> Iterator[Server]:
    """`iris-server` with one worker; without variables it traces nothing."""
    command = pinned(SERVER_CORE, program, "--http", "127.0.0.1:0", "--grpc", "off", "--threads", "1")
    with listening(command, variables or {"OTEL_SDK_DISABLED": "true"}) as (process, address):
        yield Server(name, address, process.pid, process)


@contextmanager
def both_doors(program: Path) -> Iterator[tuple[subprocess.Popen[str], str, str]]:
    """`iris-server` with one worker that traces nothing, and its addresses for HTTP and gRPC."""
    command = pinned(SERVER_CORE, program, "--http", "127.0.0.1:0", "--grpc", "127.0.0.1:0", "--threads", "1")
    with listening(command, {"OTEL_SDK_DISABLED": "true"}) as (process, http):
        yield process, http, next_line(process).removeprefix("listening grpc=").strip()


@contextmanager
def nginx(body: str) -> Iterator[Server]:
    """nginx with one worker, that answers everything with `body`."""
    address = f"127.0.0.1:{free_port()}"
    with tempfile.TemporaryDirectory() as folder:
        config = NGINX_CONF.read_text()
        for key, value in {"FOLDER": folder, "ADDRESS": address, "BODY": body}.items():
            config = config.replace(f"@{key}@", value)
        path = Path(folder) / "nginx.conf"
        path.write_text(config)
        command = pinned(SERVER_CORE, "nginx", "-c", path)
        with subprocess.Popen(command, stderr=subprocess.DEVNULL, text=True) as process:
            try:
                wait_until_it_answers(address, process)
                yield Server("nginx", address, worker_of(process.pid), process)
            finally:
                end(process)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as free:
        return free.getsockname()[1]


def wait_until_it_answers(address: str, process: subprocess.Popen[str]) -> None:
    """An answer, and not only an open port: that is the master's, before there is a worker."""
    deadline = time.monotonic() + START_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            ask(address)
            return
        except (ConnectionError, urllib.error.URLError):
            time.sleep(0.01)
    raise RuntimeError(f"nothing answers at {address}")


def worker_of(master: int) -> int:
    children = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    if not children:
        raise RuntimeError(f"process {master} has no worker")
    return int(children[0])


def ask(address: str) -> tuple[str, int]:
    """An answer's body, and its size with the headers."""
    request = urllib.request.Request(
        f"http://{address}/predict", BODY, {"content-type": "application/json"}, method="POST"
    )
    with urllib.request.urlopen(request, timeout=ANSWER_S) as answer:
        body = answer.read()
        return body.decode(), len(body) + sum(
            len(name) + len(value) + 4 for name, value in answer.headers.items()
        )


def ask_for_json(address: str) -> tuple[str, int]:
    """The same, once it is sure to be JSON."""
    body, size = ask(address)
    json.loads(body)
    return body, size


def wrk(
    address: str, connections: int, seconds: float, script: Path = SCRIPT, arguments: tuple[str, ...] = ()
) -> subprocess.Popen[str]:
    """wrk, started."""
    return subprocess.Popen(
        wrk_command(address, connections, seconds, script, arguments), stdout=subprocess.PIPE, text=True
    )


def wrk_command(
    address: str, connections: int, seconds: float, script: Path = SCRIPT, arguments: tuple[str, ...] = ()
) -> list[str]:
    command = ["wrk", "-t1", f"-c{connections}", f"-d{seconds:.0f}s", "-s", script]
    url = f"http://{address}/predict"
    return pinned(LOAD_CORE, *command, url, *(["--", *arguments] if arguments else []))


def result_of(load: subprocess.Popen[str]) -> Load:
    """What wrk printed, once it is done."""
    output, _ = load.communicate()
    if load.returncode != 0:
        raise subprocess.CalledProcessError(load.returncode, load.args, output)
    result = figures_of(output)
    return Load(
        int(result["requests"]),
        result["seconds"],
        result["p50_us"],
        result["p99_us"],
        int(result["failed"]),
    )


def figures_of(output: str) -> dict[str, float]:
    """The figures on the line that predict.lua makes wrk print."""
    line = next((line for line in output.splitlines() if line.startswith("RESULT")), None)
    if line is None:
        raise ValueError(f"wrk printed no RESULT: {output[:500]!r}")
    return {key: float(value) for key, value in (pair.split("=") for pair in line.split()[1:])}


def load(server: Server, connections: int, seconds: int) -> Round:
    """One round."""
    before = cpu_seconds(server.pid)
    result = result_of(wrk(server.address, connections, seconds))
    cpu = cpu_seconds(server.pid) - before
    return Round(
        result.requests,
        result.requests / result.seconds,
        cpu * 1e6 / result.requests,
        result.p50_us,
        result.p99_us,
        result.failed,
    )


def rounds_in_turns(
    servers: list[Server], n_rounds: int, connections: int, seconds: int
) -> dict[str, list[Round]]:
    """The rounds of each server by its name, each time in another order; shown as they come."""
    rounds: dict[str, list[Round]] = {server.name: [] for server in servers}
    for index in range(n_rounds):
        first = index % len(servers)
        for server in servers[first:] + servers[:first]:
            rounds[server.name].append(load(server, connections, seconds))
            show(f"  {server.name}", rounds[server.name][-1:])
    return rounds


def median(rounds: list[Round], field: str) -> float:
    return statistics.median(getattr(round_, field) for round_ in rounds)


def show(name: str, rounds: list[Round], rest: str = "") -> None:
    """Medians on one line."""
    print(
        f"{name:14} {median(rounds, 'requests_per_second'):9.0f} req/s "
        f"{median(rounds, 'cpu_us'):6.2f} CPU µs/req "
        f"p50 {median(rounds, 'p50_us') / 1e3:6.2f} ms p99 {median(rounds, 'p99_us') / 1e3:6.2f} ms "
        f"failed {sum(round_.failed for round_ in rounds)}{rest}",
        flush=True,
    )


def show_ratio(rounds: dict[str, list[Round]], ours: str, other: str) -> None:
    """The medians of the ratios within a round."""
    pairs = list(zip(rounds[ours], rounds[other], strict=True))
    speed = statistics.median(a.requests_per_second / b.requests_per_second for a, b in pairs)
    cpu = statistics.median(a.cpu_us / b.cpu_us for a, b in pairs)
    print(f"{ours} / {other}: {speed:.2f} x req/s, {cpu:.2f} x CPU a request")

"""What the system may do to a process: streams, limits, clocks, collectors."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import bench_lab
import control
import http1
from lab import Lab, ms
from promise import Outcome, promise

DOORS = ["--http", "127.0.0.1:{port}", "--grpc", "off", "--threads", "1"]


@contextmanager
def started(lab: Lab, *flags: str, **streams: object) -> Iterator[tuple[subprocess.Popen[bytes], str]]:
    """A server whose standard streams are somebody's, which may keep it from saying its port."""
    port = bench_lab.free_port()
    words = [word.format(port=port) for word in DOORS]
    command = bench_lab.pinned(bench_lab.SERVER_CORE, lab.program, *words, *flags)
    with subprocess.Popen(command, env=os.environ | {"OTEL_TRACES_EXPORTER": "none"}, **streams) as process:  # type: ignore[call-overload]
        try:
            yield process, f"127.0.0.1:{port}"
        finally:
            bench_lab.end(process, 5)


def comes_up(process: subprocess.Popen[bytes], address: str) -> bool:
    deadline = time.monotonic() + 5
    while time.monotonic() < deadline and process.poll() is None:
        if http1.ask(address, http1.predict(1), 1).status == 200:
            return True
        time.sleep(0.02)
    return False


def streams(lab: Lab, kind: str) -> Outcome:
    reader, writer = os.pipe()
    full = os.open("/dev/full", os.O_WRONLY)
    try:
        if kind == "closed":
            close = {"preexec_fn": lambda: [os.close(number) for number in (0, 1, 2)]}
            with started(lab, "--access-log", **close) as (process, address):
                return judged(process, address)
        if kind == "full":
            with started(lab, "--access-log", stdout=full, stderr=full) as (process, address):
                return judged(process, address)
        # A reader that is there and does not read.
        with started(lab, "--access-log", stdout=subprocess.DEVNULL, stderr=writer) as (process, address):
            return judged(process, address, 3000)
    finally:
        os.close(full)
        os.close(reader)
        os.close(writer)


def judged(process: subprocess.Popen[bytes], address: str, n: int = 50) -> Outcome:
    up = comes_up(process, address)
    served = 0
    if up:
        with http1.connect(address) as connection:
            for _ in range(n):
                connection.sendall(http1.predict(1))
                served += http1.answer(connection).status == 200
        page = http1.ask(address, http1.get("/metrics", close=True)).body.decode(errors="replace")
        counted = total(page, "_count", 'stage="model_inference"')
    began = time.monotonic()
    process.terminate()
    try:
        code: int | None = process.wait(10)
    except subprocess.TimeoutExpired:
        code = None
    took = time.monotonic() - began
    if not up:
        return Outcome(f"did not come up, exit code {code}", False)
    now = f"{served} of {n} served, {counted:.0f} counted; stop in {took:.1f} s, exit code {code}"
    return Outcome(now, served == n and counted >= n and code == 0 and took <= 3)


def total(page: str, ending: str, label: str) -> float:
    """The sum of the samples of the stages' histogram."""
    pattern = re.compile(rf"^\w*{ending}\{{[^}}]*{re.escape(label)}[^}}]*\}} (\S+)", re.MULTILINE)
    return sum(float(value) for value in pattern.findall(page))


for each, what, before in (
    ("closed", "closed", ""),
    ("full", "on a full disk", "abort at the start"),
    ("blocked", "read by nobody", "SIGTERM is ignored for ever"),
):
    promise(
        f"Standard streams may be {what}",
        name=f"streams-{each}",
        kind="faults",
        timed=False,
        anchor="nginx",
        attack=f"standard output and error {what}, with an access log; requests, then SIGTERM",
        bound="all served and counted; stop within 3 s, exit code 0",
        before=before,
    )(partial(streams, kind=each))


@contextmanager
def black_hole() -> Iterator[str]:
    """A collector that takes connections in, and neither reads nor answers."""
    with socket.create_server(("127.0.0.1", 0), backlog=128) as listener:
        yield f"http://127.0.0.1:{listener.getsockname()[1]}"


def collector(endpoint: str) -> dict[str, str]:
    return {
        "OTEL_TRACES_EXPORTER": "otlp",
        "OTEL_EXPORTER_OTLP_ENDPOINT": endpoint,
        "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
    }


@promise(
    "A container of 64 MiB is not outgrown while the collector is away",
    kind="faults",
    timed=False,
    anchor="Envoy, overload manager; Go (GOMEMLIMIT)",
    attack="64 MiB by control group, defaults, a collector that does not answer, full load for 15 s",
    bound="alive, none fails",
    before="killed within 15 s",
)
def container_without_collector(lab: Lab) -> Outcome:
    with control.memory(64) as wrapper, black_hole() as endpoint:
        if not wrapper:
            return Outcome("no control group may be made here", None)
        with lab.iris(variables=collector(endpoint), wrapper=wrapper) as server:
            phase = lab.storm(
                server.http, http1.predict(1), (0, lab.seconds(15)), connections=50, deadline_ms=5000
            )[0]
            alive = server.alive()
            resident = server.resident_mib() if alive else float("nan")
    failed = phase.due - phase.answered
    now = (
        f"{'alive' if alive else 'killed'}, {resident:.0f} MiB after {phase.due:,} requests, {failed} failed"
    )
    return Outcome(now, alive and not failed)


def container(lab: Lab, mib: int, clients: int) -> Outcome:
    with control.memory(mib) as wrapper:
        if not wrapper:
            return Outcome("no control group may be made here", None)
        with lab.iris(wrapper=wrapper) as server:
            phase = lab.storm(
                server.http,
                http1.predict(65_536),
                (0, lab.seconds(6)),
                connections=clients,
                deadline_ms=20_000,
            )[0]
            alive = server.alive()
            fine = alive and http1.ask(server.http, http1.predict(1)).status == 200
            resident = server.resident_mib() if alive else float("nan")
    state = "alive" if alive else "killed"
    said = ", ".join(f"{end} {n}" for end, n in phase.ends.items())
    refused = sum(n for end, n in phase.ends.items() if end == "shed" or end.startswith("status"))
    now = f"{state}, {resident:.0f} MiB; {said}"
    return Outcome(now, alive and fine and phase.answered + refused > 0)


for mib, clients, before in ((128, 16, "killed in 0.7 s"), (512, 48, "killed")):
    promise(
        f"A container of {mib} MiB outlives large batches",
        name=f"container-{mib}",
        kind="faults",
        timed=False,
        anchor="Envoy, overload manager (fixed heap)",
        attack=f"{mib} MiB by control group, defaults, {clients} clients with 65,536 rows each all the time",
        bound="alive, some are answered or refused, and one row is answered afterwards",
        before=before,
    )(partial(container, mib=mib, clients=clients))


@promise(
    "A collector that is silent costs no request anything, and bounded memory",
    kind="faults",
    anchor="OpenTelemetry (exporters must not block)",
    attack="a collector that accepts and never answers; 2,000 requests a second",
    bound="p99 ≤ 2 × or 5 ms, none fails, VmRSS ≤ 160 MiB with a trace buffer of 64 MiB",
    before="holds: 21 faults of the collector",
)
def silent_collector(lab: Lab) -> Outcome:
    seconds = lab.seconds(4)
    with lab.iris() as server:
        alone = lab.victim(server.http, seconds, 2000)
    with black_hole() as endpoint, lab.iris(variables=collector(endpoint)) as server:
        under = lab.victim(server.http, seconds, 2000)
        lab.storm(server.http, http1.predict(1), (0, seconds), connections=32)
        resident = server.resident_mib()
    failed = under.due - under.answered
    now = f"p99 {ms(alone.p99_ms)} → {ms(under.p99_ms)}; {failed} failed; {resident:.0f} MiB"
    return Outcome(now, failed == 0 and under.p99_ms <= max(2 * alone.p99_ms, 5) and resident <= 160)


def clock(lab: Lab, when: str) -> Outcome:
    library = lab.debian("libfaketime", "usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1")
    if library is None:
        return Outcome("libfaketime is not to be had here", None)
    faked = {"LD_PRELOAD": str(library), "FAKETIME": when, "FAKETIME_DONT_FAKE_MONOTONIC": "1"}
    try:
        with lab.iris(variables=faked) as server:
            with http1.connect(server.http) as connection:
                served = 0
                for _ in range(20):
                    connection.sendall(http1.predict(1))
                    answer = http1.answer(connection)
                    served += answer.status == 200
            page = http1.ask(server.http, http1.get("/metrics", close=True)).status
            alive = server.alive()
    except RuntimeError as error:
        return Outcome(f"did not start: {str(error).strip().splitlines()[-1][:80]}", False)
    return Outcome(f"{served} of 20 served, /metrics {page}", alive and served == 20 and page == 200)


for each, when, before in (
    ("before-1970", "@1969-06-01 00:00:00", "panic, abort"),
    ("far-future", "@2120-01-01 00:00:00", ""),
):
    promise(
        f"The clock may be wrong: {each.replace('-', ' ')}",
        name=f"clock-{each}",
        kind="faults",
        timed=False,
        anchor="hyper (httpdate)",
        attack=f"the system's clock at {when[1:11]} (libfaketime)",
        bound="served, /metrics too",
        before=before,
    )(partial(clock, when=when))

"""What is held for clients is counted in bytes, and bounded."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from contextlib import ExitStack, suppress

import h2flow
import http1
import http2
from lab import MEMORY_MIB, Lab
from promise import Outcome, promise
from subject import Subject

LIMIT = f"≤ {MEMORY_MIB} MiB with `--memory 192MiB`; others answered; ≤ 64 MiB more afterwards than at first"


def held(lab: Lab, attack: Callable[[Subject, ExitStack], object], seconds: float = 3.0) -> Outcome:
    """The most memory while clients stay, whether others are served meanwhile, and what stays afterwards."""
    with lab.iris(*lab.memory_flags(), "--max-connections", "4000") as server:
        http1.ask(server.http, http1.predict(1))
        first = server.resident_mib()
        with ExitStack() as stack:
            attack(server, stack)
            most, served, asked = first, 0, 0
            until = time.monotonic() + seconds
            while time.monotonic() < until and server.alive():
                most = max(most, server.resident_mib())
                asked += 1
                served += http1.ask(server.http, http1.predict(1), 2).status == 200
                time.sleep(0.1)
        if not server.alive():
            return Outcome("the server died", False)
        time.sleep(2)
        after = server.resident_mib()
    now = f"{first:.0f} → {most:.0f} MiB, {after:.0f} MiB afterwards; others answered {served} of {asked}"
    holds = most <= MEMORY_MIB and after <= first + 64 and served == asked
    return Outcome(now, holds, figures={"first": first, "most": most, "after": after})


def send_some(connection: socket.socket, data: bytes) -> None:
    """As much as is taken within a moment."""
    connection.settimeout(0.2)
    with suppress(OSError):
        connection.sendall(data)


def hold(stack: ExitStack, address: str, data: bytes, n: int, receive_buffer: int | None = None) -> None:
    """So many connections that send this, and then neither write nor read."""
    for _ in range(n):
        try:
            connection = http1.connect(address, 2, receive_buffer)
        except OSError:
            continue
        stack.callback(http1.reset_on_close(connection).close)
        send_some(connection, data)


@promise(
    "Bodies that never end are held within a budget",
    kind="memory",
    timed=False,
    anchor="Envoy, overload manager (fixed heap); nginx (bodies on disk)",
    attack="300 bodies that stop one byte short of 2 MiB",
    bound=LIMIT,
    before="759 MiB, 160 MiB stay afterwards",
)
def bodies_one_byte_short(lab: Lab) -> Outcome:
    body = http1.post("/predict", b" " * ((2 << 20) - 1))
    # Said to be one byte longer.
    short = body.replace(b"content-length: 2097151", b"content-length: 2097152")
    return held(lab, lambda server, stack: hold(stack, server.http, short, 300))


@promise(
    "The same of bodies in chunks, and through another door",
    kind="memory",
    timed=False,
    anchor="Envoy, overload manager (fixed heap)",
    attack="300 chunked bodies of 1.9 MiB to /v2/…/infer without a last chunk",
    bound=LIMIT,
)
def chunked_bodies_without_end(lab: Lab) -> Outcome:
    head = b"POST /v2/models/iris/infer HTTP/1.1\r\nhost: iris\r\ntransfer-encoding: chunked\r\n\r\n"
    chunk = b"10000\r\n" + b" " * 65536 + b"\r\n"
    return held(lab, lambda server, stack: hold(stack, server.http, head + chunk * 30, 300))


@promise(
    "Heads are 64 KiB at most",
    kind="memory",
    timed=False,
    anchor="nginx (32 KiB); hyper",
    attack="1,000 heads of 400 KB that do not end; one of 100 KB that does",
    bound=LIMIT + "; the whole one is answered 431 (or 400)",
    before="403 MiB; no limit below 400 KB",
)
def long_heads(lab: Lab) -> Outcome:
    line = b"x-filler: " + b"a" * 8000 + b"\r\n"
    endless = b"POST /predict HTTP/1.1\r\nhost: iris\r\n" + line * 50
    outcome = held(lab, lambda server, stack: hold(stack, server.http, endless, 1000))
    whole = b"GET /livez HTTP/1.1\r\nhost: iris\r\n" + line * 12 + b"\r\n"
    with lab.iris() as server:
        status = http1.ask(server.http, whole).status
    now = f"{outcome.now}; a head of 100 KB: {status or 'reset'}"
    return Outcome(now, bool(outcome.holds) and status in (400, 431), figures=outcome.figures)


@promise(
    "Answers that nobody reads are held within a budget",
    kind="memory",
    timed=False,
    anchor="Envoy (buffer limits of a connection); hyper",
    attack="64 clients ask for 65,536 rows with windows of 4 KiB, and do not read",
    bound=LIMIT,
    before="948 MiB for 60 s",
)
def answers_not_read(lab: Lab) -> Outcome:
    request = http1.predict(65_536)
    return held(lab, lambda server, stack: hold(stack, server.http, request, 64, 4096), 6)


@promise(
    "The same of many small answers, pipelined",
    kind="memory",
    timed=False,
    anchor="Envoy (buffer limits of a connection)",
    attack="200 clients pipeline 4,000 requests for /openapi.json each, and do not read",
    bound=LIMIT,
)
def pipelined_answers_not_read(lab: Lab) -> Outcome:
    many = http1.get("/openapi.json") * 4000
    return held(lab, lambda server, stack: hold(stack, server.http, many, 200, 4096))


@promise(
    "Closed windows of HTTP/2 hold no more than a connection may",
    kind="memory",
    timed=False,
    anchor="hyper, h2 (send buffer of a stream); Envoy",
    attack="4 connections with windows of 0 and 128 calls of 8,000 rows each, answers never taken",
    bound=LIMIT,
    before="209 MiB for one, for as long as it likes",
)
def closed_windows(lab: Lab) -> Outcome:
    body = http2.message(http2.model_infer(http1.rows(8000)))

    def attack(server: Subject, stack: ExitStack) -> None:
        for _ in range(4):
            sender = h2flow.Sender(server.grpc, initial_window_size=0)
            stack.callback(sender.close)
            for stream in range(1, 257, 2):
                if not sender.call(stream, body):
                    break

    return held(lab, attack, 5)


@promise(
    "Messages of gRPC that never end are held within a budget",
    kind="memory",
    timed=False,
    anchor="Envoy (buffer limits of a stream)",
    attack="40 connections with calls of which 60 KB of 1 MiB are sent, as many as windows take",
    bound=LIMIT,
)
def grpc_messages_without_end(lab: Lab) -> Outcome:
    most = b"\x00\x00\x10\x00\x00" + b"\x0a" * 60_000

    def attack(server: Subject, stack: ExitStack) -> None:
        for _ in range(40):
            sender = h2flow.Sender(server.grpc)
            stack.callback(sender.close)
            for stream in range(1, 201, 2):
                if not sender.call(stream, most, ends=False, patience=0.05):
                    break

    return held(lab, attack, 4)


@promise(
    "Large batches stay within the budget",
    kind="memory",
    timed=False,
    anchor="Envoy, overload manager (fixed heap)",
    attack="64 clients that send 65,536 rows each, all the time, and read their answers",
    bound=f"VmRSS ≤ {MEMORY_MIB} MiB with `--memory 192MiB`",
    before="882 MiB; a pod of 128 MiB dies with 16 of them in 0.7 s",
)
def memory_of_large_batches(lab: Lab) -> Outcome:
    with lab.iris(*lab.memory_flags()) as server:
        request = http1.predict(65_536)
        with lab.storming(server.http, request, (0, 60), connections=64, idle=True, deadline_ms=30_000):
            most = 0.0
            until = time.monotonic() + lab.seconds(6)
            while time.monotonic() < until and server.alive():
                most = max(most, server.resident_mib())
                time.sleep(0.05)
        alive = server.alive()
    return Outcome(f"{most:.0f} MiB" if alive else "the server died", alive and most <= MEMORY_MIB)

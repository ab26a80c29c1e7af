"""Requests that cost more than their size says."""

from __future__ import annotations

import gzip
import time
import zlib

import http1
import http2
import victims
from lab import Lab, ms
from promise import Outcome, promise

# A slice, and the way there and back; an attacker of a few requests a second must not show in the median.
P50_MS = 1.0


def empty_blocks(size: int, dynamic: bool = False) -> bytes:
    """gzip that inflates to nothing: stored blocks of no bytes, which is the least that deflate can say."""
    member = gzip.compress(b"")
    head, tail = member[:10], member[-8:]
    if dynamic:
        # An empty block of fixed codes takes ten bits, so that four of them fill five bytes.
        bits = "0100000000" * 4
        block = bytes(int(bits[at : at + 8][::-1], 2) for at in range(0, 40, 8))
    else:
        block = b"\x00\x00\x00\xff\xff"
    return head + block * (size // len(block)) + b"\x03\x00" + tail


def compressed(body: bytes, path: str = "/predict", coding: str = "gzip") -> bytes:
    return http1.post(path, body, f"content-encoding: {coding}\r\n")


def repeat(address: str, request: bytes) -> None:
    """One after the other, as fast as they are answered."""
    with http1.connect(address, 30) as connection:
        while True:
            connection.sendall(request)
            if http1.answer(connection).status <= 0:
                return


BODIES = {
    "empty-fixed-blocks": lambda: compressed(empty_blocks(2_000_000, dynamic=True)),
    "empty-stored-blocks": lambda: compressed(empty_blocks(2_000_000)),
    "empty-members": lambda: compressed(gzip.compress(b"") * 100_000),
    "bomb": lambda: compressed(gzip.compress(b" " * (1 << 30), 9)),
    "nested-bomb": lambda: compressed(
        gzip.compress(gzip.compress(b" " * (64 << 20), 9), 9), coding="gzip, gzip"
    ),
    "deflate-bomb": lambda: compressed(zlib.compress(b" " * (512 << 20), 9), coding="deflate"),
    "deep-json": lambda: http1.post("/predict", b"[" * 2_000_000),
    "many-members": lambda: http1.post(
        "/predict", b"{" + b",".join(b'"a%d":1' % n for n in range(150_000)) + b"}"
    ),
    "wrong-everywhere": lambda: http1.post(
        "/predict", b"[" + b",".join([b'["a",null,[],{}]'] * 60_000) + b"]"
    ),
    "long-number": lambda: http1.post("/predict", b"[[1" + b"0" * 2_000_000 + b",1,1,1]]"),
}


@promise(
    "No body costs more than 100 times what an honest one of its size does",
    kind="dear",
    timed=True,
    anchor="Envoy (more than 100 × CPU or memory per request is a security bug)",
    attack=f"{len(BODIES)} bodies of up to 2 MiB: blocks of deflate that say nothing, bombs, nests, mistakes",
    bound="each ≤ 250 ms of CPU",
    before="4.9 s for gzip of empty blocks; JSON of every shape ≤ 69 ms",
)
def dear_bodies(lab: Lab) -> Outcome:
    found: dict[str, object] = {}
    worst, name = 0.0, ""
    for each, make in BODIES.items():
        request = make()
        with lab.iris() as server:
            before, began = server.cpu_seconds(), time.monotonic()
            status = http1.ask(server.http, request, 30).status
            cpu = server.cpu_seconds() - before
            found[each] = {"cpu_s": cpu, "status": status, "seconds": time.monotonic() - began}
            if cpu > worst or not server.alive():
                worst, name = (cpu, each) if server.alive() else (float("inf"), each)
    answered = sum(1 for each in found.values() if each["status"] > 0)  # type: ignore[index]
    now = f"worst {ms(worst * 1e3)} of CPU ({name}); {answered} of {len(found)} answered"
    return Outcome(now, worst <= 0.25 and answered == len(found), figures=found)


@promise(
    "One client with dear bodies is not noticed by others",
    kind="dear",
    anchor="Envoy",
    attack="ONE client sends gzip of empty blocks, one after the other; others ask for one row",
    bound="p50 ≤ 1 ms, none fails",
    before="p50 5.6 s with one attacker at 0.4 MB/s",
)
def beside_dear_bodies(lab: Lab) -> Outcome:
    request = compressed(empty_blocks(2_000_000, dynamic=True))
    with lab.iris() as server:
        return victims.outcome(lab, server.http, lambda: lab.attacked(repeat, server.http, request), P50_MS)


@promise(
    "The same over gRPC",
    kind="dear",
    timed=True,
    anchor="Envoy",
    attack="one compressed message of 60 KB that says nothing at great length",
    bound="≤ 20 ms of CPU",
    before="150 ms for 60 KB",
)
def dear_message(lab: Lab) -> Outcome:
    body = empty_blocks(60_000, dynamic=True)
    data = b"\x01" + http2.message(body)[1:]
    block = http2.call(http2.INFER) + http2.literal(b"grpc-encoding", b"gzip")
    with lab.iris() as server, http1.connect(server.grpc, 5) as connection:
        before = server.cpu_seconds()
        n = 10
        for at in range(n):
            stream = 1 + 2 * at
            frames = http2.frame(http2.HEADERS, http2.END_HEADERS, stream, block)
            pieces = [data[i : i + 16384] for i in range(0, len(data), 16384)]
            for index, piece in enumerate(pieces):
                frames += http2.frame(
                    http2.DATA, http2.END_STREAM * (index == len(pieces) - 1), stream, piece
                )
            frames += http2.frame(http2.WINDOW_UPDATE, 0, 0, b"\x00\x10\x00\x00")
            connection.sendall((http2.start() if at == 0 else b"") + frames)
            time.sleep(0.2)
        cpu = (server.cpu_seconds() - before) / n
    return Outcome(f"{ms(cpu * 1e3)} of CPU each", cpu <= 0.02)

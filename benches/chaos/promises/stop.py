"""A stop loses nothing that a client had reason to send; signals at any moment."""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import time
from dataclasses import dataclass, field
from functools import partial

import http1
import http2
from lab import Lab
from promise import Outcome, promise
from subject import Subject, nginx

N_CLIENTS = 160


@dataclass
class Seen:
    answered: int = 0
    lost: int = 0
    """Written in full, and then the end of the connection or a reset."""
    refused: int = 0
    """No connection: the client had no reason to send."""
    over: asyncio.Event = field(default_factory=asyncio.Event)


async def client(address: str, kept: bool, seen: Seen) -> None:
    host, _, port = address.rpartition(":")
    request = http1.predict(1, "" if kept else "connection: close\r\n")
    reader = writer = None
    while not seen.over.is_set():
        if writer is None:
            try:
                reader, writer = await asyncio.open_connection(host, int(port))
            except OSError:
                seen.refused += 1
                return
        assert reader is not None
        closes = not kept
        try:
            writer.write(request)
            head = await reader.readuntil(b"\r\n\r\n")
            lines = head.lower().split(b"\r\n")
            length = next(int(line[15:]) for line in lines if line.startswith(b"content-length:"))
            await reader.readexactly(length)
            seen.answered += 1
            closes = closes or b"connection: close" in lines
        except (OSError, asyncio.IncompleteReadError):
            seen.lost += 1
            closes = True
        if closes:
            writer.close()
            writer = None
        await asyncio.sleep(0.002)


async def stopping(server: Subject, kept: bool, which: signal.Signals) -> Seen:
    seen = Seen()
    clients = [asyncio.create_task(client(server.http, kept, seen)) for _ in range(N_CLIENTS)]
    await asyncio.sleep(0.4)
    server.signal(which)
    await asyncio.wait(clients, timeout=8)
    seen.over.set()
    await asyncio.wait(clients, timeout=2)
    for each in clients:
        each.cancel()
    return seen


def lost(lab: Lab, kept: bool, delay: str) -> Outcome:
    n_trials = 2 if lab.short else 5
    total = Seen()
    codes = set()
    for _ in range(n_trials):
        with lab.iris("--drain-delay", delay) as server:
            seen = asyncio.run(stopping(server, kept, signal.SIGTERM))
            codes.add(server.process.wait(30))
        total.answered += seen.answered
        total.lost += seen.lost
    beside = ""
    if lab.has_nginx() and delay == "0s":
        gone = 0
        for _ in range(n_trials):
            with nginx() as server:
                gone += asyncio.run(stopping(server, kept, signal.SIGQUIT)).lost
        beside = f"{gone} lost (SIGQUIT)"
    now = f"{total.lost} lost of {total.answered + total.lost:,} in {n_trials} stops; exit code {codes}"
    return Outcome(now, total.lost == 0 and codes == {0}, beside)


for kept, delay, before in (
    (True, "0s", "36 of 160 clients"),
    (False, "0s", "75 of 160 clients"),
    (True, "1s", "114 of 160 clients"),
    (False, "1s", "115 of 160 clients"),
):
    which = "kept" if kept else "fresh"
    promise(
        f"A stop loses no request over {which} connections, with a drain delay of {delay}",
        name=f"stop-{which}-{delay}",
        kind="stop",
        timed=False,
        anchor="nginx (SIGQUIT, lingering_close); Envoy (drain)",
        attack=f"{N_CLIENTS} clients over {which} connections; SIGTERM in the middle of it",
        bound="0 lost, exit code 0",
        before=before,
    )(partial(lost, kept=kept, delay=delay))


@promise(
    "A stop loses no gRPC call",
    kind="stop",
    timed=False,
    anchor="gRPC (GOAWAY twice), hyper; Envoy (drain)",
    attack="16 connections with calls all the time; SIGTERM in the middle of it",
    bound="0 broken within the first second",
)
def stop_grpc(lab: Lab) -> Outcome:
    message = http2.model_infer(http1.rows(1))
    broken = total = 0
    for _ in range(2 if lab.short else 4):
        with lab.iris() as server:
            phases = ((200, 1),)
            with lab.storming(
                server.grpc, message, *phases, connections=16, grpc=http2.INFER.decode(), deadline_ms=3000
            ) as process:
                time.sleep(0.5)
                server.signal(signal.SIGTERM)
                output, _ = process.communicate(timeout=20)
        ends = json.loads(output)[0]["ends"]
        # After GOAWAY a call is not sent at all, and the client would connect anew: `connect` is not a loss.
        broken += ends.get("broken", 0) + ends.get("deadline", 0)
        total += sum(ends.values())
    return Outcome(f"{broken} of {total} broken", broken == 0)


HOLDS = {
    "half-a-head": ("http", b"POST /predict HTTP/1.1\r\nhost: i", "half a head"),
    "half-a-body": ("http", http1.predict(1)[:-5], "half a body"),
    "silent": ("http", b"", "a connection that says nothing"),
    "http2": ("grpc", http2.start(), "an HTTP/2 connection that says nothing"),
    "not-reading": ("http", http1.predict(65_536), "a client that does not read its answer"),
}


def held(lab: Lab, name: str) -> Outcome:
    door, data, _ = HOLDS[name]
    with lab.iris() as server, http1.connect(getattr(server, door), receive_buffer=4096) as connection:
        connection.sendall(data)
        time.sleep(0.5)
        code, seconds = server.stop()
    cut = name in ("half-a-body", "not-reading")
    # Half a head may be called a request that was cut off, or none.
    allowed = (0, 3) if name == "half-a-head" else (0,)
    now = f"{seconds:.1f} s, exit code {code}"
    # What was cut short of an answer is told by the exit code, and the rest is none.
    return Outcome(now, seconds <= 4.0 and (code not in (0, None) if cut else code in allowed))


for each, (_, _, what) in HOLDS.items():
    told = each in ("half-a-body", "not-reading")
    promise(
        f"A stop is not held by {what}",
        name=f"stop-held-{each}",
        kind="stop",
        timed=False,
        anchor="nginx (worker_shutdown_timeout); Envoy (drain)",
        attack=f"{what}, then SIGTERM with a grace of 20 s",
        bound="≤ 4 s, "
        + ("exit code other than 0, as a request was cut" if told else "exit code 0 where nothing was cut"),
        before="the whole grace, exit code 0",
    )(partial(held, name=each))


@promise(
    "SIGHUP reloads under load and fails nothing; SIGUSR1 and SIGUSR2 do no harm",
    kind="stop",
    timed=False,
    anchor="nginx (SIGHUP)",
    attack="30 signals of each kind beside 500 requests a second",
    bound="none fails, alive",
    before="each ended the process at once",
)
def signals(lab: Lab) -> Outcome:
    with lab.iris() as server:
        request = http1.predict(1)
        with lab.storming(server.http, request, (500, 2), connections=100, deadline_ms=5000) as process:
            for _ in range(30):
                for which in (signal.SIGHUP, signal.SIGUSR1, signal.SIGUSR2):
                    if server.alive():
                        server.signal(which)
                time.sleep(0.05)
            ends = json.loads(process.communicate(timeout=20)[0])[0]["ends"]
        alive = server.alive()
    failed = sum(n for name, n in ends.items() if name != "answered")
    return Outcome(f"{failed} failed, {'alive' if alive else 'dead'}", alive and not failed)


@promise(
    "SIGQUIT drains",
    kind="stop",
    timed=False,
    anchor="nginx (SIGQUIT)",
    attack=f"{N_CLIENTS} clients over kept connections; SIGQUIT in the middle of it",
    bound="0 lost, exit code 0",
    before="ended the process at once",
)
def sigquit(lab: Lab) -> Outcome:
    with lab.iris() as server:
        seen = asyncio.run(stopping(server, True, signal.SIGQUIT))
        try:
            code = server.process.wait(30)
        except subprocess.TimeoutExpired:
            code = None
    return Outcome(
        f"{seen.lost} lost of {seen.answered + seen.lost:,}, exit code {code}", seen.lost == 0 and code == 0
    )

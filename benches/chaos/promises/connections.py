"""Slots and descriptors: whoever says nothing is in nobody's way."""

from __future__ import annotations

import resource
import time
from contextlib import ExitStack

import http1
import http2
from lab import Lab, ms
from promise import Outcome, promise
from subject import Subject, nginx


def many(stack: ExitStack, address: str, n: int, data: bytes = b"") -> int:
    """So many connections that send this and then nothing; how many came to be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    host, _, port = address.rpartition(":")
    made = 0
    for _ in range(n):
        try:
            connection = http1.connect(f"{host}:{port}", 1)
        except OSError:
            continue
        stack.callback(http1.reset_on_close(connection).close)
        if data:
            connection.sendall(data)
        made += 1
    return made


def probed(server: Subject, n: int = 21) -> tuple[int, float]:
    """Of so many probes, one after the other: how many were answered, and the slowest of these in ms."""
    served, worst, in_vain = 0, 0.0, 0
    for _ in range(n):
        # The rest would not fare better, and each takes a second.
        if in_vain == 5:
            break
        began = time.monotonic()
        if http1.ask(server.http, http1.get("/livez", close=True), 1).status == 200:
            served, in_vain = served + 1, 0
            worst = max(worst, (time.monotonic() - began) * 1e3)
        else:
            in_vain += 1
        time.sleep(0.05)
    return served, worst


def crowded(server: Subject, n: int, data: bytes = b"", n_probes: int = 21) -> tuple[int, float, int]:
    with ExitStack() as stack:
        made = many(stack, server.http, n, data)
        return *probed(server, n_probes), made


@promise(
    "Probes get in past 10,000 connections that say nothing",
    kind="connections",
    anchor="nginx (recycles idle connections); Kubernetes' probes",
    attack="12,000 silent connections, opened at once; 21 probes on the main listener, a connection each",
    bound="21 of 21 within 1 s",
    before="2 of 21 in 75 s",
)
def silent_connections(lab: Lab) -> Outcome:
    with lab.iris() as server:
        served, worst, made = crowded(server, 12_000)
    beside = ""
    if lab.has_nginx():
        with nginx() as server:
            other, slowest, _ = crowded(server, 12_000)
            beside = f"{other} of 21, slowest {ms(slowest)}"
    return Outcome(f"{served} of 21, slowest {ms(worst)}, past {made:,}", served == 21, beside)


@promise(
    "The same past idle connections that were used once",
    kind="connections",
    timed=False,
    anchor="nginx (recycles idle connections)",
    attack="`--max-connections 10`, 10 kept connections that were used once; then 10 silent ones",
    bound="21 of 21 probes within 1 s, both times",
    before="nobody else comes in, probes included",
)
def few_slots(lab: Lab) -> Outcome:
    found = []
    for data in (http1.predict(1), b""):
        with lab.iris("--max-connections", "10") as server:
            found.append(crowded(server, 10, data, 21)[0])
    return Outcome(f"{found[0]} of 21 and {found[1]} of 21", found == [21, 21])


@promise(
    "The same at the door of gRPC: its connections leave HTTP's slots alone, or are recycled",
    kind="connections",
    timed=False,
    anchor="nginx (recycles idle connections)",
    attack="`--max-connections 10`, 10 silent connections to gRPC and 10 with preface and settings",
    bound="a call over HTTP and one over a new gRPC connection are answered within 2 s",
)
def few_slots_grpc(lab: Lab) -> Outcome:
    with lab.iris("--max-connections", "10") as server, ExitStack() as stack:
        many(stack, server.grpc, 10)
        many(stack, server.grpc, 10, http2.start())
        http = http1.ask(server.http, http1.predict(1), 2).status == 200
        try:
            with http1.connect(server.grpc, 2) as connection:
                connection.sendall(http2.start())
                # Its own settings come first of all.
                grpc = len(connection.recv(9)) == 9
        except OSError:
            grpc = False
    return Outcome(f"HTTP {'served' if http else 'not'}, gRPC {'served' if grpc else 'not'}", http and grpc)


@promise(
    "With few descriptors the log is not flooded, and service comes back",
    kind="connections",
    timed=False,
    anchor="nginx, hyper (a pause after EMFILE)",
    attack="`ulimit -n 64` and 200 silent connections for 3 s, which then leave",
    bound="≤ 2 lines a second of log; 21 of 21 probes afterwards",
    before="10 lines a second per listener",
)
def few_descriptors(lab: Lab) -> Outcome:
    with lab.iris(descriptors=64) as server:
        before = server.log.read_text().count("\n")
        with ExitStack() as stack:
            many(stack, server.http, 200)
            time.sleep(3)
            lines = server.log.read_text().count("\n") - before
        time.sleep(1.2)
        served, _ = probed(server)
        alive = server.alive()
    return Outcome(f"{lines} lines in 3 s; {served} of 21 afterwards", alive and served == 21 and lines <= 8)


@promise(
    "Connections that come and go leave nothing behind",
    kind="connections",
    anchor="nginx",
    attack="fresh connections as fast as one core makes them, for 4 s; some reset before they are answered",
    bound="none fails; descriptors and threads as before",
)
def churn(lab: Lab) -> Outcome:
    request = http1.predict(1, "connection: close\r\n")
    with lab.iris() as server:
        http1.ask(server.http, request)
        before = server.descriptors(), server.threads()
        phase = lab.storm(server.http, request, (0, lab.seconds(4)), connections=16, fresh=True)[0]
        for _ in range(200):
            connection = http1.reset_on_close(http1.connect(server.http))
            connection.sendall(request)
            connection.close()
        time.sleep(0.5)
        after = server.descriptors(), server.threads()
    now = f"{phase.goodput():,.0f} connections/s, {phase.due - phase.answered} failed"
    now += f"; descriptors {before[0]} → {after[0]}"
    return Outcome(now, phase.due == phase.answered and after[0] <= before[0] + 2 and after[1] <= before[1])


@promise(
    "Connections are counted: open, refused, timed out, recycled",
    kind="connections",
    timed=False,
    anchor="Envoy (downstream_cx_*), nginx (stub_status)",
    attack="`--max-connections 10`, 30 connections, then /metrics",
    bound="a series of connections that are open, and one of those that ended otherwise",
    before="no metric, no log",
)
def connections_counted(lab: Lab) -> Outcome:
    with lab.iris("--max-connections", "10") as server, ExitStack() as stack:
        many(stack, server.http, 30)
        time.sleep(0.3)
        page = http1.ask(server.http, http1.get("/metrics", close=True), 3).body.decode(errors="replace")
    names = sorted(
        {line.split("{")[0].split(" ")[0] for line in page.splitlines() if not line.startswith("#")}
    )
    said = [name for name in names if "connection" in name]
    is_open = any("open" in name or "active" in name or name.endswith("connections") for name in said)
    return Outcome(", ".join(said) or "no series of connections", is_open and len(said) >= 2)

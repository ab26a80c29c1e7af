"""One client against all others: whoever asks for one row must not notice."""

from __future__ import annotations

import select
from functools import partial

import forest
import http1
import http2
import victims
from lab import Lab
from promise import Outcome, promise

# A slice of somebody else's work, and the way there and back.
P50_MS = 1.0


def pipeline(address: str, request: bytes) -> None:
    """One connection on which the next request is always there already; answers are read as they come."""
    with http1.connect(address) as connection:
        connection.setblocking(False)
        many = memoryview(request * max(1, 65536 // len(request)))
        at = 0
        while True:
            readable, writable, _ = select.select([connection], [connection], [], 5)
            if readable and not connection.recv(1 << 20):
                return
            if writable:
                at += connection.send(many[at:])
                at = 0 if at == len(many) else at


def one_client(lab: Lab, request: bytes) -> Outcome:
    with lab.iris() as server:
        return victims.outcome(lab, server.http, lambda: lab.attacked(pipeline, server.http, request), P50_MS)


PIPELINED = {
    "openapi": (http1.get("/openapi.json"), "GET /openapi.json", "0.26 → 942 ms"),
    "1000-rows": (http1.predict(1000), "bodies of 1,000 rows", "0.20 → 431 ms"),
    "8000-rows": (http1.predict(8000), "bodies of 8,000 rows", "0.21 → 731 ms"),
    "v2-4000-rows": (http1.infer(4000), "v2 bodies of 4,000 rows", ""),
    "metrics": (http1.get("/metrics"), "GET /metrics", ""),
    "cheap": (http1.predict(1), "one row each", ""),
    "nowhere": (http1.get("/nowhere"), "a path that is not there", ""),
}
for name, (request, what, before) in PIPELINED.items():
    promise(
        f"One connection that pipelines {what} costs nobody else more than a slice",
        name=f"pipelined-{name}",
        kind="fair",
        anchor="Envoy (more than 100 × CPU per request is a security bug); hyper, h2",
        attack=f"ONE connection that pipelines {what}; others ask for one row, 200 a second",
        bound="p50 ≤ 1 ms, none fails",
        before=f"p50 {before}" if before else "",
    )(partial(one_client, request=request))


@promise(
    "One gRPC connection with 64 dear calls in flight costs nobody else more than a slice",
    kind="fair",
    anchor="Envoy; hyper, h2",
    attack="ONE connection with 64 streams of 4,000 rows each; others ask for one row over HTTP",
    bound="p50 ≤ 1 ms, none fails",
)
def grpc_streams(lab: Lab) -> Outcome:
    message = http2.model_infer(http1.rows(4000))
    with lab.iris() as server:
        return victims.outcome(
            lab,
            server.http,
            lambda: lab.storming(
                server.grpc,
                message,
                (0, 60),
                connections=1,
                grpc=http2.INFER.decode(),
                idle=True,
                in_turn=64,
                deadline_ms=10_000,
            ),
            P50_MS,
        )


@promise(
    "Large batches run in slices, beside single rows",
    kind="fair",
    anchor="Envoy; nginx (events, never a request to its end)",
    attack="64 clients that send 65,536 rows each, all the time; others ask for one row",
    bound="p50 ≤ 1 ms, none fails",
    before="p50 0.22 → 416 ms, p99 2.4 s; 882 MiB",
)
def large_batches(lab: Lab) -> Outcome:
    with lab.iris() as server:
        return victims.outcome(
            lab,
            server.http,
            lambda: lab.storming(
                server.http, http1.predict(65_536), (0, 60), connections=64, idle=True, deadline_ms=30_000
            ),
            P50_MS,
        )


@promise(
    "Those who ask a dear forest for much leave those alone who ask it for one row",
    kind="fair",
    anchor="Envoy; Triton (queues by model)",
    attack="32 clients ask a forest of about 1 ms a row for 64 rows; others ask it for one, 50 a second",
    bound="p50 ≤ 2 × and a slice, none fails",
)
def dear_neighbour(lab: Lab) -> Outcome:
    much = http1.predict(64, n_features=forest.N_FEATURES)
    one = http1.predict(1, n_features=forest.N_FEATURES)
    with lab.iris("--model", f"dear={forest.dear_model()}") as server:
        return victims.outcome(
            lab,
            server.http,
            lambda: lab.storming(server.http, much, (0, 60), connections=32, idle=True, deadline_ms=30_000),
            p50=lambda alone: 2 * alone + P50_MS,
            request=one,
            rate=50,
        )

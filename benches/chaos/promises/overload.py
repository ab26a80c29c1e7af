"""More is asked than can be done: what is answered in time must stay what it was at the peak."""

from __future__ import annotations

from contextlib import ExitStack
from functools import partial
from typing import Any

import control
import forest
import http1
import http2
from lab import Lab, Phase, ms
from promise import Outcome, promise

TIMES = (2, 5, 10)
GOAL = 0.9
# The first second is left out: a queue fills up before it is known to be one.
WARM_S = 1.0
# More than one core can ask; what is really offered is told.
MOST_PER_SECOND = 80_000
# Of a core, where it is the generator that would be too slow.
SHARE = 0.04
PROBE_MS = 50


def run(lab: Lab, kind: str) -> dict[str, Any]:
    """One capacity, then its multiples, each followed by half of it."""
    is_grpc, is_dear = kind.endswith("grpc"), kind.startswith("1-ms-model")
    n_rows = {"512-rows": 512, "65536-rows": 65_536}.get(kind, forest.ROWS_OF_A_MILLISECOND if is_dear else 1)
    flags = ["--model", f"iris={forest.small_model()}"] if is_dear else []
    features = forest.N_FEATURES if is_dear else 4
    with ExitStack() as stack:
        # One row is so cheap that no generator on one core asks ten times as much of another core.
        wrapper = stack.enter_context(control.processor(SHARE)) if kind == "1-row" else []
        server = stack.enter_context(lab.iris(*flags, wrapper=wrapper, admin=True))
        if is_grpc:
            address, request = server.grpc, http2.model_infer(http1.rows(n_rows, features))
            grpc, connections = http2.INFER.decode(), 64
        else:
            address, request, grpc = server.http, http1.predict(n_rows, n_features=features), None
            connections = 2000
        slow = n_rows > 10_000
        # What the server does when it is asked by just as many as it can answer; the better of two.
        seconds = lab.seconds(3 if slow else 2)
        capacities = lab.storm(
            address, request, (0, 1), (0, seconds), (0, seconds), connections=8 if slow else 32, grpc=grpc
        )[1:]
        capacity = max(capacities, key=Phase.goodput)
        peak = capacity.goodput()
        found: dict[str, Any] = {"peak": peak, "p50_ms": capacity.p50_ms}
        if not peak:
            return found
        for times in TIMES:
            rate = min(peak * times, MOST_PER_SECOND)
            seconds = lab.seconds(5 if slow else 4)
            over, after = lab.storm(
                address, request, (rate, seconds), (peak / 2, 3), connections=connections, grpc=grpc
            )
            found[str(times)] = {
                "offered": over.offered / peak,
                "goodput": over.goodput(WARM_S) / peak,
                "shed": over.shed / over.due,
                "failed": over.failed / over.due,
                "p99_ms": over.p99_ms,
                "shed_p99_ms": over.shed_p99_ms,
                "recovery_s": after.settled_s(),
                "ends": dict(over.ends),
            }
            if not server.alive():
                found["died"] = True
                break
        found["resident_mib"] = server.resident_mib() if server.alive() else None
    return found


def goodput(lab: Lab, kind: str) -> Outcome:
    found = lab.once(f"overload {kind}", lambda: run(lab, kind))
    parts = [found[str(times)] for times in TIMES if str(times) in found]
    if len(parts) < len(TIMES):
        return Outcome("died" if "died" in found else "no capacity was found", False, figures=found)
    # What it can do may show only under load, where the machine was busy before.
    best = max(1.0, *(part["goodput"] for part in parts))
    at = ", ".join(f"{part['goodput'] / best:.0%} at {part['offered']:.1f} ×" for part in parts)
    shed = parts[-1]["shed"]
    now = f"{at}; peak {found['peak'] * best:,.0f}/s; {shed:.0%} refused at the last"
    return Outcome(now, all(part["goodput"] / best >= GOAL for part in parts), figures=found)


def recovery(lab: Lab, kind: str) -> Outcome:
    found = lab.once(f"overload {kind}", lambda: run(lab, kind))
    parts = [found[str(times)] for times in TIMES if str(times) in found]
    if not parts:
        return Outcome("not reached", False)
    worst = max(part["recovery_s"] for part in parts)
    now = ", ".join(f"{part['recovery_s']:.1f} s after {part['offered']:.1f} ×" for part in parts)
    return Outcome(now, worst <= 1.0 and len(parts) == len(TIMES))


WHAT = {
    "1-row": (
        "one row each, of a server that has 4 % of a core",
        "55k of 85k req/s at 5,000 connections, p99 168 ms; nothing refused",
    ),
    "512-rows": ("bodies of 512 rows", "goodput 0.6 % at 2 ×, 0 at 5 and 10 ×; nothing refused; 265 MiB"),
    "65536-rows": ("bodies of 65,536 rows", ""),
    "1-ms-model": ("a forest that takes about 1 ms for their rows", ""),
    "1-ms-model-grpc": ("gRPC calls of a forest that takes about 1 ms for their rows", ""),
}
for each, (what, before) in WHAT.items():
    promise(
        f"At 2, 5 and 10 times capacity, {what}: answers within a second stay 90 % of the peak's",
        name=f"goodput-{each}",
        kind="overload",
        anchor="Envoy, adaptive concurrency; CoDel (RFC 8289)",
        attack="open loop at a multiple of what was measured before; clients hang up after 1 s",
        bound="≥ 90 % at each",
        before=before,
    )(partial(goodput, kind=each))
    promise(
        f"After overload by {what} the server is well within a second",
        name=f"recovery-{each}",
        kind="overload",
        anchor="Envoy, overload manager",
        attack="the same, then half of capacity: when the last request failed",
        bound="≤ 1 s",
    )(partial(recovery, kind=each))


@promise(
    "Probes and metrics answer whatever the load",
    kind="overload",
    anchor="Envoy, admin listener; Kubernetes' probes (1 s by default)",
    attack="512-row bodies at 5 × capacity; /livez, /readyz and /metrics on connections of their own",
    bound="p99 ≤ 50 ms, none fails",
    before="/readyz p99 0.6–2.2 s",
)
def probes_under_overload(lab: Lab) -> Outcome:
    request = http1.predict(512)
    with lab.iris(admin=True) as server:
        peak = lab.storm(server.http, request, (0, 2), connections=32)[0].goodput()
        with lab.storming(server.http, request, (peak * 5, 60), connections=2000, idle=True):
            found = {
                path: lab.probe(server.probes, path, lab.seconds(3))
                for path in ("/livez", "/readyz", "/metrics")
            }
    failed = sum(each.due - each.answered for each in found.values())
    worst = max(each.p99_ms for each in found.values()) if not failed else float("inf")
    now = ", ".join(f"{path} {ms(each.p99_ms)}" for path, each in found.items()) + f"; {failed} failed"
    where = "on the admin listener" if server.admin else "on the main listener"
    return Outcome(f"{now}, {where}", failed == 0 and worst <= PROBE_MS)

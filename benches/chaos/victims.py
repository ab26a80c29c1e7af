"""What others notice of an attack."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from lab import Lab, ms
from promise import Outcome


def outcome(
    lab: Lab,
    address: str,
    attack: Callable[[], AbstractContextManager[Any]],
    p50_ms: float | None = None,
    p99: Callable[[float], float] | None = None,
    *,
    p50: Callable[[float], float] | None = None,
    seconds: float = 4,
    rate: float = 200,
    request: bytes | None = None,
) -> Outcome:
    """Somebody's latency without the attack and beside it; `p50` and `p99` make bounds of the former."""
    alone = lab.victim(address, lab.seconds(seconds / 2), rate, request)
    with attack():
        under = lab.victim(address, lab.seconds(seconds), rate, request)
    failed = under.due - under.answered
    holds = failed == 0
    if p50_ms is not None:
        holds = holds and under.p50_ms <= p50_ms
    if p50 is not None:
        holds = holds and under.p50_ms <= p50(alone.p50_ms)
    if p99 is not None:
        holds = holds and under.p99_ms <= p99(alone.p99_ms)
    now = f"p50 {ms(alone.p50_ms)} → {ms(under.p50_ms)}, p99 {ms(alone.p99_ms)} → {ms(under.p99_ms)}"
    now += f"; {failed} of {under.due} failed" if failed else ""
    return Outcome(
        now, holds, figures={"alone": vars(alone) | {"buckets": []}, "under": vars(under) | {"buckets": []}}
    )


def beside_nginx(ours: Outcome, theirs: Outcome) -> Outcome:
    return Outcome(ours.now, ours.holds, theirs.now, ours.figures | {"nginx": theirs.figures})

"""A promise: what is said, what it is taken from, what attacks it, and what came of that."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from lab import Lab

Verdict = bool | None


@dataclass(frozen=True)
class Outcome:
    """`holds` is None where it could not be tried here; `now` says why."""

    now: str
    holds: Verdict
    beside: str = ""
    figures: dict[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class Promise:
    name: str
    kind: str
    says: str
    anchor: str
    attack: str
    bound: str
    prove: Callable[[Lab], Outcome]
    before: str = ""
    """What was seen when the attacks were first tried, in words."""
    timed: bool = True
    """Whether the verdict depends on how fast the machine is at the moment; such are in no gate."""


PROMISES: dict[str, Promise] = {}


def promise(
    says: str,
    *,
    kind: str,
    anchor: str,
    attack: str,
    bound: str,
    before: str = "",
    timed: bool = True,
    name="",
) -> Callable[[Callable[[Lab], Outcome]], Callable[[Lab], Outcome]]:
    """Registers a function that proves it; its name is the promise's."""

    def register(prove: Callable[[Lab], Outcome]) -> Callable[[Lab], Outcome]:
        called = name or prove.__name__.replace("_", "-")
        assert called not in PROMISES, called
        PROMISES[called] = Promise(called, kind, says, anchor, attack, bound, prove, before, timed)
        return prove

    return register

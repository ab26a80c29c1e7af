"""What holds the requests up: told from what each core did, not from what one would expect.

The utilisation law: a core that works D seconds for each request answers 1/D a second at most. D falls as
the load grows, since more is done at a time, so 1/D is a bound only for a core that is full. Little's law: N
connections that always have a request under way, X answered a second, wait R = N/X each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from document import count, duration, percent

# A core that is busy for this share of the time is taken to be full.
FULL = 0.95
# If anybody else has more than this share of a core, the figures are theirs as well.
DISTURBED = 0.10
# Bounds that are this close are the same, as far as one run can tell.
CLOSE = 1.10

SERVER, GENERATOR, BOTH, OTHERS, NOTHING = (
    "the server's core",
    "the load's core",
    "both cores",
    "others on the machine",
    "nothing",
)


@dataclass(frozen=True)
class Point:
    """One level of load. Shares are of one core, 0 to 1; `others` of the server's core and of the load's."""

    level: int
    requests_per_second: float
    mean_ms: float
    server_user: float
    server_system: float
    load: float
    others: tuple[float, float] = (0.0, 0.0)

    @property
    def server(self) -> float:
        return self.server_user + self.server_system

    @property
    def server_us(self) -> float:
        """CPU microseconds of the server for a request."""
        return self.server / self.requests_per_second * 1e6

    @property
    def load_us(self) -> float:
        """CPU microseconds of the load's core for a request: asking, and taking the trace in."""
        return self.load / self.requests_per_second * 1e6

    @property
    def in_system(self) -> float:
        """How much of the server's work is the kernel's, which here is its network."""
        return self.server_system / self.server if self.server else 0.0

    @property
    def under_way(self) -> float:
        """Little's law: how many requests are under way at a time."""
        return self.requests_per_second * self.mean_ms / 1e3

    @property
    def busy(self) -> dict[str, float]:
        """The share of each core that is taken, by whomever."""
        return {SERVER: self.server + self.others[0], GENERATOR: self.load + self.others[1]}

    @property
    def bounds(self) -> dict[str, float]:
        """Requests a second that a core allows, for those cores that have nothing more to give."""
        costs_us = {SERVER: self.server_us, GENERATOR: self.load_us}
        return {core: 1e6 / costs_us[core] for core, share in self.busy.items() if share >= FULL}


@dataclass(frozen=True)
class Bottleneck:
    """What is full first, at which level, and what it follows from. The highest level if nothing is."""

    resource: str
    point: Point
    reasons: list[str]


def bottleneck(points: Sequence[Point], unit: str) -> Bottleneck | None:
    """Of one generator at rising levels. None without a point."""
    if not points:
        return None
    point = next((point for point in points if point.bounds), points[-1])
    reasons = [
        f"At {point.level} {unit} and {count(point.requests_per_second)} requests a second {costs(point)}.",
        f"{percent(point.in_system)} of the server's work is the kernel's.",
    ]
    if is_disturbed(point):
        on_server, on_load = map(percent, point.others)
        reasons.append(
            f"Others had {on_server} of the server's core and {on_load} of the load's: these figures are "
            "theirs too."
        )
    return Bottleneck(narrowest(point), point, reasons)


def costs(point: Point) -> str:
    """What a request takes of each core, and what a full one allows."""
    parts = []
    for core, us in ((SERVER, point.server_us), (GENERATOR, point.load_us)):
        bound = point.bounds.get(core)
        full = f", so full: it allows {count(bound)} a second" if bound else ""
        parts.append(f"{duration(us / 1e3)} of {core} ({percent(point.busy[core])} busy{full})")
    return f"a request takes {' and '.join(parts)}"


def is_disturbed(point: Point) -> bool:
    return max(point.others) > DISTURBED


def narrowest(point: Point) -> str:
    """Which of the full cores allows less. Whoever shares it is named if they have the larger part."""
    bounds = point.bounds
    if not bounds:
        return NOTHING
    core = min(bounds, key=lambda core: bounds[core])
    own, others = (point.server, point.others[0]) if core == SERVER else (point.load, point.others[1])
    if others > own:
        return OTHERS
    return BOTH if len(bounds) == 2 and max(bounds.values()) < CLOSE * min(bounds.values()) else core


def second_core(point: Point, core: str, other: str) -> float:
    """How many times the requests one more of a full core would bring, until the other one is full too."""
    if other in point.bounds:
        return min(2.0, point.bounds[other] / point.bounds[core])
    return 1 / max(0.5, point.busy[other])


def says(bottleneck: Bottleneck, unit: str) -> str:
    """The verdict in a sentence or two."""
    point, resource = bottleneck.point, bottleneck.resource
    since = f"from {point.level} {unit} on"
    if resource == NOTHING:
        core, share = max(point.busy.items(), key=lambda item: item[1])
        return (
            f"No core is full at any number of {unit}; {core} comes nearest, {percent(share)} busy at "
            f"{point.level}."
        )
    if resource == OTHERS:
        return (
            f"Others on the machine had most of a core, {since}. Run this again on a machine that does "
            "nothing else."
        )
    if resource == BOTH:
        return (
            f"Both cores are full, {since}, and allow about as much: one more for the server or for the load "
            "alone would bring nothing noticeable."
        )
    other, whose = (GENERATOR, "server") if resource == SERVER else (SERVER, "load")
    return (
        f"{resource.capitalize()} is full first, {since}. One more core for the {whose} would bring about "
        f"{second_core(point, resource, other):.2f} times the requests; {other} is "
        f"{percent(point.busy[other])} busy, and one more there alone would bring nothing."
    )

"""What holds the requests up: told from what each core did, not from what one would expect.

The utilisation law: a core that works D seconds for each request answers 1/D a second at most. Little's law:
N connections that always have a request under way, X answered a second, wait R = N/X each.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from document import count, percent

# A core that is busy for this share of the time is taken to be full.
FULL = 0.95
# If anybody else has more than this share of a core, the figures are theirs as well.
DISTURBED = 0.10

SERVER, GENERATOR, OTHERS, NOTHING = (
    "the server's core",
    "the load's core",
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
    def full(self) -> list[str]:
        """The cores that have nothing more to give."""
        cores = [(SERVER, self.server, self.others[0]), (GENERATOR, self.load, self.others[1])]
        return [core for core, own, others in cores if own + others >= FULL]


@dataclass(frozen=True)
class Bottleneck:
    """What is full first, from which level on, and what it follows from."""

    resource: str
    level: int | None
    server_bound: float
    """Requests a second that the server's core allows."""
    load_bound: float
    second_core: float
    """How many times the requests a second core for the server would bring on this machine."""
    second_core_alone: float
    """The same if the load had as many cores as it can use."""
    second_load_core: float
    """How many times the requests a second core for the load would bring."""
    reasons: list[str]


def bottleneck(points: Sequence[Point], unit: str) -> Bottleneck | None:
    """Of one generator at rising levels. None without a point."""
    if not points:
        return None
    first = next((point for point in points if point.full), None)
    # Where nothing is full, the highest level is the one that says most.
    point = first or points[-1]
    server_bound, load_bound = 1e6 / point.server_us, 1e6 / point.load_us
    resource = NOTHING if first is None else narrowest(first)
    reasons = [
        f"At {point.level} {unit} the server works {point.server_us:.2f} µs on a request, "
        f"{percent(point.in_system)} of it in the kernel, so its core allows {count(server_bound)} requests "
        "a second.",
        f"Asking and taking in the trace takes {point.load_us:.2f} µs, so the load's core allows "
        f"{count(load_bound)}.",
        f"{count(point.requests_per_second)} a second were answered, the server's core "
        f"{percent(point.server)} and the load's core {percent(point.load)} busy with them.",
    ]
    if is_disturbed(point):
        on_server, on_load = map(percent, point.others)
        reasons.append(
            f"Others had {on_server} of the server's core and {on_load} of the load's: these figures are "
            "theirs too."
        )
    bound = min(server_bound, load_bound)
    return Bottleneck(
        resource,
        first.level if first else None,
        server_bound,
        load_bound,
        min(2 * server_bound, load_bound) / bound,
        2.0 if resource == SERVER else 1.0,
        min(server_bound, 2 * load_bound) / bound,
        reasons,
    )


def is_disturbed(point: Point) -> bool:
    return max(point.others) > DISTURBED


def narrowest(point: Point) -> str:
    """Which of the full cores allows less. Whoever shares it is named if they have the larger part."""
    if len(point.full) == 2:
        core = SERVER if point.server_us >= point.load_us else GENERATOR
    else:
        core = point.full[0]
    own, others = (point.server, point.others[0]) if core == SERVER else (point.load, point.others[1])
    return OTHERS if others > own else core


def says(bottleneck: Bottleneck, unit: str) -> str:
    """The verdict in a sentence or two."""
    if bottleneck.level is None:
        return f"Nothing is full at any number of {unit}: requests wait for their users, not for a core."
    if bottleneck.resource == OTHERS:
        return (
            f"Others on the machine had most of a core, from {bottleneck.level} {unit} on. Run this again "
            "on a machine that does nothing else."
        )
    text = f"{bottleneck.resource.capitalize()} is full first, from {bottleneck.level} {unit} on."
    if bottleneck.resource == SERVER:
        text += (
            f" One more core for the server would bring {bottleneck.second_core:.2f} times the requests "
            f"here, where the load's core then is full, and {bottleneck.second_core_alone:.0f} times if the "
            "load has cores enough."
        )
    else:
        text += (
            " The server has room left: one more core for it would bring nothing, one for the load "
            f"{bottleneck.second_load_core:.2f} times the requests."
        )
    return text

"""Which phases there are, and how long each lasts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import bench_lab as lab
from closed_loop import Wrk
from open_loop import Oha
from phases import Phase
from users import Locust

OHA = lab.REPOSITORY / "target" / "tools" / "bin" / "oha"
# Starting, counting and stopping around each load.
AROUND_S = 3
SHARES = (25, 50, 75, 100)
OPEN_CONNECTIONS = 150
PEER_CONNECTIONS = 150


@dataclass(frozen=True)
class Plan:
    """Seconds of everything. `users` has how many come a second and how long they stay once all are there."""

    name: str
    wrk: Mapping[int, float]
    users: Mapping[int, tuple[int, float]]
    door_users: tuple[int, int, float]
    open_loop: float
    peer_rounds: int
    peer: float


SHORT = Plan(
    name="short",
    wrk={50: 8, 150: 8, 300: 10, 500: 10, 1000: 8},
    users={150: (50, 12), 300: (100, 12), 500: (100, 12)},
    door_users=(150, 50, 10),
    open_loop=5,
    peer_rounds=3,
    peer=2,
)
# wrk's durations, and the rates at which users come, are those of the replaced service's own tests.
FULL = Plan(
    name="full",
    wrk={50: 30, 150: 60, 300: 90, 500: 120, 1000: 30},
    users={150: (10, 120), 300: (10, 120), 500: (20, 120)},
    door_users=(150, 10, 60),
    open_loop=30,
    peer_rounds=5,
    peer=10,
)
PLANS = {"": SHORT, "short": SHORT, "full": FULL}


def plan_of(value: str) -> Plan:
    """The plan that LOAD names. Raises ValueError for what it cannot name."""
    if value not in PLANS:
        raise ValueError(f"LOAD={value} is no plan: leave it out for the short one, or set LOAD=full")
    return PLANS[value]


def closed(plan: Plan) -> list[Phase]:
    return [
        Phase("wrk", connections, f"wrk, {connections} connections", Wrk(connections, seconds))
        for connections, seconds in plan.wrk.items()
    ]


def by_users(plan: Plan, has_iris_py: bool) -> list[Phase]:
    """Users of each door; in process only if there is something to call."""
    phases = [
        Phase(
            "locust",
            n_users,
            f"Locust, {n_users} users over HTTP",
            Locust("StressHttpUser", n_users, rate, seconds),
            flags=("--server-timing",),
            same_body=False,
        )
        for n_users, (rate, seconds) in plan.users.items()
    ]
    n_users, rate, seconds = plan.door_users
    doors = {"grpc": "StressGrpcUser"} | ({"in-process": "StressInProcessUser"} if has_iris_py else {})
    names = {"grpc": "over gRPC", "in-process": "in process"}
    return phases + [
        Phase(
            "locust",
            n_users,
            f"Locust, {n_users} users {names[door]}",
            Locust(user_class, n_users, rate, seconds),
            door=door,
            same_body=False,
        )
        for door, user_class in doors.items()
    ]


def opened(plan: Plan, capacity: float, oha: Path = OHA) -> list[Phase]:
    """Fixed rates, as shares of what wrk got out of the server."""
    return [
        Phase(
            "open",
            share,
            f"oha, {share} % of {capacity:,.0f} req/s",
            Oha(oha, capacity * share / 100, OPEN_CONNECTIONS, plan.open_loop),
        )
        for share in SHARES
    ]


def seconds_of(phases: list[Phase]) -> float:
    return sum(phase.generator.seconds + AROUND_S for phase in phases)

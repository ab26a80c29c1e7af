"""The loads: connections and users that wait for their answers, and requests that come in any case."""

from __future__ import annotations

from dataclasses import dataclass

# The system that is replaced was reported at so many requests a second at most, under 500 users of Locust.
REPORTED_HIGHEST = 672.8


@dataclass(frozen=True)
class Users:
    """Users that send a request, wait for the answer, and then so long on average; they come one by one."""

    number: int
    mean_wait_seconds: float
    come_per_second: float

    def at(self, second: float) -> float:
        """The users that are there."""
        return min(self.number, self.come_per_second * (second + 1))


@dataclass(frozen=True)
class ClosedLoop:
    """Users whose requests wait for their answers: a slow server is asked less."""

    users: tuple[Users, ...]

    def demand(self, second: float, response_seconds: float) -> float:
        """Requests a second: the users there are, over what one round takes each (Little's law)."""
        return sum(group.at(second) / (group.mean_wait_seconds + response_seconds) for group in self.users)

    def response(self, second: float, least: float, most: float, capacity: float) -> float:
        """The response time at which no more is asked than can be answered, by bisection."""
        if self.demand(second, least) <= capacity:
            return least
        if self.demand(second, most) >= capacity:
            return most
        low, high = least, most
        while high - low > 1e-9:
            middle = (low + high) / 2
            low, high = (middle, high) if self.demand(second, middle) > capacity else (low, middle)
        return high


@dataclass(frozen=True)
class OpenLoop:
    """Requests a second that rise, stay and fall, given as (second, rate); straight lines between them."""

    points: tuple[tuple[float, float], ...]

    def rate(self, second: float) -> float:
        for (start, before), (end, after) in zip(self.points, self.points[1:], strict=False):
            if start <= second < end:
                return before + (after - before) * (second - start) / (end - start)
        return self.points[-1][1]


@dataclass(frozen=True)
class Profile:
    """A load, and how long it lasts."""

    name: str
    family: str
    seconds: int
    load: ClosedLoop | OpenLoop


def wrk(connections: int, seconds: int) -> Profile:
    """wrk asks again as soon as it has an answer, with all its connections from the start."""
    load = ClosedLoop((Users(connections, 0.0, float(connections)),))
    return Profile(f"wrk with {connections} connections", "wrk", seconds, load)


def locust(number: int, come_per_second: float) -> Profile:
    """Locust with the three classes of users, which it gives equal shares if no weights are set.

    The waits are drawn evenly from 0.5 to 2, 0.1 to 0.5 and 0.05 to 0.2 seconds. How long the runs were isn't
    known; five minutes let the autoscaler come to rest.
    """
    waits = (1.25, 0.3, 0.125)
    # The remainder of the division goes to the first classes.
    shares = [number // 3 + (index < number % 3) for index in range(3)]
    users = (Users(share, wait, come_per_second / 3) for share, wait in zip(shares, waits, strict=True))
    return Profile(f"Locust with {number} users", "Locust", 300, ClosedLoop(tuple(users)))


def ramp(times: int) -> Profile:
    """To a multiple of what was reported within two minutes, stay for five, and down to a tenth."""
    rate = REPORTED_HIGHEST * times
    points = ((0, 0.0), (60, 0.0), (180, rate), (480, rate), (540, rate / 10), (960, rate / 10))
    return Profile(f"ramp to {rate:,.0f} req/s", "ramp", 960, OpenLoop(points))


PROFILES = (
    wrk(50, 30),
    wrk(150, 60),
    wrk(300, 90),
    wrk(500, 120),
    locust(150, 10),
    locust(300, 10),
    locust(500, 20),
    ramp(1),
    ramp(10),
    ramp(100),
    ramp(1000),
)

"""A profile's simulated seconds, and what they come to."""

from __future__ import annotations

from dataclasses import dataclass

from capacity.cluster import Second
from capacity.profiles import Profile


@dataclass(frozen=True)
class Summary:
    """Of one service under one profile. Who still waits at the end is neither answered nor unserved."""

    answered: float
    unserved: float
    answered_per_second: float
    unserved_percent: float
    mean_latency_seconds: float
    worst_latency_seconds: float
    most_replicas: int
    first_scaled_at: int | None
    pod_minutes: float


@dataclass(frozen=True)
class Result:
    """One profile, with the seconds of each service by its name."""

    profile: Profile
    seconds: dict[str, list[Second]]

    def summary(self, name: str) -> Summary:
        seconds = self.seconds[name]
        answered = sum(second.answered for second in seconds)
        unserved = sum(second.unserved for second in seconds)
        waited = sum(second.answered * second.latency_seconds for second in seconds)
        first = seconds[0].replicas
        return Summary(
            answered,
            unserved,
            answered / len(seconds),
            100 * unserved / (answered + unserved) if answered + unserved else 0.0,
            waited / answered if answered else 0.0,
            max(second.latency_seconds for second in seconds if second.answered),
            max(second.replicas for second in seconds),
            next((second.at for second in seconds if second.replicas > first), None),
            sum(second.replicas for second in seconds) / 60,
        )

"""A pod's life: pending, starting, ready; and the samples that metrics-server has of it."""

from __future__ import annotations

from dataclasses import dataclass, field

from capacity import metrics
from capacity.manifests import Resources

# metrics-server's manifest has --metric-resolution=15s. What it reads are the kubelet's figures, up to as old
# again. It asks between two syncs, so that the controller sees a window that ended 25 s ago.
SCRAPE_SECONDS = 15
SCRAPE_OFFSET_SECONDS = 5
KUBELET_LAG_SECONDS = 15
WINDOW_SECONDS = 15
# Scheduling, and an image of 8 MB from nearby: an assumption, for the original too.
PENDING_SECONDS = 2.0


@dataclass(frozen=True)
class Service:
    """What is deployed: how fast it is on one core, when it is ready, what memory it holds."""

    name: str
    requests_per_second_per_core: float
    pending_seconds: float
    start_seconds: float
    memory_mib: float

    @property
    def service_seconds(self) -> float:
        return 1 / self.requests_per_second_per_core

    @property
    def ready_seconds(self) -> float:
        return self.pending_seconds + self.start_seconds

    @property
    def memory_bytes(self) -> int:
        return round(self.memory_mib * 2**20)

    def capacity(self, millicores: float) -> float:
        """Requests a second with so much CPU."""
        return self.requests_per_second_per_core * millicores / 1000


@dataclass
class Pod:
    """One pod since its creation."""

    created_at: float
    service: Service
    resources: Resources
    sample: metrics.Sample | None = None
    millicores: dict[int, float] = field(default_factory=dict)

    @property
    def running_at(self) -> float:
        return self.created_at + self.service.pending_seconds

    @property
    def ready_at(self) -> float:
        return self.created_at + self.service.ready_seconds

    def ready(self, second: float) -> bool:
        return second >= self.ready_at

    def scrape(self, second: int) -> None:
        """A new sample, if the container ran for the whole window; what the start itself uses is left out."""
        end = second - KUBELET_LAG_SECONDS
        if self.running_at > end - WINDOW_SECONDS:
            return
        used = sum(self.millicores.get(at, 0.0) for at in range(end - WINDOW_SECONDS, end))
        usage = {"cpu": round(used / WINDOW_SECONDS), "memory": self.service.memory_bytes}
        self.sample = metrics.Sample(end, WINDOW_SECONDS, usage)

    def seen(self, second: float) -> metrics.Pod:
        """As the controller sees it."""
        ready = self.ready(second)
        return metrics.Pod(
            self.resources.requests,
            self.created_at,
            ready,
            self.ready_at if ready else self.created_at,
            self.sample,
            pending=second < self.running_at,
        )


def rescaled(
    pods: list[Pod], replicas: int, second: int, service: Service, resources: Resources
) -> list[Pod]:
    """So many pods from now on. Those that aren't ready go first, then the newest, as a ReplicaSet has it."""
    kept = sorted(pods, key=lambda pod: (not pod.ready(second), pod.created_at))[:replicas]
    new = [Pod(second, service, resources) for _ in range(replicas - len(kept))]
    return kept + new

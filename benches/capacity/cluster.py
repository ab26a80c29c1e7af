"""A load on a Deployment, second by second: arrivals, a queue, pods, their metrics and the autoscaler."""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field

from capacity import hpa
from capacity.manifests import Resources
from capacity.pods import SCRAPE_OFFSET_SECONDS, SCRAPE_SECONDS, Pod, Service, rescaled
from capacity.profiles import ClosedLoop, OpenLoop, Profile

TIMEOUT_SECONDS = 30.0
# There and back between pods of a zone: what no server can do anything about.
NETWORK_SECONDS = 0.001
# The pods of the beginning have been there for longer than any rule about new pods looks back.
BEFORE_SECONDS = 600


@dataclass(frozen=True)
class Second:
    """What happened in a second. The latency is of those answered, CPU in percent of what is requested."""

    at: int
    arrived: float
    answered: float
    unserved: float
    waiting: float
    latency_seconds: float
    replicas: int
    ready: int
    cpu_percent: float


@dataclass
class Queue:
    """First come, first served; who has waited for the timeout leaves."""

    waiting: deque[tuple[int, float]] = field(default_factory=deque)

    @property
    def total(self) -> float:
        return sum(count for _, count in self.waiting)

    def second(self, at: int, arrived: float, capacity: float) -> tuple[float, float]:
        """How many were answered and how many left."""
        if arrived:
            self.waiting.append((at, arrived))
        left = 0.0
        while self.waiting and at - self.waiting[0][0] >= TIMEOUT_SECONDS:
            left += self.waiting.popleft()[1]
        answered = 0.0
        while self.waiting and answered < capacity:
            came, count = self.waiting.popleft()
            taken = min(count, capacity - answered)
            answered += taken
            if taken < count:
                self.waiting.appendleft((came, count - taken))
        return answered, left


def wait_for_a_free_core(busy: float, cores: int, service_seconds: float) -> float:
    """The mean wait in M/M/c, as H. Sakasegawa approximates it (1977); overload is the queue's to tell."""
    busy = min(busy, 0.98)
    crowded = math.pow(busy, math.sqrt(2 * (cores + 1)) - 1)
    return service_seconds * crowded / (cores * (1 - busy))


def closed(load: ClosedLoop, at: int, capacity: float, least: float) -> tuple[float, float, float, float]:
    """Arrived, answered, unserved and latency; users come to rest within a second, so no queue is kept."""
    latency = load.response(at, least, TIMEOUT_SECONDS, capacity)
    arrived = load.demand(at, latency)
    answered = min(arrived, capacity)
    return arrived, answered, arrived - answered, latency


def opened(
    load: OpenLoop, at: int, capacity: float, least: float, queue: Queue
) -> tuple[float, float, float, float]:
    """The same; what isn't answered within the second stays in the queue."""
    arrived = load.rate(at)
    answered, unserved = queue.second(at, arrived, capacity)
    latency = least + (queue.total / capacity if capacity else TIMEOUT_SECONDS)
    return arrived, answered, unserved, latency


def simulate(
    service: Service, resources: Resources, autoscaler: hpa.Autoscaler, profile: Profile
) -> list[Second]:
    """A profile from its beginning, with the fewest replicas that the autoscaler allows, idle until then."""
    controller = hpa.Controller(autoscaler)
    pods = [Pod(-BEFORE_SECONDS, service, resources) for _ in range(autoscaler.min_replicas)]
    for pod in pods:
        pod.scrape(SCRAPE_OFFSET_SECONDS - SCRAPE_SECONDS)
    queue = Queue()
    seconds = []
    for at in range(profile.seconds):
        if at % SCRAPE_SECONDS == SCRAPE_OFFSET_SECONDS:
            for pod in pods:
                pod.scrape(at)
        if at % hpa.SYNC_SECONDS == 0:
            replicas = controller.sync(at, len(pods), [pod.seen(at) for pod in pods])
            pods = rescaled(pods, replicas, at, service, resources)
        ready = [pod for pod in pods if pod.ready(at)]
        seconds.append(one_second(at, profile, service, resources, pods, ready, queue))
    return seconds


def one_second(
    at: int,
    profile: Profile,
    service: Service,
    resources: Resources,
    pods: list[Pod],
    ready: list[Pod],
    queue: Queue,
) -> Second:
    """The requests of a second, spread evenly over the pods that are ready."""
    capacity = service.capacity(resources.cpu_limit) * len(ready)
    # A pod that may use less than a core answers one request as slowly as its share of the core says.
    service_seconds = service.service_seconds / min(1.0, resources.cpu_limit / 1000)
    least = NETWORK_SECONDS + service_seconds
    if isinstance(profile.load, ClosedLoop):
        arrived, answered, unserved, latency = closed(profile.load, at, capacity, least)
        waiting = arrived * max(0.0, latency - least)
    else:
        arrived, answered, unserved, latency = opened(profile.load, at, capacity, least, queue)
        waiting = queue.total
        cores = max(1, len(ready) * resources.cpu_limit // 1000)
        latency += wait_for_a_free_core(answered / capacity if capacity else 0.0, cores, service_seconds)
    used = 1000 * answered * service.service_seconds / max(1, len(ready))
    for pod in ready:
        pod.millicores[at] = used
    return Second(
        at,
        arrived,
        answered,
        unserved,
        waiting,
        min(latency, TIMEOUT_SECONDS),
        len(pods),
        len(ready),
        100 * used / resources.cpu_request,
    )

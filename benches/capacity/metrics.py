"""From the pods' metrics to a number of replicas: what the controller's replica_calculator.go does."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum, auto

# Docs, "Algorithm details": the defaults of --horizontal-pod-autoscaler-cpu-initialization-period
# and --horizontal-pod-autoscaler-initial-readiness-delay.
CPU_INITIALIZATION_SECONDS = 300
INITIAL_READINESS_SECONDS = 30


@dataclass(frozen=True)
class Metric:
    """A resource, and how many percent of what is requested the pods should use on average."""

    resource: str
    target_percent: int


@dataclass(frozen=True)
class Tolerances:
    """How far from 1 the ratio of use to target may be before anything is done."""

    up: float = 0.1
    down: float = 0.1

    def include(self, ratio: float) -> bool:
        """Tolerances.isWithin."""
        return 1.0 - self.down <= ratio <= 1.0 + self.up


@dataclass(frozen=True)
class Sample:
    """What a pod used of each resource, on average over a window that ends at `at`; millicores or bytes."""

    at: float
    window_seconds: float
    usage: Mapping[str, int]


@dataclass(frozen=True)
class Pod:
    """What the controller sees of a pod. It was started, and became ready or unready, at these seconds."""

    requests: Mapping[str, int]
    started_at: float
    ready: bool
    ready_changed_at: float
    sample: Sample | None = None
    pending: bool = False


class Group(Enum):
    COUNTED = auto()
    UNREADY = auto()
    MISSING = auto()


def group(pod: Pod, resource: str, now: float) -> Group:
    """Whether a pod's sample counts (groupPods; docs, "Algorithm details")."""
    if pod.pending:
        return Group.UNREADY
    if pod.sample is None:
        return Group.MISSING
    if resource != "cpu":
        return Group.COUNTED
    if pod.started_at + CPU_INITIALIZATION_SECONDS > now:
        # While it may still be starting, a sample counts if its whole window came after the pod was ready.
        before_ready = pod.sample.at < pod.ready_changed_at + pod.sample.window_seconds
        unready = not pod.ready or before_ready
    else:
        # Later, an unready pod is left out only if it never was ready.
        unready = not pod.ready and pod.started_at + INITIAL_READINESS_SECONDS > pod.ready_changed_at
    return Group.UNREADY if unready else Group.COUNTED


def resource_replicas(
    metric: Metric, now: float, current: int, pods: Sequence[Pod], tolerances: Tolerances
) -> int | None:
    """The replicas that a metric proposes, or None if no pod's sample counts (GetResourceReplicas)."""
    resource = metric.resource
    groups: dict[Group, list[Pod]] = {kind: [] for kind in Group}
    for pod in pods:
        groups[group(pod, resource, now)].append(pod)
    counted = [
        (pod.sample.usage[resource], pod.requests[resource])
        for pod in groups[Group.COUNTED]
        if pod.sample is not None
    ]
    if not counted:
        return None
    ratio = usage_ratio(counted, metric.target_percent)
    scales_up_with_unready = bool(groups[Group.UNREADY]) and ratio > 1.0
    if not scales_up_with_unready and not groups[Group.MISSING]:
        return current if tolerances.include(ratio) else math.ceil(ratio * len(counted))

    # Docs, "Algorithm details": pods without a sample are thought to hold back whatever the others ask for.
    missing = [pod.requests[resource] for pod in groups[Group.MISSING]]
    if ratio < 1.0:
        # All they requested, or the target where that is more than all.
        percent = max(100, metric.target_percent)
        counted += [(request * percent // 100, request) for request in missing]
    elif ratio > 1.0:
        counted += [(0, request) for request in missing]
    if scales_up_with_unready:
        counted += [(0, pod.requests[resource]) for pod in groups[Group.UNREADY]]

    damped = usage_ratio(counted, metric.target_percent)
    turned = (ratio < 1.0 < damped) or (damped < 1.0 < ratio)
    if tolerances.include(damped) or turned:
        return current
    replicas = math.ceil(damped * len(counted))
    # The pods that took part may be fewer or more than the replicas; that must not turn it round either.
    turned = (damped < 1.0 and replicas > current) or (damped > 1.0 and replicas < current)
    return current if turned else replicas


def usage_ratio(counted: Sequence[tuple[int, int]], target_percent: int) -> float:
    """Use over target, of sums of (used, requested), in whole percents (GetResourceUtilizationRatio)."""
    used = sum(pair[0] for pair in counted)
    requested = sum(pair[1] for pair in counted)
    return used * 100 // requested / target_percent

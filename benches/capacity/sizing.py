"""How many pods a steady load needs: at the autoscaler's CPU target, and at the CPU limit."""

from __future__ import annotations

import math
from dataclasses import dataclass

from capacity import hpa
from capacity.manifests import Resources
from capacity.pods import Service
from capacity.profiles import REPORTED_HIGHEST

RATES = (100.0, REPORTED_HIGHEST, 1_000.0, 10_000.0, 100_000.0, 1_000_000.0)


@dataclass(frozen=True)
class Sizing:
    """Of one service, requests a second that a pod takes."""

    at_target: float
    at_limit: float
    fewest: int
    most: int

    def pods_at_target(self, rate: float) -> int:
        """What the autoscaler settles at, if it were allowed as many (docs, "Algorithm details")."""
        return max(self.fewest, math.ceil(rate / self.at_target))

    def pods_at_limit(self, rate: float) -> int:
        """With every pod at its CPU limit: nothing is left for a peak."""
        return max(self.fewest, math.ceil(rate / self.at_limit))


def sizing(service: Service, resources: Resources, autoscaler: hpa.Autoscaler) -> Sizing:
    targets = [metric.target_percent for metric in autoscaler.metrics if metric.resource == "cpu"]
    if not targets:
        raise ValueError("spec.metrics: without a target for cpu, load says nothing about replicas")
    # No more than its limit, however much the target is of the request.
    millicores = min(resources.cpu_limit, resources.cpu_request * min(targets) / 100)
    return Sizing(
        service.capacity(millicores),
        service.capacity(resources.cpu_limit),
        autoscaler.min_replicas,
        autoscaler.max_replicas,
    )

"""The algorithm of Kubernetes' HorizontalPodAutoscaler (autoscaling/v2): no clock, no cluster, no file.

Every rule names where it stands. "Docs" is the page "Horizontal Pod Autoscaling" of the documentation.
A Go name is a function of kubernetes/kubernetes, pkg/controller/podautoscaler: here in horizontal.go, and for
`metrics.py` in replica_calculator.go.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from capacity.metrics import Metric, Pod, Tolerances, resource_replicas

# Docs, "How does a HorizontalPodAutoscaler work?": the controller's default sync period.
SYNC_SECONDS = 15


class PolicyType(StrEnum):
    PODS = "Pods"
    PERCENT = "Percent"


class SelectPolicy(StrEnum):
    MAX = "Max"
    MIN = "Min"
    DISABLED = "Disabled"


@dataclass(frozen=True)
class Policy:
    """How far the replicas may move in a period: by a number, or by a percentage."""

    type: PolicyType
    value: int
    period_seconds: int


@dataclass(frozen=True)
class Rules:
    """`behavior.scaleUp` or `behavior.scaleDown`."""

    stabilization_seconds: int
    policies: tuple[Policy, ...]
    select: SelectPolicy = SelectPolicy.MAX
    tolerance: float = 0.1


# Docs, "Default Behavior"; pkg/apis/autoscaling/v2/defaults.go has the same figures.
DEFAULT_SCALE_UP = Rules(0, (Policy(PolicyType.PODS, 4, 15), Policy(PolicyType.PERCENT, 100, 15)))
DEFAULT_SCALE_DOWN = Rules(300, (Policy(PolicyType.PERCENT, 100, 15),))


@dataclass(frozen=True)
class Autoscaler:
    """`spec` of the autoscaler."""

    min_replicas: int
    max_replicas: int
    metrics: tuple[Metric, ...]
    scale_up: Rules = DEFAULT_SCALE_UP
    scale_down: Rules = DEFAULT_SCALE_DOWN

    @property
    def tolerances(self) -> Tolerances:
        return Tolerances(self.scale_up.tolerance, self.scale_down.tolerance)


@dataclass(frozen=True)
class Change:
    """A recommendation, or by how many replicas a scaling changed them, and when."""

    at: float
    replicas: int


@dataclass
class Controller:
    """What the controller remembers of one autoscaler between two syncs."""

    autoscaler: Autoscaler
    recommendations: list[Change] = field(default_factory=list)
    added: list[Change] = field(default_factory=list)
    removed: list[Change] = field(default_factory=list)

    def sync(self, now: float, current: int, pods: Sequence[Pod]) -> int:
        """The replicas from now on (reconcileAutoscaler)."""
        if not self.recommendations:
            # recordInitialRecommendation: what there was at first takes part in the windows.
            self.recommendations.append(Change(now, current))
        if current == 0:
            # reconcileAutoscaler: nought replicas are somebody's wish, and switch the autoscaler off.
            return 0
        if current > self.autoscaler.max_replicas:
            desired = self.autoscaler.max_replicas
        elif current < self.autoscaler.min_replicas:
            desired = self.autoscaler.min_replicas
        else:
            proposed = self.proposal(now, current, pods)
            desired = current if proposed is None else self.normalized(now, current, proposed)
        self.remember(now, current, desired)
        return desired

    def remember(self, now: float, before: int, after: int) -> None:
        """What the policies' periods are counted from (storeScaleEvent)."""
        if after > before:
            self.added.append(Change(now, after - before))
        elif after < before:
            self.removed.append(Change(now, before - after))

    def proposal(self, now: float, current: int, pods: Sequence[Pod]) -> int | None:
        """The largest of the metrics' proposals (computeReplicasForMetrics; docs, "Algorithm details").

        None if no metric can be had, or if one is missing and the others would scale down.
        """
        tolerances = self.autoscaler.tolerances
        proposals = [
            resource_replicas(metric, now, current, pods, tolerances) for metric in self.autoscaler.metrics
        ]
        known = [proposal for proposal in proposals if proposal is not None]
        if not known or (len(known) < len(proposals) and max(known) < current):
            return None
        return max(known)

    def normalized(self, now: float, current: int, proposed: int) -> int:
        """What windows, policies and bounds leave of a proposal (normalizeDesiredReplicasWithBehaviors)."""
        stabilized = self.stabilized(now, current, proposed)
        self.recommendations.append(Change(now, proposed))
        if stabilized > current:
            limit = max(current, self.scale_up_limit(now, current))
            return min(stabilized, limit, self.autoscaler.max_replicas)
        if stabilized < current:
            limit = min(current, self.scale_down_limit(now, current))
            return max(stabilized, limit, self.autoscaler.min_replicas)
        return current

    def stabilized(self, now: float, current: int, proposed: int) -> int:
        """Up to the lowest recommendation of scale-up's window at most, down to the highest of scale-down's.

        stabilizeRecommendationWithBehaviors; docs, "Stabilization window".
        """
        window = self.autoscaler.scale_up.stabilization_seconds
        lowest = min([proposed, *replicas_since(now - window, self.recommendations)])
        window = self.autoscaler.scale_down.stabilization_seconds
        highest = max([proposed, *replicas_since(now - window, self.recommendations)])
        return min(max(current, lowest), highest)

    def scale_up_limit(self, now: float, current: int) -> int:
        """The most replicas that the policies allow (calculateScaleUpLimitWithScalingRules)."""
        rules = self.autoscaler.scale_up
        if rules.select is SelectPolicy.DISABLED:
            return current
        limits = [
            start + policy.value
            if policy.type is PolicyType.PODS
            # Rounded up, or a small percentage of few replicas would never add one; in floating point as
            # upstream, so that 10 % on top of 100 are 111.
            else math.ceil(start * (1 + policy.value / 100))
            for policy in rules.policies
            for start in [self.at_start_of_period(now, current, policy)]
        ]
        return min(limits) if rules.select is SelectPolicy.MIN else max(limits)

    def scale_down_limit(self, now: float, current: int) -> int:
        """The fewest replicas that the policies allow (calculateScaleDownLimitWithBehaviors)."""
        rules = self.autoscaler.scale_down
        if rules.select is SelectPolicy.DISABLED:
            return current
        limits = [
            start - policy.value
            if policy.type is PolicyType.PODS
            # What is left is rounded down: Go's conversion to an integer truncates, as Python's.
            else int(start * (1 - policy.value / 100))
            for policy in rules.policies
            for start in [self.at_start_of_period(now, current, policy)]
        ]
        # The policy that changes least keeps most replicas, so Min and Max swap places here.
        return max(limits) if rules.select is SelectPolicy.MIN else min(limits)

    def at_start_of_period(self, now: float, current: int, policy: Policy) -> int:
        """The replicas when a period began (getReplicasChangePerPeriod; docs, "Scaling policies")."""
        since = now - policy.period_seconds
        return current - sum(replicas_since(since, self.added)) + sum(replicas_since(since, self.removed))


def replicas_since(cutoff: float, changes: Sequence[Change]) -> list[int]:
    """Of the changes after the cutoff; one exactly at the cutoff is over, as Go's `Time.After` has it."""
    return [change.replicas for change in changes if change.at > cutoff]

"""The autoscaler and the pods' resources from the manifests; what isn't understood is refused by its name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml

from capacity import hpa
from capacity.metrics import Metric

# Docs, "Quantity" of the Kubernetes API: decimal and binary suffixes, or an exponent.
SUFFIXES = {"n": Decimal("1e-9"), "u": Decimal("1e-6"), "m": Decimal("1e-3"), "": Decimal(1)}
SUFFIXES |= {suffix: Decimal(1000) ** (power + 1) for power, suffix in enumerate("kMGTPE")}
SUFFIXES |= {f"{suffix}i": Decimal(1024) ** (power + 1) for power, suffix in enumerate("KMGTPE")}
QUANTITY = re.compile(r"([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([numkMGTPE]?|[KMGTPE]i)")


@dataclass(frozen=True)
class Resources:
    """What a pod requests and may use, in millicores and bytes; and its probes' periods, summed."""

    cpu_request: int
    cpu_limit: int
    memory_request: int
    memory_limit: int
    probe_seconds: float

    @property
    def requests(self) -> dict[str, int]:
        return {"cpu": self.cpu_request, "memory": self.memory_request}


@dataclass(frozen=True)
class Field:
    """A value in a manifest, and the way to it."""

    path: str
    value: Any

    def get(self, key: str | int) -> Field:
        """What is below, which must be there."""
        found = self.find(key)
        if found is None:
            raise ValueError(f"{self.below(key)}: missing")
        return found

    def find(self, key: str | int) -> Field | None:
        """What is below, if it is there."""
        try:
            value = self.value[key]
        except (KeyError, IndexError):
            return None
        except TypeError:
            raise ValueError(f"{self.path}: {self.value!r} has nothing below it") from None
        return None if value is None else Field(self.below(key), value)

    def below(self, key: str | int) -> str:
        return f"{self.path}[{key}]" if isinstance(key, int) else f"{self.path}.{key}".lstrip(".")

    def items(self) -> list[Field]:
        if not isinstance(self.value, list) or not self.value:
            raise ValueError(f"{self.path}: expected a list with something in it, not {self.value!r}")
        return [self.get(index) for index in range(len(self.value))]

    def only(self, *known: str) -> None:
        """No other keys: one that isn't understood would be a rule that isn't simulated."""
        if not isinstance(self.value, Mapping):
            raise ValueError(f"{self.path}: expected fields, not {self.value!r}")
        for key in self.value:
            if key not in known:
                raise ValueError(f"{self.below(str(key))}: not known, expected one of {', '.join(known)}")

    def integer(self, least: int, most: int) -> int:
        if isinstance(self.value, bool) or not isinstance(self.value, int):
            raise ValueError(f"{self.path}: {self.value!r} is not a whole number")
        if not least <= self.value <= most:
            raise ValueError(f"{self.path}: {self.value} is not from {least} to {most}")
        return self.value

    def one_of(self, *choices: str) -> str:
        if self.value not in choices:
            raise ValueError(f"{self.path}: {self.value!r} is not supported, only {', '.join(choices)}")
        return str(self.value)

    def quantity(self) -> Decimal:
        match = QUANTITY.fullmatch(str(self.value))
        if match is None or match[1].startswith("-"):
            raise ValueError(f"{self.path}: {self.value!r} is not a quantity, as 200m, 0.5 or 128Mi are")
        return Decimal(match[1]) * SUFFIXES[match[2]]

    def amount(self, units: int) -> int:
        """A quantity above 0, in so many to one."""
        if not (whole := round(self.quantity() * units)):
            raise ValueError(f"{self.path}: {self.value!r} is nothing, and cannot be divided by")
        return whole


def load(path: Path, kind: str, api_version: str) -> Field:
    """The one document of a file."""
    try:
        manifest = Field("", yaml.safe_load(path.read_text()))
    except yaml.YAMLError as error:
        raise ValueError(f"{path.name} is not YAML: {error}") from error
    manifest.get("kind").one_of(kind)
    manifest.get("apiVersion").one_of(api_version)
    return manifest.get("spec")


def autoscaler(path: Path) -> hpa.Autoscaler:
    """A HorizontalPodAutoscaler."""
    spec = load(path, "HorizontalPodAutoscaler", "autoscaling/v2")
    spec.only("scaleTargetRef", "minReplicas", "maxReplicas", "metrics", "behavior")
    most = spec.get("maxReplicas").integer(1, 2**31 - 1)
    least = found.integer(1, most) if (found := spec.find("minReplicas")) else 1
    behavior = spec.find("behavior")
    if behavior is None:
        # normalizeDesiredReplicas has rules of its own, where an empty `behavior` would have the defaults.
        raise ValueError("spec.behavior: missing, and what the controller does without it is not simulated")
    behavior.only("scaleUp", "scaleDown")
    return hpa.Autoscaler(
        least,
        most,
        tuple(metric(item) for item in spec.get("metrics").items()),
        rules(behavior, "scaleUp", hpa.DEFAULT_SCALE_UP),
        rules(behavior, "scaleDown", hpa.DEFAULT_SCALE_DOWN),
    )


def metric(item: Field) -> Metric:
    item.get("type").one_of("Resource")
    resource = item.get("resource")
    name = resource.get("name").one_of("cpu", "memory")
    target = resource.get("target")
    target.get("type").one_of("Utilization")
    return Metric(name, target.get("averageUtilization").integer(1, 2**31 - 1))


def rules(behavior: Field, key: str, default: hpa.Rules) -> hpa.Rules:
    found = behavior.find(key)
    if found is None:
        return default
    found.only("stabilizationWindowSeconds", "selectPolicy", "policies", "tolerance")
    window, select, tolerance, policies = (
        found.find(name) for name in ("stabilizationWindowSeconds", "selectPolicy", "tolerance", "policies")
    )
    return hpa.Rules(
        window.integer(0, 3600) if window else default.stabilization_seconds,
        tuple(policy(item) for item in policies.items()) if policies else default.policies,
        hpa.SelectPolicy(select.one_of(*hpa.SelectPolicy)) if select else default.select,
        float(tolerance.quantity()) if tolerance else default.tolerance,
    )


def policy(item: Field) -> hpa.Policy:
    item.only("type", "value", "periodSeconds")
    return hpa.Policy(
        hpa.PolicyType(item.get("type").one_of(*hpa.PolicyType)),
        item.get("value").integer(1, 2**31 - 1),
        item.get("periodSeconds").integer(1, 1800),
    )


def resources(path: Path) -> Resources:
    """Of the first container of a Deployment, which is the server."""
    container = load(path, "Deployment", "apps/v1").get("template").get("spec").get("containers").get(0)
    requests, limits = container.get("resources").get("requests"), container.get("resources").get("limits")
    probes = [found for name in ("startupProbe", "readinessProbe") if (found := container.find(name))]
    return Resources(
        requests.get("cpu").amount(1000),
        limits.get("cpu").amount(1000),
        requests.get("memory").amount(1),
        limits.get("memory").amount(1),
        sum(period(probe) for probe in probes),
    )


def period(probe: Field) -> int:
    """Ten seconds is Kubernetes' default."""
    found = probe.find("periodSeconds")
    return found.integer(1, 3600) if found else 10

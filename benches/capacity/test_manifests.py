"""What isn't understood is refused, and the error names the field."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from capacity import hpa, manifests

BASE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base"

Change = Callable[[dict], None]


def changed(tmp_path: Path, name: str, change: Change) -> Path:
    manifest = yaml.safe_load((BASE / name).read_text())
    change(manifest)
    path = tmp_path / name
    path.write_text(yaml.safe_dump(manifest))
    return path


def policy(manifest: dict) -> dict:
    return manifest["spec"]["behavior"]["scaleUp"]["policies"][1]


def metric(manifest: dict) -> dict:
    return manifest["spec"]["metrics"][1]


def container(manifest: dict) -> dict:
    return manifest["spec"]["template"]["spec"]["containers"][0]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: policy(m).update(type="Replicas"),
            "spec.behavior.scaleUp.policies[1].type: 'Replicas' is not supported, only Pods, Percent",
        ),
        (lambda m: policy(m).update(value=0), "spec.behavior.scaleUp.policies[1].value: 0 is not from 1"),
        (
            lambda m: policy(m).update(periodSeconds=1801),
            "policies[1].periodSeconds: 1801 is not from 1 to 1800",
        ),
        (
            lambda m: policy(m).pop("periodSeconds"),
            "spec.behavior.scaleUp.policies[1].periodSeconds: missing",
        ),
        (lambda m: policy(m).update(value="3"), "policies[1].value: '3' is not a whole number"),
        (
            lambda m: metric(m).update(type="External"),
            "spec.metrics[1].type: 'External' is not supported, only Resource",
        ),
        (
            lambda m: metric(m)["resource"].update(name="nvidia.com/gpu"),
            "spec.metrics[1].resource.name: 'nvidia.com/gpu' is not supported, only cpu, memory",
        ),
        (
            lambda m: metric(m)["resource"]["target"].update(type="AverageValue"),
            "spec.metrics[1].resource.target.type: 'AverageValue' is not supported, only Utilization",
        ),
        (lambda m: m["spec"].update(metrics=[]), "spec.metrics: expected a list with something in it"),
        (lambda m: m["spec"].update(minReplicas=16), "spec.minReplicas: 16 is not from 1 to 15"),
        (
            lambda m: m["spec"]["behavior"]["scaleDown"].update(selectPolicy="Most"),
            "spec.behavior.scaleDown.selectPolicy: 'Most' is not supported, only Max, Min, Disabled",
        ),
        (
            lambda m: m["spec"]["behavior"]["scaleDown"].update(stabilisationWindowSeconds=5),
            "spec.behavior.scaleDown.stabilisationWindowSeconds: not known",
        ),
        (
            lambda m: m["spec"]["behavior"]["scaleDown"].update(tolerance="5 %"),
            "spec.behavior.scaleDown.tolerance: '5 %' is not a quantity",
        ),
        (lambda m: m["spec"].pop("behavior"), "spec.behavior: missing"),
        (lambda m: m.update(apiVersion="autoscaling/v1"), "apiVersion: 'autoscaling/v1' is not supported"),
    ],
)
def test_what_the_autoscaler_refuses(tmp_path: Path, change: Change, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        manifests.autoscaler(changed(tmp_path, "hpa.yaml", change))
    assert message in str(refused.value)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            lambda m: container(m)["resources"]["requests"].update(cpu="200q"),
            "requests.cpu: '200q' is not a quantity",
        ),
        (
            lambda m: container(m)["resources"]["limits"].update(memory="-1Gi"),
            "limits.memory: '-1Gi' is not a quantity",
        ),
        (lambda m: container(m)["resources"]["requests"].update(cpu=0), "requests.cpu: 0 is nothing"),
        (
            lambda m: container(m)["resources"]["requests"].pop("cpu"),
            "spec.template.spec.containers[0].resources.requests.cpu: missing",
        ),
        (
            lambda m: container(m).update(resources="all"),
            "containers[0].resources: 'all' has nothing below it",
        ),
    ],
)
def test_what_the_resources_refuse(tmp_path: Path, change: Change, message: str) -> None:
    with pytest.raises(ValueError) as refused:
        manifests.resources(changed(tmp_path, "deployment.yaml", change))
    assert message in str(refused.value)


def test_what_is_not_yaml_is_refused_by_the_files_name(tmp_path: Path) -> None:
    path = tmp_path / "hpa.yaml"
    path.write_text("spec: [")
    with pytest.raises(ValueError, match=r"hpa\.yaml is not YAML"):
        manifests.autoscaler(path)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("200m", "0.2"),
        ("1", "1"),
        (2, "2"),
        ("0.5", "0.5"),
        (".5", "0.5"),
        ("128Mi", "134217728"),
        ("1k", "1000"),
        ("1G", "1e9"),
        ("1Ki", "1024"),
        ("2e3", "2000"),
        ("1E", "1e18"),
    ],
)
def test_quantities(text: object, value: str) -> None:
    assert manifests.Field("", text).quantity() == Decimal(value)


def test_the_projects_resources() -> None:
    # The startup probe asks every second, the readiness probe every other.
    assert manifests.resources(BASE / "deployment.yaml") == manifests.Resources(
        200, 1000, 128 << 20, 512 << 20, 3
    )


def test_what_is_not_said_gets_the_defaults(tmp_path: Path) -> None:
    path = changed(
        tmp_path, "hpa.yaml", lambda m: [m["spec"].update(behavior={}), m["spec"].pop("minReplicas")]
    )
    autoscaler = manifests.autoscaler(path)
    assert autoscaler.min_replicas == 1
    assert (autoscaler.scale_up, autoscaler.scale_down) == (hpa.DEFAULT_SCALE_UP, hpa.DEFAULT_SCALE_DOWN)


def test_a_tolerance_of_its_own(tmp_path: Path) -> None:
    path = changed(tmp_path, "hpa.yaml", lambda m: m["spec"]["behavior"]["scaleUp"].update(tolerance="0"))
    assert (manifests.autoscaler(path).tolerances.up, manifests.autoscaler(path).tolerances.down) == (
        0.0,
        0.1,
    )

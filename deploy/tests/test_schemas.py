"""What Kubernetes itself, and linters, would say."""

import json
import re
import shutil
import subprocess

import pytest
import yaml
from conftest import (
    COLLECTOR,
    COMPONENTS,
    DEPLOY,
    KUBERNETES,
    ON_KUBERNETES,
    OVERLAYS,
    documents,
    program,
    rendered,
    tool,
)
from faults import faults

VERSIONS = ["1.30", "1.33", "1.37"]
# Not Kubernetes' own: no schema comes with the validator, so the shape is asserted elsewhere.
CUSTOM = {"PodMonitoring", "ServiceExport"}
CHECKOV_FROM = "pip install -r deploy/tests/checkov.txt, in an environment of its own"
# A value that is wrong, in place of one that is right.
WRONG = [
    ("minReadySeconds: 5", "minReadySeconds: five", "minReadySeconds"),
    ("type: RollingUpdate", "type: Rolling", "Rolling"),
    ("memory: 128Mi", "memory: 128 MiB", "memory"),
    ("containerPort: 8081", "containerPort: 80810", "containerPort"),
    ("cpu: 200m", "cpu: 2000m", "more cpu"),
    ("minReplicas: 2", "minReplicas: 20", "minReplicas"),
    ("type: Percent", "type: Percents", "Percents"),
    ("periodSeconds: 1\n", "periodSeconds: 0\n", "periodSeconds"),
    ("readinessProbe:", "readynessProbe:", "readynessProbe"),
]


def complaints(objects, version, folder):
    """What the validator says of these objects, and what it misses."""
    path = folder / "manifests.yaml"
    path.write_text(yaml.safe_dump_all(objects))
    command = [tool("kubernetes-validate"), "--strict", "-k", version, str(path)]
    result = subprocess.run(command, capture_output=True, text=True)
    lines = (result.stdout + result.stderr).splitlines()
    valid = [line for line in lines if line.startswith("INFO")]
    said = [line for line in lines if line not in valid]
    if not said and len(valid) != len(objects):
        said = [f"{len(valid)} of {len(objects)} are valid"]
    return said + faults(objects)


def own_objects(folder):
    return [document for document in documents(folder) if document["kind"] not in CUSTOM]


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", [*ON_KUBERNETES, COLLECTOR], ids=lambda folder: folder.name)
def test_every_object_is_valid(folder, version, tmp_path):
    assert complaints(own_objects(folder), version, tmp_path) == []


@pytest.mark.parametrize("component", COMPONENTS, ids=lambda component: component.name)
def test_components_fit_on_every_overlay(component, tmp_path):
    for base in ON_KUBERNETES:
        folder = tmp_path / base.name
        shutil.copytree(KUBERNETES, folder)
        own = folder / "overlays" / "own"
        own.mkdir()
        (own / "kustomization.yaml").write_text(
            yaml.safe_dump(
                {
                    "resources": [f"../../{base.relative_to(KUBERNETES)}"],
                    "components": [f"../../components/{component.name}"],
                }
            )
        )
        assert complaints(own_objects(own), VERSIONS[0], tmp_path) == []
        assert rendered(own) != rendered(base)


def test_the_manuals_overlay_serves_ones_own_model(tmp_path):
    (overlay,) = re.findall(r"```yaml\n(.*?)```", (DEPLOY / "README.md").read_text(), re.DOTALL)
    folder = tmp_path / "kubernetes"
    shutil.copytree(KUBERNETES, folder)
    own = folder / "overlays" / "own"
    own.mkdir()
    (own / "kustomization.yaml").write_text(overlay)
    shutil.copy(DEPLOY.parent / "iris-core" / "models" / "iris.onnx", own / "model.onnx")
    assert complaints(own_objects(own), VERSIONS[0], tmp_path) == []
    maps = {each["metadata"]["name"]: each for each in documents(own) if each["kind"] == "ConfigMap"}
    (deployment,) = (each for each in documents(own) if each["kind"] == "Deployment")
    pod = deployment["spec"]["template"]["spec"]
    (settings,) = (each["data"] for each in maps.values() if "data" in each)
    (mount,) = pod["containers"][0]["volumeMounts"]
    (volume,) = pod["volumes"]
    path, file = settings["IRIS_MODELS"].rsplit("/", 1)
    assert (path, volume["name"]) == (mount["mountPath"], mount["name"])
    assert file in maps[volume["configMap"]["name"]]["binaryData"]


@pytest.mark.parametrize(("right", "wrong", "named"), WRONG, ids=lambda value: value)
def test_a_wrong_value_is_named(right, wrong, named, tmp_path):
    text = rendered(KUBERNETES / "base")
    assert right in text
    objects = list(yaml.safe_load_all(text.replace(right, wrong, 1)))
    assert named in "\n".join(complaints(objects, VERSIONS[-1], tmp_path))


@pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)
def test_every_overlay_renders(folder):
    assert all(document.get("apiVersion") and document["metadata"]["name"] for document in documents(folder))
    assert faults(documents(folder)) == []


@pytest.mark.parametrize("folder", [*ON_KUBERNETES, COLLECTOR], ids=lambda folder: folder.name)
def test_policies_are_kept(folder, tmp_path):
    path = tmp_path / "manifests.yaml"
    path.write_text(rendered(folder))
    assert checkov("kubernetes", path) > 80


def test_policies_of_images_are_kept():
    assert checkov("dockerfile", DEPLOY / "Dockerfile") > 20


def checkov(framework, path):
    """How many policies are kept; none may be broken."""
    config = ["--config-file", str(DEPLOY / "tests" / "checkov.yaml")]
    command = [program("checkov", CHECKOV_FROM), *config, "--framework", framework, "-f", str(path)]
    result = subprocess.run([*command, "--output", "json"], capture_output=True, text=True)
    report = json.loads(result.stdout)
    broken = [(check["check_id"], check["resource"]) for check in report["results"]["failed_checks"]]
    assert broken == []
    return report["summary"]["passed"]


def test_scripts_are_sound():
    scripts = [str(path) for path in DEPLOY.rglob("*.sh")]
    result = subprocess.run([tool("shellcheck"), *scripts], capture_output=True, text=True)
    assert scripts and result.returncode == 0, result.stdout


def test_the_files_are_tidy():
    config = DEPLOY / "tests" / "yamllint.yaml"
    command = [tool("yamllint"), "--strict", "-c", str(config), str(DEPLOY)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_image_is_described_well():
    result = subprocess.run([tool("hadolint"), str(DEPLOY / "Dockerfile")], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout

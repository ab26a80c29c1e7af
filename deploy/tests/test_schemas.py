"""What Kubernetes itself, and linters, would say."""

import subprocess

import pytest
from conftest import DEPLOY, ON_KUBERNETES, OVERLAYS, documents, rendered, tool

VERSIONS = ["1.30", "1.33", "1.37"]
# Not Kubernetes' own: no schema comes with the validator, so the shape is asserted elsewhere.
CUSTOM = {"PodMonitoring"}


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("folder", ON_KUBERNETES, ids=lambda folder: folder.name)
def test_every_object_is_valid(folder, version, tmp_path):
    own = "---\n".join(
        text
        for text in rendered(folder).split("---\n")
        if not any(f"kind: {kind}\n" in text for kind in CUSTOM)
    )
    path = tmp_path / "manifests.yaml"
    path.write_text(own)
    command = [tool("kubernetes-validate"), "--strict", "-k", version, str(path)]
    result = subprocess.run(command, capture_output=True, text=True)
    said = result.stdout + result.stderr
    assert result.returncode == 0, said
    lines = said.splitlines()
    assert all(line.startswith("INFO") for line in lines), said
    assert len(lines) == sum(document["kind"] not in CUSTOM for document in documents(folder))


@pytest.mark.parametrize("folder", OVERLAYS, ids=lambda folder: folder.name)
def test_every_overlay_renders(folder):
    assert all(document.get("apiVersion") and document["metadata"]["name"] for document in documents(folder))


def test_the_files_are_tidy():
    config = DEPLOY / "tests" / "yamllint.yaml"
    command = [tool("yamllint"), "--strict", "-c", str(config), str(DEPLOY)]
    result = subprocess.run(command, capture_output=True, text=True)
    assert result.returncode == 0, result.stdout


def test_the_image_is_described_well():
    result = subprocess.run([tool("hadolint"), str(DEPLOY / "Dockerfile")], capture_output=True, text=True)
    assert result.returncode == 0, result.stdout

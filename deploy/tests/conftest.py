"""Manifests as they would be applied, rendered once for each overlay."""

import functools
import subprocess
import sys
from pathlib import Path

import yaml

DEPLOY = Path(__file__).parent.parent
KUBERNETES = DEPLOY / "kubernetes"
OVERLAYS = sorted(path.parent for path in KUBERNETES.glob("overlays/*/kustomization.yaml"))
ON_KUBERNETES = [KUBERNETES / "base", *(path for path in OVERLAYS if path.name in {"gke", "local"})]


def tool(name):
    """A program that came with the test's own requirements."""
    return str(Path(sys.executable).parent / name)


@functools.cache
def rendered(folder):
    """The text that `kubectl apply -k` would send."""
    command = [tool("kubectl"), "kustomize", str(folder)]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def documents(folder):
    """The same as objects."""
    return list(yaml.safe_load_all(rendered(folder)))


def of_kind(folder, kind):
    """Those of one kind, which must be there."""
    found = [document for document in documents(folder) if document["kind"] == kind]
    assert found, f"no {kind} in {folder.name}"
    return found

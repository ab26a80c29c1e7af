"""The crates that a binary is made of, from `cargo metadata`."""

from __future__ import annotations

import json
import subprocess
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).parents[2]


@dataclass(frozen=True)
class Crate:
    identity: str
    name: str
    version: str
    licence: str
    folder: Path
    checksum: str
    is_ours: bool
    uses: tuple[str, ...]
    """Identities of those below it."""
    registry: str = "cargo"

    @property
    def purl(self) -> str:
        return f"pkg:{self.registry}/{self.name}@{self.version}"


def of_binary(package: str) -> list[Crate]:
    """The package itself, then all that is linked into it, by name."""
    said = metadata()
    nodes = {node["id"]: node for node in said["resolve"]["nodes"]}
    packages = {each["id"]: each for each in said["packages"]}
    root = next(each["id"] for each in packages.values() if each["name"] == package)
    edges: dict[str, list[str]] = {}
    ahead = [root]
    while ahead:
        at = ahead.pop()
        if at not in edges:
            edges[at] = linked(nodes[at], packages)
            ahead += edges[at]
    checksums = locked()
    crates = [crate_of(packages[at], edges[at], checksums) for at in edges]
    crates.append(swagger_ui())
    return sorted(crates, key=lambda crate: (crate.identity != root, crate.name, crate.version))


def metadata() -> dict[str, Any]:
    host = next(
        line.removeprefix("host: ") for line in run("rustc", "-vV").splitlines() if line.startswith("host: ")
    )
    return json.loads(run("cargo", "metadata", "--format-version=1", "--locked", f"--filter-platform={host}"))


def run(*command: str) -> str:
    return subprocess.run(command, cwd=REPOSITORY, check=True, capture_output=True, text=True).stdout


def swagger_ui() -> Crate:
    """No crate: the files of the page at /docs, which the binary has within itself."""
    door = REPOSITORY / "iris-http"
    name = "swagger-ui-dist"
    packages = json.loads((door / "tests/browser/package-lock.json").read_text())["packages"]
    package = packages[f"node_modules/{name}"]
    return Crate(
        identity=name,
        name=name,
        version=package["version"],
        licence=package["license"],
        folder=door / "src/docs/swagger-ui",
        checksum="",
        is_ours=False,
        uses=(),
        registry="npm",
    )


def linked(node: dict[str, Any], packages: dict[str, Any]) -> list[str]:
    """What of its dependencies is in the binary: not those of tests and build scripts, nor macros."""
    below = [each["pkg"] for each in node["deps"] if any(kind["kind"] is None for kind in each["dep_kinds"])]
    return [each for each in below if not is_macro(packages[each])]


def is_macro(package: dict[str, Any]) -> bool:
    return any("proc-macro" in target["kind"] for target in package["targets"])


def locked() -> dict[tuple[str, str], str]:
    """SHA-256 of each archive, by name and version."""
    lock = tomllib.loads((REPOSITORY / "Cargo.lock").read_text())
    return {(each["name"], each["version"]): each.get("checksum", "") for each in lock["package"]}


def crate_of(package: dict[str, Any], uses: list[str], checksums: dict[tuple[str, str], str]) -> Crate:
    name, version = package["name"], package["version"]
    return Crate(
        identity=package["id"],
        name=name,
        version=version,
        # An old way of writing `OR`.
        licence=(package["license"] or "").replace("/", " OR "),
        folder=Path(package["manifest_path"]).parent,
        checksum=checksums.get((name, version), ""),
        is_ours=package["source"] is None,
        uses=tuple(uses),
    )

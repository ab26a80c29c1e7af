"""What the workspace's manifests say, checked against what ARCHITECTURE.md says.

`arrows` fails if a crate depends on one that it must not know.
`features` prints the arguments of `cargo clippy` for each feature of each crate alone.
"""

import json
import subprocess
import sys
from collections.abc import Callable

# Which of our crates each one may depend on, to be built, tested or measured.
ALLOWED = {
    "iris-core": set(),
    "iris-telemetry": {"iris-core"},
    "iris-serving": {"iris-core", "iris-telemetry"},
    "iris-grpc": {"iris-core", "iris-telemetry", "iris-serving"},
    "iris-http": {"iris-core", "iris-telemetry", "iris-serving"},
    "iris-server": {"iris-core", "iris-telemetry", "iris-serving", "iris-grpc", "iris-http"},
    "iris-py": {"iris-core", "iris-telemetry"},
}
# Who may depend on any.
FREE = {"iris-benches"}

# What the core does without, whatever its features: transports, runtimes, interpreters, clocks.
FORBIDDEN_IN_CORE = {"axum", "hyper", "pyo3", "quanta", "tokio", "tonic"}

# All that is in a program beside the core when it has no features.
CORE_WITHOUT_FEATURES = {"bytemuck", "multiversion", "thiserror"}


def metadata() -> dict:
    """What cargo knows of the workspace and of what it depends on, on every platform.

    Features are those of the whole workspace, all of them: cargo resolves no crate alone. A tree found here
    may hold more than the crate's own build would, never less.
    """
    command = ["cargo", "metadata", "--format-version=1", "--all-features", "--locked"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def our_packages(workspace: dict) -> dict[str, dict]:
    """The workspace's own crates, by name."""
    members = set(workspace["workspace_members"])
    return {package["name"]: package for package in workspace["packages"] if package["id"] in members}


def wrong_arrows(ours: dict[str, dict]) -> list[str]:
    """Dependencies between our crates that are not allowed, and crates that this file does not fit."""
    held = ours.keys() - FREE
    unsure = held ^ ALLOWED.keys()
    misfits = [f"{name} is in the workspace or in .ci/workspace.py, not in both" for name in unsure]
    wrong = {
        f"{name} must not depend on {dependency['name']}"
        for name in held & ALLOWED.keys()
        for dependency in ours[name]["dependencies"]
        if dependency["name"] in ours.keys() - ALLOWED[name]
    }
    return sorted(misfits) + sorted(wrong)


class Tree:
    """What comes with a crate, by the graph that cargo has resolved."""

    def __init__(self, workspace: dict) -> None:
        self.packages = {package["id"]: package for package in workspace["packages"]}
        self.edges = {node["id"]: node["deps"] for node in workspace["resolve"]["nodes"]}

    def built_for(self, package: str) -> set[str]:
        """Crates that are built before this one can be."""
        return {edge["pkg"] for edge in self.edges[package] if kinds(edge) & {None, "build"}}

    def linked_with(self, package: str) -> set[str]:
        """Crates that are in the same program: build scripts and macros have done their work by then."""
        linked = {edge["pkg"] for edge in self.edges[package] if None in kinds(edge)}
        return {found for found in linked if not self.is_macro(found)}

    def is_macro(self, package: str) -> bool:
        return any("proc-macro" in target["kind"] for target in self.packages[package]["targets"])

    def names(self, start: set[str], below: Callable[[str], set[str]]) -> set[str]:
        """The names of these crates, and of those below them."""
        found, waiting = set(), list(start)
        while waiting:
            package = waiting.pop()
            if package not in found:
                found.add(package)
                waiting += below(package)
        return {self.packages[package]["name"] for package in found}


def kinds(edge: dict) -> set[str | None]:
    """What a dependency is for: `None` is neither building nor testing."""
    return {kind["kind"] for kind in edge["dep_kinds"]}


def wrong_in_core(tree: Tree, core: dict) -> list[str]:
    """Crates that come with the core and must not."""
    forbidden = tree.names(tree.built_for(core["id"]), tree.built_for) & FORBIDDEN_IN_CORE
    # The manifest says which dependencies are there without any feature; the graph has what is below those.
    always = {
        dependency["name"]
        for dependency in core["dependencies"]
        if dependency["kind"] != "dev" and not dependency["optional"]
    }
    direct = {found for found in tree.linked_with(core["id"]) if tree.packages[found]["name"] in always}
    unexpected = (tree.names(direct, tree.linked_with) | always) - CORE_WITHOUT_FEATURES
    return [f"iris-core pulls in {name}" for name in sorted(forbidden)] + [
        f"iris-core without features pulls in {name}" for name in sorted(unexpected)
    ]


def feature_checks(ours: dict[str, dict]) -> list[str]:
    """One line of arguments a feature, and one for a crate without any."""
    lines = []
    for name, package in ours.items():
        alone = f"--package={name} --no-default-features"
        features = sorted(package["features"].keys() - {"default"})
        lines += [alone, *(f"{alone} --features={feature}" for feature in features)]
    return lines


def main() -> int:
    workspace = metadata()
    ours = our_packages(workspace)
    match sys.argv[1:]:
        case ["arrows"]:
            wrong = wrong_arrows(ours) + wrong_in_core(Tree(workspace), ours["iris-core"])
            print("\n".join(wrong) or f"{len(ours)} crates, every arrow points down")
            return 1 if wrong else 0
        case ["features"]:
            print("\n".join(feature_checks(ours)))
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())

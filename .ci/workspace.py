"""What the workspace's manifests say, checked against what ARCHITECTURE.md says.

`arrows` fails if a crate depends on one that it must not know.
`features` prints the arguments of `cargo clippy` for each feature of each crate alone.
"""

import json
import subprocess
import sys
from pathlib import Path

# Which of our crates each one may depend on, tests and benchmarks included.
ALLOWED = {
    "iris-core": set(),
    "iris-grpc": {"iris-core"},
    # Only its binary; see `grpc_in_http_library`.
    "iris-http": {"iris-core", "iris-grpc"},
    "iris-py": {"iris-core"},
    "iris-benches": {"iris-core", "iris-http"},
}

# What must not come with the core's default features: it knows no transport.
FORBIDDEN_IN_CORE = ("axum", "hyper", "pyo3", "tokio", "tonic")


def metadata() -> dict:
    """What cargo knows of the workspace's own crates."""
    command = ["cargo", "metadata", "--format-version=1", "--no-deps", "--locked"]
    return json.loads(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def wrong_arrows(packages: list[dict]) -> list[str]:
    """Dependencies between our crates that are not allowed."""
    ours = {package["name"] for package in packages}
    unknown = [f"{name} is not listed in .ci/workspace.py" for name in sorted(ours - ALLOWED.keys())]
    wrong = [
        f"{package['name']} must not depend on {dependency['name']}"
        for package in packages
        for dependency in package["dependencies"]
        if dependency["name"] in ours - ALLOWED.get(package["name"], set())
    ]
    return unknown + wrong


def transports_in_core() -> list[str]:
    """Crates in the core's tree that it must do without."""
    command = ["cargo", "tree", "--package=iris-core", "--edges=normal", "--prefix=none", "--locked"]
    tree = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    names = {line.split()[0] for line in tree.splitlines() if line.strip()}
    return [f"iris-core pulls in {name}" for name in FORBIDDEN_IN_CORE if name in names]


def http_library() -> list[Path]:
    """The files of iris-http's library: those of the modules that lib.rs declares."""
    source = Path("iris-http/src")
    lines = (source / "lib.rs").read_text().splitlines()
    modules = [
        line.split("mod ", 1)[1].rstrip(";")
        for line in lines
        if line.startswith(("mod ", "pub mod ", "pub(crate) mod "))
    ]
    files = [source / "lib.rs", *(source / f"{module}.rs" for module in modules)]
    return files + [file for module in modules for file in (source / module).rglob("*.rs")]


def grpc_in_http_library() -> list[str]:
    """Modules that would make one transport's library need the other's."""
    return [
        f"{file} mentions iris_grpc, which is for the binary alone"
        for file in http_library()
        if "iris_grpc" in file.read_text()
    ]


def feature_checks(packages: list[dict]) -> list[str]:
    """One line of arguments a feature, and one for a crate without any."""
    lines = []
    for package in packages:
        alone = f"--package={package['name']} --no-default-features"
        lines.append(alone)
        lines += [
            f"{alone} --features={feature}" for feature in sorted(package["features"]) if feature != "default"
        ]
    return lines


def main() -> int:
    packages = metadata()["packages"]
    match sys.argv[1:]:
        case ["arrows"]:
            wrong = wrong_arrows(packages) + transports_in_core() + grpc_in_http_library()
            print("\n".join(wrong) or f"{len(packages)} crates, every arrow points down")
            return 1 if wrong else 0
        case ["features"]:
            print("\n".join(feature_checks(packages)))
            return 0
        case _:
            print(__doc__, file=sys.stderr)
            return 2


if __name__ == "__main__":
    sys.exit(main())

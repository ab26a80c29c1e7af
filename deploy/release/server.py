"""The server as an archive: one static binary, what it is made of, and its units for systemd."""

from __future__ import annotations

import gzip
import os
import subprocess
import tarfile
from pathlib import Path

# What stands beside the binary, counted from the repository's root.
BESIDE = ["README.md", "CHANGELOG.md", "SECURITY.md", "LICENSE-MIT", "LICENSE-APACHE", "deploy/systemd"]


def build(root: Path, folder: Path, version: str) -> None:
    """Builds the binary and packs it; the same commit gives the same bytes."""
    host = host_of(root)
    target = root / "target" / "static"
    cargo_home = os.environ.get("CARGO_HOME", Path.home() / ".cargo")
    # As the image is linked; paths of this machine are mapped to fixed ones.
    remap = f"--remap-path-prefix={root}=/iris --remap-path-prefix={cargo_home}=/cargo"
    own = {"CARGO_TARGET_DIR": str(target), "RUSTFLAGS": f"-C target-feature=+crt-static {remap}"}
    command = ["cargo", "build", "--release", "--locked", "--target", host, "--package", "iris-server"]
    subprocess.run(command, cwd=root, env=os.environ | own, check=True)
    binary = target / host / "release" / "iris-server"
    prove(binary, version)
    name = f"iris-server-{version}-{host}"
    with (
        open(folder / f"{name}.tar.gz", "wb") as file,
        gzip.GzipFile(filename="", mode="wb", fileobj=file, mtime=0) as zipped,
        tarfile.open(fileobj=zipped, mode="w", format=tarfile.PAX_FORMAT) as archive,
    ):
        members = {f"{name}/iris-server": binary, f"{name}/LICENSES.txt": folder / "LICENSES.txt"}
        members |= {f"{name}/{Path(path).name}": root / path for path in BESIDE}
        for member, path in sorted(members.items()):
            archive.add(path, member, filter=anonymous)


def host_of(root: Path) -> str:
    said = subprocess.run(["rustc", "-vV"], cwd=root, check=True, capture_output=True, text=True).stdout
    return next(line.removeprefix("host: ") for line in said.splitlines() if line.startswith("host: "))


def prove(binary: Path, version: str) -> None:
    """Fails unless the binary runs, says its version, and asks for no loader."""
    said = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout.strip()
    assert said == f"iris-server {version}", said
    headers = subprocess.run(
        ["readelf", "--program-headers", binary], check=True, capture_output=True, text=True
    ).stdout
    assert "INTERP" not in headers, f"{binary} is not static"


def anonymous(member: tarfile.TarInfo) -> tarfile.TarInfo:
    """Neither who packed it nor when."""
    member.uid = member.gid = member.mtime = 0
    member.uname = member.gname = ""
    member.mode = 0o755 if member.isdir() or member.mode & 0o100 else 0o644
    return member

"""Control groups, of either version: what a container's limits are made of."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path("/sys/fs/cgroup")
# A quota is a millisecond at least; with the least the server stops and goes as shortly as can be.
LEAST_US = 1_000


@contextmanager
def memory(mib: int) -> Iterator[list[str]]:
    """What puts a command into a group of so much memory before it begins; empty where none may be made."""
    limit = str(mib << 20)
    with group("memory", {"memory.limit_in_bytes": limit}, {"memory.max": limit}) as wrapper:
        yield wrapper


@contextmanager
def processor(share: float) -> Iterator[list[str]]:
    """The same of so much of a core."""
    quota, period = str(LEAST_US), str(int(LEAST_US / share))
    old = {"cpu.cfs_period_us": period, "cpu.cfs_quota_us": quota}
    with group("cpu", old, {"cpu.max": f"{quota} {period}"}) as wrapper:
        yield wrapper


@contextmanager
def group(controller: str, old: dict[str, str], new: dict[str, str]) -> Iterator[list[str]]:
    for root, files in ((ROOT / controller, old), (ROOT, new)):
        if not (root / "cgroup.procs").exists():
            continue
        made = root / f"iris-chaos-{os.getpid()}-{controller}"
        try:
            made.mkdir(exist_ok=True)
            for name, value in files.items():
                (made / name).write_text(value)
        except OSError:
            remove(made)
            continue
        try:
            yield ["sh", "-c", f'echo $$ > {made}/cgroup.procs && exec "$@"', "sh"]
        finally:
            remove(made)
        return
    yield []


def remove(made: Path) -> None:
    """Once the last process has left it."""
    for _ in range(50):
        try:
            made.rmdir()
            return
        except FileNotFoundError:
            return
        except OSError:
            time.sleep(0.1)

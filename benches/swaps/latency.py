"""What a swap costs the requests that it comes amidst.

    cargo build --release && python benches/swaps/latency.py

wrk keeps 150 connections busy on one core, the server has the other one; once without a pause, and once with
one that leaves the server idle for part of the time. In turns nothing else happens, versions are written and
the index is asked for, which loads nothing, or each of them is loaded and takes the place of the one before.
The second is what the third has to be compared with: whoever writes and asks has a share of wrk's core.
"""

from __future__ import annotations

import argparse
import http.client
import os
import statistics
import sys
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

import bench_lab as lab  # noqa: E402  (found only from here on)

FILES = [lab.REPOSITORY / "iris-core" / "models" / "iris.onnx"]
PACED = lab.BENCHES / "wrk" / "paced.lua"
KINDS = {"nothing": None, "index": "/v2/repository/index", "swaps": "/v2/repository/models/swapped/load"}
LOADS: dict[str, tuple[Path, tuple[str, ...]]] = {
    "without a pause": (lab.SCRIPT, ()),
    "12 ms between": (PACED, ("12",)),
}
FIGURES = ["p50_us", "p99_us", "p999_us", "max_us"]


class Changes:
    """Versions that are written, and what is asked for behind each, until it is told to stop."""

    def __init__(self, models: Path, files: list[Path], address: str, path: str, pause: float) -> None:
        self.models, self.path, self.pause, self.count = models, path, pause, 0
        self.contents = [file.read_bytes() for file in files]
        self.name = f"model{''.join(files[0].suffixes)}"
        self.connection = http.client.HTTPConnection(address)
        self.stopped = threading.Event()
        self.thread = threading.Thread(target=self.run)

    def __enter__(self) -> Changes:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stopped.set()
        self.thread.join()

    def run(self) -> None:
        while not self.stopped.wait(self.pause):
            put(self.models, self.name, self.contents[self.count % len(self.contents)])
            self.connection.request("POST", self.path, "{}", {"content-type": "application/json"})
            response = self.connection.getresponse()
            response.read()
            assert response.status == 200, response.status
            self.count += 1


def put(models: Path, name: str, content: bytes) -> None:
    """The next version, in one step; the one before it goes."""
    versions = sorted(int(path.name) for path in (models / "swapped").iterdir())
    beside = models / ".next"
    beside.mkdir()
    (beside / name).write_bytes(content)
    beside.rename(models / "swapped" / str(versions[-1] + 1 if versions else 1))
    for version in versions[:-2]:
        (models / "swapped" / str(version) / name).unlink()
        (models / "swapped" / str(version)).rmdir()


def measured(load: Callable[[], dict[str, float]], changes: Changes | None) -> dict[str, float]:
    if changes is None:
        return load() | {"changes": 0}
    with changes:
        figures = load()
    return figures | {"changes": changes.count}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--server", type=Path, default=Path(os.environ.get("IRIS_SERVER", lab.IRIS_SERVER)))
    parser.add_argument(
        "--files", type=Path, nargs="+", default=FILES, help="of the same flowers, which take turns"
    )
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--pause", type=float, default=0.1, help="seconds between changes")
    parser.add_argument("--connections", type=int, default=150)
    arguments = parser.parse_args()
    os.sched_setaffinity(0, {lab.LOAD_CORE})
    with tempfile.TemporaryDirectory() as folder:
        models = Path(folder)
        (models / "swapped").mkdir()
        put(models, f"model{''.join(arguments.files[0].suffixes)}", arguments.files[0].read_bytes())
        command = lab.pinned(lab.SERVER_CORE, arguments.server, "--models", models, "--allow-loading")
        command += ["--http", "127.0.0.1:0", "--grpc", "off", "--threads", "1"]
        with lab.listening(command, {"OTEL_SDK_DISABLED": "true"}) as (_, address):
            failed = 0.0
            print("| load | meanwhile | changes | req/s | p50 | p99 | p99.9 | longest | failed |")
            print("|---" * 9 + "|")
            for name, how in LOADS.items():
                rounds = in_turns(models, address, arguments, how)
                failed += sum(figures["failed"] for kind in rounds.values() for figures in kind)
                show(name, rounds)
            return 1 if failed else 0


def in_turns(
    models: Path, address: str, arguments: argparse.Namespace, how: tuple[Path, tuple[str, ...]]
) -> dict[str, list[dict[str, float]]]:
    rounds: dict[str, list[dict[str, float]]] = {kind: [] for kind in KINDS}

    def load() -> dict[str, float]:
        script, more = how
        output, _ = lab.wrk(address, arguments.connections, arguments.seconds, script, more).communicate()
        return lab.figures_of(output)

    for index in range(arguments.rounds):
        kinds = list(KINDS)
        for kind in kinds[index % 3 :] + kinds[: index % 3]:
            path = KINDS[kind]
            changes = Changes(models, arguments.files, address, path, arguments.pause) if path else None
            rounds[kind].append(measured(load, changes))
    return rounds


def show(name: str, rounds: dict[str, list[dict[str, float]]]) -> None:
    for kind, figures in rounds.items():
        of = {key: statistics.median(one[key] for one in figures) for key in figures[0]}
        times = " | ".join(f"{of[key] / 1e3:.2f} ms" for key in FIGURES)
        speed = statistics.median(one["requests"] / one["seconds"] for one in figures)
        print(f"| {name} | {kind} | {of['changes']:.0f} | {speed:.0f} | {times} | {of['failed']:.0f} |")
    for key in FIGURES[1:3]:
        pairs = zip(rounds["swaps"], rounds["index"], strict=True)
        more = [(swaps[key] - index[key]) / 1e3 for swaps, index in pairs]
        least, most = min(more), max(more)
        print(f"{name}: {key} {statistics.median(more):+.2f} ms with swaps, {least:+.2f} to {most:+.2f}")


if __name__ == "__main__":
    sys.exit(main())

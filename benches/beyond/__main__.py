"""The predictor beyond one server, all of it run: a table of what held and how fast it was.

`python3 benches/beyond` runs everything that this machine has the programs for; `--only edge` a part of it.
What fails leaves its output in target/beyond, and the exit says so. `--keep` writes RESULTS.md, in which the
parts that were not run stay as they are.
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
OUTPUT = ROOT / "target/beyond"
RESULTS = Path(__file__).with_name("RESULTS.md")
HEADING = """# Beyond one server

Made by `make beyond`, not by hand: the predictor in WebAssembly, behind events, on a stream and in the
engines that people run. Of those `iris-py/engines/measure.py` says what is measured: 200,000 rows of 10
numbers in Parquet, batches of 1,000 where the engine takes the size, one worker; the better of two runs, in
rows a second, with whatever the engine itself takes.

| part | what | result |
|---|---|---|
"""
WASM = ROOT / "iris-core/wasm"
MODELS = [
    "models/iris.onnx",
    "testdata/pickles/sgdclassifier_log_loss_wine.zlib.joblib",
    "testdata/trees/randomforestclassifier.joblib",
    "testdata/catboost/multiclass.cbm",
]


@dataclass
class Row:
    part: str
    what: str
    result: str
    is_well: bool = True

    def __str__(self) -> str:
        return f"| {self.part} | {self.what} | {self.result} |"


class Failed(Exception):
    """A command that did not do what it should."""


def run(name: str, *command: str | Path, cwd: Path = ROOT, **environment: str) -> str:
    """What a command prints; its output is kept where it fails."""
    done = subprocess.run(
        [str(part) for part in command],
        cwd=cwd,
        env={**os.environ, **environment},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    (OUTPUT / f"{name}.log").write_text(done.stdout, encoding="utf-8")
    if done.returncode != 0:
        raise Failed(f"failed: {(OUTPUT / f'{name}.log').relative_to(ROOT)}")
    return done.stdout


def lines(printed: str) -> list[dict]:
    return [json.loads(line) for line in printed.splitlines() if line.startswith("{")]


def closing(printed: str) -> str:
    """How many tests a runner says that there were; cargo's says it for each crate."""
    if counts := re.findall(r"^test result: ok\. (\d+) passed", printed, re.MULTILINE):
        return f"{sum(map(int, counts))} passed"
    for line in reversed(printed.splitlines()):
        if "passed" in line or line.startswith(("# pass", "ℹ pass")):
            return line.strip("= ").removeprefix("# ").removeprefix("ℹ ")
    return "ran"


def edge() -> Iterator[Row]:
    npm, bench = WASM / "npm", TARGET / "wasm-native"
    small = run("size-linear", WASM / "build.sh", "--no-default-features", OUTPUT=str(OUTPUT / "linear.wasm"))
    yield Row("edge", "module of the linear core with Iris", small.strip().rpartition(": ")[2])
    full = run("size", WASM / "build.sh")
    yield Row("edge", "module of all families", full.strip().rpartition(": ")[2])
    cargo = ["cargo", "run", "--quiet", "--manifest-path", WASM / "Cargo.toml", "--target-dir", bench]
    answers = run("answers", *cargo, "--example", "answers", "--", ROOT / "iris-core/testdata")
    (OUTPUT / "answers.jsonl").write_text(answers, encoding="utf-8")
    environment = {"ANSWERS": str(OUTPUT / "answers.jsonl")}
    node = run(
        "node", "node", "--test", "test/predictor.test.js", "test/cases.test.js", cwd=npm, **environment
    )
    yield Row("edge", "Node: every case to the bit", closing(node))
    if not (ROOT / "deploy/edge/node_modules/workerd").exists():
        run("npm", "npm", "ci", "--no-audit", "--no-fund", cwd=ROOT / "deploy/edge")
    server = TARGET / "debug/iris-server"
    if server.exists():
        environment["IRIS_SERVER"] = str(server)
    workers = run(
        "edge",
        "node",
        "--test",
        "--test-concurrency=1",
        "test/edge.test.js",
        cwd=ROOT / "deploy/edge",
        **environment,
    )
    yield Row("edge", "workerd, Chromium, the Worker beside the server", closing(workers))
    files = [ROOT / "iris-core" / file for file in MODELS]
    native = {
        line["model"]: line["ns"]
        for line in lines(run("native", *cargo, "--release", "--example", "speed", "--", *files))
    }
    first, *measured = lines(run("speed", "node", "test/speed.js", *files, cwd=npm))
    yield Row("edge", "Node: instantiated and first answer", f"{first['first']:.1f} ms")
    (worker,) = lines(run("first", "node", "test/first.js", cwd=ROOT / "deploy/edge"))
    what = "workerd: instantiated and first answer over HTTP, a later one"
    yield Row("edge", what, f"{worker['first']:.1f} ms, {worker['later']:.2f} ms")
    for line in measured:
        ratio = line["ns"] / native[line["model"]]
        what = f"{Path(line['model']).name}: a row in the module, before V8 has optimised it, natively"
        times = f"{line['ns']:.1f} ns, {line['early']:.0f} ns, {native[line['model']]:.1f} ns"
        yield Row("edge", what, f"{times}: {ratio:.2f} ×")


def engines() -> Iterator[Row]:
    python = os.environ.get("ENGINES_PYTHON", sys.executable)
    tests = run("engines", python, "-m", "pytest", "-q", "-p", "no:cacheprovider", "iris-py/engines")
    yield Row("engines", "the same bits in each, also with a worker killed; the pages", closing(tests))
    for line in lines(run("measure", python, "iris-py/engines/measure.py")):
        what = f"{line['engine']}, {line['model']}: rows a second, scikit-learn's"
        yield Row("engines", what, f"{line['rows a second']:,}, {line['scikit-learn']:,}: {line['times']} ×")


def events() -> Iterator[Row]:
    tests = run(
        "events", "cargo", "test", "--quiet", "--workspace", "--all-features", "--test", "it", "events::"
    )
    yield Row("events", "CloudEvents, batches, Pub/Sub, statuses", closing(tests))


def stream() -> Iterator[Row]:
    """With a broker where there is one: `STREAM_EVENTS` events, and `STREAM_AWAY` seconds without it."""
    program = os.environ.get("NATS_SERVER", "nats-server")
    if not shutil.which(program) and not Path("/usr/sbin/nats-server").exists():
        yield Row("stream", "NATS JetStream", "left out: no nats-server (Debian has it as a package)")
        return
    # Without what it does with tables, which it has no use for here and which takes longest to build.
    build = ["cargo", "build", "--release", "--quiet", "--package", "iris-server"]
    build += ["--no-default-features", "--features", "stream"]
    run("stream-build", *build, "--target-dir", TARGET / "stream")
    python = os.environ.get("ENGINES_PYTHON", sys.executable)
    events = os.environ.get("STREAM_EVENTS", "20000")
    server = TARGET / "stream/release/iris-server"
    away = os.environ.get("STREAM_AWAY", "10")
    command = [python, "benches/beyond/stream.py", "--server", server, "--events", events, "--away", away]
    for line in lines(run("stream", *command)):
        what = f"{line['events']:,} events, {line['what']}: lost, answered twice"
        yield Row("stream", what, f"{line['lost']}, {line['answered twice']}", line["lost"] == 0)
        what = "events a second, and until half way with both processes"
        yield Row("stream", what, f"{line['events a second']:,}, {line['events a second with both']:,}")


PARTS: dict[str, Callable[[], Iterator[Row]]] = {
    "edge": edge,
    "events": events,
    "stream": stream,
    "engines": engines,
}


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--only", choices=PARTS, action="append", help="a part; may be repeated")
    parser.add_argument("--keep", action="store_true", help="write RESULTS.md")
    arguments = parser.parse_args()
    OUTPUT.mkdir(parents=True, exist_ok=True)
    is_well = True
    print("| part | what | result |\n|---|---|---|")
    rows: dict[str, list[str]] = {}
    for name in arguments.only or PARTS:
        try:
            for row in PARTS[name]():
                is_well &= row.is_well
                rows.setdefault(name, []).append(str(row))
                print(row, flush=True)
        except Failed as failed:
            is_well = False
            print(f"| {name} | | **{failed}** |", flush=True)
    if arguments.keep and is_well:
        keep(rows)
    return 0 if is_well else 1


def keep(rows: dict[str, list[str]]) -> None:
    before = RESULTS.read_text(encoding="utf-8").splitlines() if RESULTS.exists() else []
    kept = {name: [line for line in before if line.startswith(f"| {name} |")] for name in PARTS}
    table = [line for name in PARTS for line in rows.get(name, kept[name])]
    RESULTS.write_text(HEADING + "\n".join(table) + "\n", encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())

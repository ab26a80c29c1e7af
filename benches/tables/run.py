"""`iris-server predict` beside pandas with scikit-learn and polars with iris_py: writes `RESULTS.md` here.

    python3.12 -m venv target/tables-venv
    target/tables-venv/bin/pip install -r benches/tables/requirements.txt ./iris-py
    cargo build --release -p iris-server
    target/tables-venv/bin/python benches/tables/run.py

Each participant is a process that reads the file, answers its rows and writes the answers in the same
format; all take part in each round, in turns, on one core and on two. Of a round's times the peers' are
without the start of Python and its imports, ours is the whole process'. Medians count.
"""

from __future__ import annotations

import argparse
import datetime
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

import joblib
import numpy as np
import polars as pl
import sklearn
from sklearn.datasets import make_classification
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[1]
OURS = "iris-server predict"
PEERS = {"pandas, scikit-learn": "pandas", "polars, iris_py": "polars"}
N_FEATURES = 10
LABELS = np.array(["low", "middle", "high"])
MIB = 1 << 20


@dataclass(frozen=True)
class Run:
    """What became of one process."""

    seconds: float
    peak_mib: float


def train() -> object:
    x, y = make_classification(5_000, N_FEATURES, n_informative=8, n_classes=3, random_state=0)
    names = [f"x{index}" for index in range(N_FEATURES)]
    frame = pl.DataFrame(x, schema=names).to_pandas()
    return make_pipeline(StandardScaler(), LogisticRegression()).fit(frame, LABELS[y])


def write_rows(folder: Path, n_rows: int) -> None:
    """The same rows in both formats, as polars writes them: five digits a number, which CSV has in decimals."""
    random = np.random.default_rng(0)
    columns = {f"x{index}": np.round(random.normal(0, 2, n_rows), 4) for index in range(N_FEATURES)}
    rows = pl.DataFrame(columns)
    rows.write_csv(folder / "rows.csv")
    rows.write_parquet(folder / "rows.parquet")


def command_of(participant: str, server: Path, folder: Path, ending: str) -> tuple[list[str], Path]:
    model, rows = str(folder / "model.joblib"), str(folder / f"rows.{ending}")
    name = "iris" if participant == OURS else PEERS[participant]
    output = folder / f"{name}.{ending}"
    if participant == OURS:
        return [str(server), "predict", "--quiet", "--model", model, rows, "--output", str(output)], output
    return [sys.executable, str(HERE / "peers.py"), name, model, rows, str(output)], output


def run(participant: str, server: Path, folder: Path, ending: str, n_cores: int) -> Run:
    command, output = command_of(participant, server, folder, ending)
    output.unlink(missing_ok=True)
    cores = ",".join(map(str, range(n_cores)))
    variables = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "POLARS_MAX_THREADS"), str(n_cores))
    begin = time.perf_counter()
    process = subprocess.Popen(
        ["taskset", "-c", cores, *command], stdout=subprocess.PIPE, text=True, env=os.environ | variables
    )
    said = process.stdout.read()
    _, status, used = os.wait4(process.pid, 0)
    seconds = time.perf_counter() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode != 0:
        raise subprocess.CalledProcessError(process.returncode, command)
    return Run(seconds if participant == OURS else float(said), used.ru_maxrss / 1024)


def check(folder: Path, ending: str) -> None:
    """All have answered the same."""
    read = pl.read_csv if ending == "csv" else pl.read_parquet
    answers = {name: read(folder / f"{name}.{ending}")["prediction"] for name in ("iris", *PEERS.values())}
    for name, found in answers.items():
        if not found.equals(answers["iris"]):
            raise RuntimeError(f"{name} answers otherwise than iris in {ending}")


def measure(server: Path, folder: Path, rounds: int) -> dict[tuple[str, int, str], list[Run]]:
    participants = [OURS, *PEERS]
    found: dict[tuple[str, int, str], list[Run]] = defaultdict(list)
    for ending in ("csv", "parquet"):
        for index in range(rounds):
            for n_cores in (1, 2):
                for participant in participants[index % 3 :] + participants[: index % 3]:
                    once = run(participant, server, folder, ending, n_cores)
                    found[ending, n_cores, participant].append(once)
                    print(f"{ending} {n_cores} {participant}: {once.seconds:.2f} s", flush=True)
        check(folder, ending)
    return found


def report(found: dict[tuple[str, int, str], list[Run]], n_rows: int, rounds: int) -> str:
    today = datetime.datetime.now(datetime.UTC).date()
    lines = [
        "# Tables, beside pandas and polars",
        "",
        f"`benches/tables/run.py --rows {n_rows} --rounds {rounds}`, {platform.machine()},"
        f" Python {platform.python_version()}, scikit-learn {sklearn.__version__},"
        f" polars {pl.__version__}, {today}.",
        f"{n_rows:,} rows of {N_FEATURES} numbers through a scaler and a logistic regression of three classes, read"
        " from a file and",
        "written to one of the same format; everybody gives the same answers. Seconds are medians; the peers' are"
        " without the start of",
        "Python, ours is the whole process. The ratio is the median of the rounds' own: the peer's time by ours.",
        "",
        "| format | cores | participant | seconds | million rows/s | time by ours | most memory, MiB |",
        "|---|---|---|---|---|---|---|",
    ]
    for (ending, n_cores, participant), runs in found.items():
        ours = found[ending, n_cores, OURS]
        seconds = statistics.median(run.seconds for run in runs)
        ratio = statistics.median(a.seconds / b.seconds for a, b in zip(runs, ours, strict=True))
        shown = "" if participant == OURS else f"{ratio:.1f}×"
        peak = max(run.peak_mib for run in runs)
        lines.append(
            f"| {ending} | {n_cores} | {participant} | {seconds:.2f} | {n_rows / seconds / 1e6:.2f} | {shown}"
            f" | {peak:,.0f} |"
        )
    return "\n".join(lines) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--server", type=Path, default=REPOSITORY / "target" / "release" / "iris-server")
    parser.add_argument("--output", type=Path, default=HERE / "RESULTS.md")
    parser.add_argument("--folder", type=Path, help="where the rows are written, 2 GB of 10 million; else /tmp")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=arguments.folder) as name:
        folder = Path(name)
        joblib.dump(train(), folder / "model.joblib")
        write_rows(folder, arguments.rows)
        found = measure(arguments.server.resolve(), folder, arguments.rounds)
    text = report(found, arguments.rows, arguments.rounds)
    arguments.output.write_text(text)
    print(text)


if __name__ == "__main__":
    main()

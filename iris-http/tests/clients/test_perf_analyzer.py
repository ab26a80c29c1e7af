"""Triton's perf_analyzer, which asks for more than the protocol says and stops at anything unexpected."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest
from conftest import FLOWERS, TOOLS, Server

PROGRAM = TOOLS / "bin" / "perf_analyzer"


@pytest.mark.parametrize(
    "options",
    [
        ["-i", "http"],
        ["-i", "http", "--input-tensor-format", "json", "--output-tensor-format", "json"],
        ["-i", "grpc"],
        ["-i", "grpc", "--streaming", "--async"],
    ],
    ids=["http", "json", "grpc", "stream"],
)
def test_it_measures_us(options: list[str], server: Server, tmp_path: Path) -> None:
    assert PROGRAM.exists(), f"no {PROGRAM}; run iris-http/tests/clients/fetch_tools.sh {TOOLS}"
    data = tmp_path / "flowers.json"
    rows = [{"input-0": {"content": row, "shape": [1, 4]}} for row in FLOWERS.tolist()]
    data.write_text(json.dumps({"data": rows}))
    address = server.http if "http" in options else server.grpc
    # A few dozen requests a window: it is to run through, not to measure.
    window = ["--measurement-mode", "count_windows", "--measurement-request-count", "50"]
    command = [PROGRAM, "-m", "iris", "-u", address, "--input-data", data, *window, "-s", "1000", "-r", "3"]
    done = subprocess.run(
        [*command, *options],
        env={"LD_LIBRARY_PATH": str(TOOLS / "lib")},
        capture_output=True,
        text=True,
        timeout=120,
    )
    # 2 says that its figures did not settle.
    assert done.returncode in (0, 2), done.stdout + done.stderr
    assert "Throughput:" in done.stdout and "failed" not in done.stdout.lower()

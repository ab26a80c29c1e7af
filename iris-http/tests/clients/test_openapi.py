"""What /openapi.json says, against what the server does: by schemathesis, which makes requests of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from conftest import TEST_DATA, started

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


# One model of each form of answer; without a file, the embedded one.
MODELS = [
    None,
    "onnx/logistic_regression_three_ints_double.onnx",
    "regressors/linear_regression_one_target_double.onnx",
    "regressors/linear_regression_three_targets_double.onnx",
]


@pytest.mark.parametrize("model", MODELS)
def test_no_answer_is_undocumented(model: str | None, tmp_path: Path) -> None:
    with started(*([] if model is None else ["--model", f"model={TEST_DATA / model}"])) as server:
        check(server.url, tmp_path)


def check(url: str, tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "schemathesis",
        *("--config-file", Path(__file__).parent / "schemathesis.toml"),
        *("run", f"{url}/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "-n", "50"),
        *("--generation-deterministic", "--request-timeout", "10", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

"""What /openapi.json says, against what the server does: by schemathesis, which makes requests of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from conftest import Server

CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
]


def test_no_answer_is_undocumented(server: Server, tmp_path: Path) -> None:
    command = [
        Path(sys.executable).parent / "schemathesis",
        *("--config-file", Path(__file__).parent / "schemathesis.toml"),
        *("run", f"{server.url}/openapi.json"),
        *("--checks", ",".join(CHECKS)),
        *("--phases", "examples,coverage,fuzzing", "-n", "50"),
        *("--generation-deterministic", "--request-timeout", "10", "--no-color"),
    ]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr

"""The README's first own model, made and asked as it says."""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SERVER = Path(os.environ.get("IRIS_SERVER", TARGET / "debug" / "iris-server"))


def blocks() -> dict[str, str]:
    """The first block of each language under the heading."""
    text = (ROOT / "README.md").read_text(encoding="utf-8")
    section = text.split("\n## Your own model\n")[1]
    found = re.findall(r"^```(\w+)\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    return {language: code for language, code in reversed(found)}


@pytest.mark.skipif(not SERVER.exists(), reason="the server is not built")
def test_the_first_own_model_is_served_as_the_readme_says(tmp_path: Path) -> None:
    code = blocks()
    subprocess.run([sys.executable, "-c", code["python"]], cwd=tmp_path, check=True, timeout=120)
    run, curl = code["sh"].replace("\\\n", " ").splitlines()
    assert run.startswith("cargo run --release -- --model ")
    arguments = [*shlex.split(run)[4:], "--http", "127.0.0.1:0", "--grpc", "off"]
    server = subprocess.Popen(
        [SERVER, *arguments], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    assert server.stdout is not None
    with server, server.stdout as lines:
        address = next(lines).strip().removeprefix("listening http=")
        asked = [part.replace("127.0.0.1:8080", address) for part in shlex.split(curl)]
        answer = subprocess.run(asked, capture_output=True, check=True, timeout=20).stdout
        server.terminate()
    expected = json.loads(code["json"])
    given = json.loads(answer)
    assert given.keys() == expected.keys()
    for key, value in expected.items():
        if isinstance(value, float | dict):
            assert given[key] == pytest.approx(value, rel=1e-9)
        else:
            assert given[key] == value

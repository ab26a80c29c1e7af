"""What the README and the pages of the book say to type, typed, page by page.

Blocks of `sh` and `python` are run in order, in an empty folder. A block that begins with `iris-server` and a
flag, or with `cargo run --release`, starts a server, which stays until the next one or the end of the page. A
block of `text` or `json` is what the one before it printed; in it `…` stands for anything. `IRIS_SERVER`
names the binary.
"""

from __future__ import annotations

import fnmatch
import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
TARGET = Path(os.environ.get("CARGO_TARGET_DIR", ROOT / "target"))
SERVER = Path(os.environ.get("IRIS_SERVER", TARGET / "debug" / "iris-server"))
BLOCK = re.compile(r"^(<!-- not run: .* -->\n)?```(\w+)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
SERVE = re.compile(r"(iris-server|cargo run --release)(?= --|\s*(#.*)?$)")

PAGES = [
    "README.md",
    "docs/src/tutorials/first-model.md",
    "docs/src/tutorials/batch.md",
    "docs/src/tutorials/training-to-kubernetes.md",
    "docs/src/tutorials/day.md",
    "docs/src/how-to/files.md",
    "docs/src/how-to/refused.md",
    "docs/src/how-to/predict.md",
    "docs/src/how-to/config.md",
    "docs/src/how-to/verify.md",
    "docs/src/how-to/http.md",
    "docs/src/how-to/open-inference.md",
    "docs/src/how-to/events.md",
    "docs/src/how-to/tls.md",
    "docs/src/how-to/keys.md",
]


class Reader:
    """Somebody who types what a page says."""

    def __init__(self, folder: Path, limit: float) -> None:
        self.folder = folder
        self.limit = limit
        self.server: subprocess.Popen[str] | None = None
        self.addresses: dict[str, str] = {}
        self.printed = ""
        commands = folder / "commands"
        commands.mkdir()
        (commands / "iris-server").symlink_to(SERVER)
        path = os.pathsep.join([str(commands), str(Path(sys.executable).parent), os.environ["PATH"]])
        # Where a page takes the default, a free port serves as well.
        own = {"PATH": path, "IRIS_HTTP_ADDR": "127.0.0.1:0", "IRIS_GRPC_ADDR": "127.0.0.1:0"}
        self.environment = {**os.environ, **own}

    def start(self, line: str) -> None:
        self.stop()
        typed = line.removeprefix("cargo run --release").removeprefix("iris-server")
        arguments = [argument for argument in shlex.split(typed, comments=True) if argument != "--"]
        self.server = subprocess.Popen(
            [SERVER, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        assert self.server.stdout is not None
        for default in ("127.0.0.1:8080", "127.0.0.1:8081"):
            _, _, address = next(self.server.stdout).strip().rpartition("=")
            self.addresses[default] = address

    def stop(self) -> None:
        if self.server is not None:
            with self.server:
                self.server.terminate()
            assert self.server.returncode == 0
            self.server = None

    def run(self, language: str, code: str) -> None:
        for default, address in self.addresses.items():
            code = code.replace(default, address)
        shell = ["bash", "-euo", "pipefail"]
        command = [*([sys.executable] if language == "python" else shell), "-c", code]
        done = subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=self.limit,
        )
        assert done.returncode == 0, f"{code}\n{done.stdout}{done.stderr}"
        self.printed = done.stdout


def blocks(page: str) -> Iterator[tuple[str, str]]:
    """The language and the text of each block that is run, or printed by one."""
    is_run = True
    for left_out, language, text in BLOCK.findall((ROOT / page).read_text(encoding="utf-8")):
        if language in ("sh", "python"):
            is_run = not left_out
        if is_run:
            yield language, text


def agree(given: object, expected: object) -> bool:
    """Whether an answer is what the page shows: numbers to nine digits, `…` for anything."""
    match expected:
        case dict():
            is_alike = isinstance(given, dict) and given.keys() == expected.keys()
            return is_alike and all(agree(given[key], value) for key, value in expected.items())
        case list():
            is_alike = isinstance(given, list) and len(given) == len(expected)
            return is_alike and all(agree(*pair) for pair in zip(given, expected, strict=True))
        case float():
            return given == pytest.approx(expected, rel=1e-9)
        case str():
            return isinstance(given, str) and fits(given, expected)
        case _:
            return given == expected


def fits(text: str, pattern: str) -> bool:
    parts = [re.sub(r"([\[?*])", r"[\1]", part) for part in pattern.split("…")]
    return fnmatch.fnmatchcase(text, "*".join(parts))


@pytest.mark.skipif(not SERVER.exists(), reason="the server is not built")
@pytest.mark.parametrize("page", PAGES)
def test_what_a_page_says_to_type_does_what_it_says(page: str, tmp_path: Path) -> None:
    typed(page, tmp_path)


def typed(page: str, folder: Path, limit: float = 120) -> None:
    """Types a page in an empty folder; each block may take so many seconds."""
    reader = Reader(folder, limit)
    try:
        for language, text in blocks(page):
            if language == "json":
                assert agree(json.loads(reader.printed), json.loads(text)), f"{reader.printed}\n{text}"
            elif language == "text":
                printed = "\n".join(line.rstrip() for line in reader.printed.strip().splitlines())
                assert fits(printed, text.strip()), f"{printed}\n{text}"
            elif language in ("sh", "python"):
                if language == "sh" and SERVE.match(text):
                    reader.start(text.splitlines()[0])
                else:
                    reader.run(language, text)
    finally:
        reader.stop()

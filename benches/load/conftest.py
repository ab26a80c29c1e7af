"""The tests see what the command sees; IRIS_SERVER and OTLP_RECEIVER name programs built elsewhere."""

from __future__ import annotations

import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))

import bench_lab as lab  # noqa: E402  (found only from here on)
import pytest  # noqa: E402
import receiver  # noqa: E402

lab.IRIS_SERVER = Path(os.environ.get("IRIS_SERVER", lab.IRIS_SERVER))
receiver.PROGRAM = Path(os.environ.get("OTLP_RECEIVER", receiver.PROGRAM))


@pytest.fixture(scope="session")
def answer() -> str:
    with lab.iris("answer", lab.IRIS_SERVER) as server:
        return lab.ask_for_json(server.address)[0]

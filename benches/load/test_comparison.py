"""Peers that answer wrongly, or not at all, and the traces of iris beside them."""

from __future__ import annotations

import json
import subprocess
import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import bench_lab as lab
import comparison
import pytest
from closed_loop import Wrk
from generators import Target
from plan import SHORT
from progress import Progress
from servers import Subject
from test_phases import real
from test_report import outcome

ANSWER = json.dumps({"predicted_species": "virginica", "prediction_probability": 0.9})


@contextmanager
def peer_that_says(status: int, body: str) -> Iterator[str]:
    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(status)
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body.encode())

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("status", "body", "reason"),
    [
        (200, ANSWER, None),
        (500, ANSWER, "HTTP Error 500"),
        (200, ANSWER.replace("virginica", "setosa"), "it answers setosa where iris answers virginica"),
        (200, "busy", "Expecting value"),
    ],
)
def test_a_peer_is_asked_once_before(
    status: int, body: str, reason: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    @contextmanager
    def running(*_: object) -> Iterator[tuple[Subject, None]]:
        with peer_that_says(status, body) as address:
            yield Subject(lab.Server("onnx", address, 0, None), Target(address)), None

    monkeypatch.setattr(comparison, "running", running)
    with ExitStack() as stack:
        started = comparison.start("onnx", stack, ANSWER)
        assert (reason in started) if reason else not isinstance(started, str)


def test_errors_are_not_throughput() -> None:
    ours, theirs = (
        outcome("peer", 150, 1_000, subject, f"{subject}, round 1") for subject in ("iris", "onnx")
    )
    assert theirs.load is not None
    theirs.load = replace(theirs.load, failures={"status": 7_500})
    _, ratio = comparison.ratios([ours, theirs])
    assert (ratio.requests_per_second, ratio.times) == (250, 4)


@real
def test_a_round_of_errors_fails() -> None:
    with peer_that_says(500, ANSWER) as address, subprocess.Popen(["sleep", "60"], text=True) as process:
        subject = Subject(lab.Server("onnx", address, process.pid, process), Target(address))
        made = comparison.round_("onnx", "onnx, round 1", Wrk(2, 1), (subject, None), time.monotonic())
        process.kill()
    assert made.load is not None and made.load.failed
    assert made.failure == "every answer was an error"


@real
def test_the_traces_of_all_rounds_are_counted_with_the_last(answer: str) -> None:
    plan = replace(SHORT, peer_rounds=2, peer=1)
    rounds = comparison.compare(plan, [], answer, time.monotonic(), Progress(2))
    assert [made.failure for made in rounds] == [None, None]
    first, last = rounds
    assert first.arrived is None and last.arrived is not None
    asked = sum(made.load.requests for made in rounds if made.load)
    assert last.arrived.received == last.arrived.answered >= asked

"""Nothing is waited for without an end."""

from __future__ import annotations

import subprocess
import time

import bench_lab as lab
import pytest


def test_a_program_that_says_nothing_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "START_S", 0.2)
    with pytest.raises(RuntimeError, match="sleep 60 did not start"), lab.listening(["sleep", "60"], {}):
        pass


def test_a_program_that_ends_is_not_asked_forever() -> None:
    with subprocess.Popen(["true"], text=True) as process:
        process.wait()
        with pytest.raises(RuntimeError, match="nothing answers"):
            lab.wait_until_it_answers(f"127.0.0.1:{lab.free_port()}", process)


def test_a_program_that_answers_nobody_is_given_up_on(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lab, "START_S", 0.2)
    with subprocess.Popen(["sleep", "60"], text=True) as process:
        with pytest.raises(RuntimeError, match="nothing answers"):
            lab.wait_until_it_answers(f"127.0.0.1:{lab.free_port()}", process)
        with pytest.raises(RuntimeError, match="has no worker"):
            lab.worker_of(process.pid)
        process.kill()


def test_a_program_that_does_not_heed_is_killed() -> None:
    script = "trap '' TERM; echo ready; while :; do sleep 0.1; done"
    with subprocess.Popen(["sh", "-c", script], stdout=subprocess.PIPE, text=True) as process:
        assert lab.next_line(process) == "ready\n"
        started = time.monotonic()
        lab.end(process, 0.3)
        assert process.wait() == -9
        assert time.monotonic() - started < 10

"""slowhttptest's four modes, with a thousand connections each."""

from __future__ import annotations

import os
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import bench_lab
import victims
from lab import Lab, behind
from promise import Outcome, promise
from subject import nginx

MODES = {
    "headers": (["-H", "-i", "5"], "req/s 0.66 ×, p99 1.6 ×"),
    "bodies": (["-B", "-i", "5", "-s", "8192", "-x", "10"], "req/s 0.72 ×, p99 1.65 ×"),
    "ranges": (["-R", "-a", "1", "-b", "3000"], ""),
    "reading": (["-X", "-w", "10", "-y", "20", "-n", "5", "-z", "32", "-k", "3"], "p99 95 ×"),
}


@contextmanager
def slow(program: Path, mode: str, address: str) -> Iterator[None]:
    # Slow reading needs answers worth reading; the page that describes the API is the largest.
    path = "/openapi.json" if mode in ("reading", "ranges") else "/predict"
    words = [*MODES[mode][0], "-c", 1000, "-r", 1000, "-l", 60, "-u", f"http://{address}{path}"]
    command = bench_lab.pinned(bench_lab.LOAD_CORE, program, *words)
    # It ends once all of its connections have, and then comes again.
    again = ["sh", "-c", 'while :; do "$@"; done', "sh", *command]
    null = subprocess.DEVNULL
    with subprocess.Popen(
        again, stdin=null, stdout=null, stderr=null, preexec_fn=behind, start_new_session=True
    ) as process:
        try:
            # Until all of them are there.
            time.sleep(2.0)
            yield
        finally:
            os.killpg(process.pid, signal.SIGKILL)


def run(lab: Lab, mode: str) -> Outcome:
    program = lab.debian("slowhttptest", "usr/bin/slowhttptest")
    if program is None:
        return Outcome("slowhttptest is not to be had here", None)

    def most(alone: float) -> float:
        # Below a millisecond the machine's own noise is more than a factor of two.
        return max(2 * alone, 2.0)

    with lab.iris() as server:
        ours = victims.outcome(lab, server.http, lambda: slow(program, mode, server.http), p99=most)
    if not lab.has_nginx():
        return ours
    with nginx() as server:
        theirs = victims.outcome(lab, server.http, lambda: slow(program, mode, server.http), p99=most)
    return victims.beside_nginx(ours, theirs)


for each, (_, before) in MODES.items():
    promise(
        f"A thousand slow clients ({each}) do not slow others",
        name=f"slow-{each}",
        kind="slow clients",
        anchor="nginx; slowhttptest",
        attack=f"slowhttptest {' '.join(MODES[each][0][:1])} with 1,000 connections; others ask for one row",
        bound="p99 ≤ 2 ×, none fails",
        before=before,
    )(partial(run, mode=each))

"""Runs the image as a pod would, under the limits of one, and measures it.

    python deploy/trials/image.py          # after `make image`; needs root, runc and wrk

Read-only root, no capabilities, no privileges to gain, a collector that is
down, 500 connections. Ends with 1 if the image is not what it should be, a
request failed, the server was killed, or a stop did not end it well.
"""

import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from bundle import bundle
from ports import free_port
from wrk import wrk, wrk_result

ARCHIVE = Path("target/image/iris-server.tar")
MOST_BYTES = 15_000_000
# CPUs and memory that a pod may take, and its buffer for traces: a pod held to what it requests,
# one at its limits, and one of `components/measured`.
LIMITS = [
    ("200m", 0.2, "128Mi", 128 << 20, "64MiB"),
    ("1000m", 1.0, "512Mi", 512 << 20, "64MiB"),
    ("1000m", 1.0, "128Mi", 128 << 20, "16MiB"),
]


def first_answer(url, process):
    """Waits for a 200, without a pause between tries."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.status == 200
        except OSError:
            continue
    raise SystemExit(f"the image did not start: {process.communicate()[1].decode()}")


def faults_of(image):
    """What an image for a locked down pod must have."""
    config = image["config"]
    wanted = {
        "a user that is not root": config.get("User", "").partition(":")[0] not in {"", "0", "root"},
        "a health check": config.get("Healthcheck", {}).get("Test") == ["CMD", "/iris-server", "health"],
        "its labels": all(
            config.get("Labels", {}).get(f"org.opencontainers.image.{name}")
            for name in ("title", "description", "licenses", "version", "revision")
        ),
        f"at most {MOST_BYTES:,} bytes": ARCHIVE.stat().st_size <= MOST_BYTES,
    }
    return [f"the image does not have {what}" for what, is_so in wanted.items() if not is_so]


def trial(cpu, cpus, memory, limit, buffer):
    """One line of the table, and whether all went well."""
    port = free_port()
    name = f"iris-image-{port}"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        image = bundle(folder, ARCHIVE, port, cpus, limit, buffer)
        faults = faults_of(image)
        started = time.perf_counter()
        process = subprocess.Popen(
            ["runc", "run", name], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        first_answer(f"http://127.0.0.1:{port}/health", process)
        start = (time.perf_counter() - started) * 1e3
        command = ["runc", "exec", name, *image["config"]["Healthcheck"]["Test"][1:]]
        check = subprocess.run(command, stdout=subprocess.DEVNULL)
        if check.returncode != 0:
            faults.append(f"the image's health check ended with {check.returncode}")
        load = wrk(f"http://127.0.0.1:{port}/predict", seconds=10, connections=500, folder=folder)
        _, failed, rate = wrk_result(load)
        state = subprocess.run(["runc", "state", name], capture_output=True, check=True).stdout
        status = Path(f"/proc/{json.loads(state)['pid']}/status").read_text()
        peak = int(re.search(r"VmHWM:\s+(\d+)", status)[1]) / 1024
        subprocess.run(["runc", "kill", name, "TERM"], check=True)
        log = process.communicate(timeout=40)[1].decode()
    if failed:
        faults.append(f"{failed} requests failed")
    if process.returncode != 0:
        faults.append(f"the server ended with {process.returncode}")
    threads = re.search(r"threads\D+(\d+)", log)[1]
    cells = [f"{cpu}, {memory}", buffer, threads, f"{start:.0f} ms", f"{rate:,.0f} req/s", failed]
    cells += [f"{peak:.0f} MiB", process.returncode]
    return f"| {' | '.join(map(str, cells))} |", faults


def main():
    for tool in ("runc", "wrk"):
        if shutil.which(tool) is None:
            raise SystemExit(f"there is no {tool} here; on Debian: apt-get install {tool}")
    if not ARCHIVE.exists():
        raise SystemExit(f"there is no {ARCHIVE}; make image makes it")
    print(f"{ARCHIVE.stat().st_size / 1e6:.1f} MB\n")
    print("| limits | traces | threads | runc to first 200 | 500 connections | failed | peak memory | exit |")
    print("|---|---|---|---|---|---|---|---|")
    faults = []
    for limits in LIMITS:
        line, found = trial(*limits)
        print(line, flush=True)
        faults += found
    for fault in faults:
        print(fault)
    raise SystemExit(1 if faults else 0)


if __name__ == "__main__":
    main()

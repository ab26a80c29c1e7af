"""Runs the image as a pod would, under the limits of one, and measures it.

    python deploy/trials/image.py          # after `make image`; needs root, runc and wrk

Read-only root, no capabilities, no privileges to gain, a collector that is
down, 500 connections. Ends with 1 if a request failed, the server was killed,
or a stop did not end it well.
"""

import json
import re
import resource
import shutil
import subprocess
import tempfile
import time
import urllib.request
from pathlib import Path

from ports import free_port
from wrk import wrk, wrk_result

BINARY = Path("target/image/iris-server")
# CPUs and bytes: what a pod is given, and what it may take.
LIMITS = [("200m", 0.2, "128Mi", 128 << 20), ("1000m", 1.0, "512Mi", 512 << 20)]
PERIOD = 100_000


def bundle(folder, port, cpus, memory):
    """An OCI bundle with the binary alone in its root."""
    (folder / "rootfs").mkdir()
    shutil.copy(BINARY, folder / "rootfs" / "iris-server")
    subprocess.run(["runc", "spec"], cwd=folder, check=True)
    spec = json.loads((folder / "config.json").read_text())
    files = min(65_536, resource.getrlimit(resource.RLIMIT_NOFILE)[1])
    spec["process"] |= {
        "terminal": False,
        "args": ["/iris-server", "--http", f"127.0.0.1:{port}", "--grpc", "off"],
        "env": ["OTEL_EXPORTER_OTLP_ENDPOINT=http://127.0.0.1:1"],
        "user": {"uid": 65_532, "gid": 65_532},
        "noNewPrivileges": True,
        "capabilities": {kind: [] for kind in spec["process"]["capabilities"]},
        "rlimits": [{"type": "RLIMIT_NOFILE", "hard": files, "soft": files}],
    }
    spec["root"]["readonly"] = True
    # The loopback of this machine, so that the load reaches it.
    spec["linux"]["namespaces"] = [each for each in spec["linux"]["namespaces"] if each["type"] != "network"]
    spec["linux"]["resources"] = {
        "memory": {"limit": memory, "swap": memory},
        "cpu": {"quota": int(cpus * PERIOD), "period": PERIOD},
    }
    (folder / "config.json").write_text(json.dumps(spec))


def first_answer(url, process):
    """Waits for a 200, without a pause between tries."""
    while process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=1) as answer:
                return answer.status == 200
        except OSError:
            continue
    raise SystemExit("the image did not start")


def trial(cpu, cpus, memory, limit):
    """One line of the table, and whether all went well."""
    port = free_port()
    name = f"iris-image-{port}"
    with tempfile.TemporaryDirectory() as folder:
        folder = Path(folder)
        bundle(folder, port, cpus, limit)
        started = time.perf_counter()
        process = subprocess.Popen(
            ["runc", "run", name], cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
        )
        first_answer(f"http://127.0.0.1:{port}/health", process)
        start = (time.perf_counter() - started) * 1e3
        load = wrk(f"http://127.0.0.1:{port}/predict", seconds=10, connections=500, folder=folder)
        _, failed, rate = wrk_result(load)
        pid = json.loads(subprocess.run(["runc", "state", name], capture_output=True, check=True).stdout)[
            "pid"
        ]
        peak = int(re.search(r"VmHWM:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())[1]) / 1024
        subprocess.run(["runc", "kill", name, "TERM"], check=True)
        log = process.communicate(timeout=40)[1].decode()
    threads = re.search(r"threads=(\d+)", log)[1]
    cells = [f"{cpu}, {memory}", threads, f"{start:.0f} ms", f"{rate:,.0f} req/s", failed]
    cells += [f"{peak:.0f} MiB", process.returncode]
    line = f"| {' | '.join(map(str, cells))} |"
    return line, failed == 0 and process.returncode == 0


def main():
    for tool, package in (("runc", "runc"), ("wrk", "wrk")):
        if shutil.which(tool) is None:
            raise SystemExit(f"there is no {tool} here; on Debian: apt-get install {package}")
    if not BINARY.exists():
        raise SystemExit(f"there is no {BINARY}; make image makes it")
    size = BINARY.stat().st_size / 1e6
    print(f"{size:.1f} MB\n")
    print("| limits | threads | runc to first 200 | 500 connections | failed | peak memory | exit |")
    print("|---|---|---|---|---|---|---|")
    well = True
    for limits in LIMITS:
        line, ended_well = trial(*limits)
        print(line, flush=True)
        well &= ended_well
    raise SystemExit(0 if well else 1)


if __name__ == "__main__":
    main()

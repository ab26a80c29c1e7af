"""Replaces replicas behind a balancer, one by one, under load: does a request fail?

    python deploy/trials/rollout.py --binary target/release/iris-server

Three trials: a rollout under HTTP, a rollout under gRPC, and replicas
killed under HTTP with a balancer that retries. Ends with 1 if a request failed
that should not have.
"""

import argparse
import shutil
import tempfile
from pathlib import Path

from balancer import Balancer
from calls import grpc_load, grpc_result
from ports import free_port
from replica import Replica
from wrk import wrk, wrk_result

NEEDED = {
    "haproxy": "apt-get install haproxy",
    "wrk": "apt-get install wrk",
    "taskset": "apt-get install util-linux",
}

# Of the balancer's log, shown when a trial failed.
LOG_LINES = 20


def replace(replicas, balancer, slot, start, end):
    """A new replica into the spare slot, then the one of `slot` is ended, which leaves that one spare."""
    spare = next(index for index, replica in enumerate(replicas) if replica is None)
    replicas[spare] = start()
    balancer.fill(spare, replicas[spare])
    end(replicas[slot])
    replicas[slot] = None


def trial(options, folder, load, result, end, retry):
    """Replacements for as long as the load lasts: requests answered and failed, replacements, and a log."""
    http_port, grpc_port = free_port(), free_port()
    balancer = Balancer(folder, options.replicas + 1, http_port, grpc_port, retry)
    replicas = [None] * (options.replicas + 1)

    def start():
        return Replica(options.binary, options.drain_delay, 0)

    try:
        for slot in range(options.replicas):
            replicas[slot] = start()
            balancer.fill(slot, replicas[slot])
        process, replaced = load(http_port, grpc_port, folder), 0
        while process.poll() is None:
            # The slots follow each other round, the spare one always behind.
            replace(replicas, balancer, replaced % len(replicas), start, end)
            replaced += 1
        return (*result(process)[:2], replaced, balancer.log())
    finally:
        balancer.stop()
        for replica in filter(None, replicas):
            replica.kill()


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--binary", type=Path, default=Path("target/release/iris-server"))
    parser.add_argument("--replicas", type=int, default=3)
    parser.add_argument("--seconds", type=int, default=60, help="of load, for each trial")
    parser.add_argument("--connections", type=int, default=50)
    parser.add_argument("--drain-delay", type=float, default=2.0, help="seconds")
    parser.add_argument("--only", default="", help="trials whose name has this in it")
    options = parser.parse_args()
    for tool, command in NEEDED.items():
        if shutil.which(tool) is None:
            raise SystemExit(f"there is no {tool} here; on Debian: {command}")
    if not options.binary.exists():
        raise SystemExit(f"there is no {options.binary}; cargo build --release makes it")

    def http(http_port, _, folder):
        return wrk(f"http://127.0.0.1:{http_port}/predict", options.seconds, options.connections, folder)

    def rpc(_, grpc_port, __):
        return grpc_load(f"127.0.0.1:{grpc_port}", options.seconds, 20)

    trials = [
        ("rollout, HTTP", http, wrk_result, Replica.terminate, False),
        ("rollout, gRPC", rpc, grpc_result, Replica.terminate, False),
        ("killed -9, HTTP, balancer retries", http, wrk_result, Replica.kill, True),
    ]
    failures = 0
    for name, load, result, end, retry in [each for each in trials if options.only in each[0]]:
        with tempfile.TemporaryDirectory() as folder:
            answered, failed, replaced, log = trial(options, Path(folder), load, result, end, retry)
        allowed = options.connections * replaced if end is Replica.kill else 0
        verdict = "ok" if answered and failed <= allowed else "FAILED"
        failures += verdict != "ok"
        print(
            f"{name:36} {answered:>9} answered {failed:>5} failed {replaced:>4} replaced  {verdict}",
            flush=True,
        )
        if verdict != "ok":
            print("\n".join(log[:LOG_LINES]))
    raise SystemExit(1 if failures else 0)


if __name__ == "__main__":
    main()

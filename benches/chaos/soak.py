"""An hour of everything at once: all doors, slow clients, attackers, reloads, outages of the collector.

    make soak                # an hour; target/chaos/soak.json
    make soak SOAK=120       # so many seconds

Ends with 1 unless memory and descriptors stay flat, every failure is explained, the receiver has every trace
that the server recorded, and these are no fewer than the clients' answers.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from dataclasses import asdict, dataclass, field
from pathlib import Path

HERE = Path(__file__).parent
sys.path[:0] = [str(HERE.parent), str(HERE.parent / "traces")]

import bench_lab  # noqa: E402  (found only from here on)
import forest  # noqa: E402
import http1  # noqa: E402
import http2  # noqa: E402
from lab import OUTPUT, Lab  # noqa: E402
from promises import dear, floods  # noqa: E402
from receiving import Receiver  # noqa: E402
from subject import Subject  # noqa: E402

RECEIVER = bench_lab.BENCHES / "receiver" / "target" / "release" / "otlp-receiver"
ROUND_S = 15
# In each round that has this turn the collector is away for so long.
OUTAGE_EVERY, OUTAGE_S = 3, 5
# What a round may add to memory without being a leak, and what allocators keep.
SLACK_MIB = 16
DEADLINE_MS = 10_000


@dataclass
class Look:
    """The server between two rounds."""

    at: float
    resident_mib: float
    descriptors: int
    threads: int


@dataclass
class Soak:
    seconds: float = 0.0
    rounds: int = 0
    due: int = 0
    answered: int = 0
    shed: int = 0
    unexplained: dict[str, int] = field(default_factory=dict)
    looks: list[Look] = field(default_factory=list)
    outages: int = 0
    reloads: int = 0
    recorded: int = 0
    """Traces of requests."""
    dropped: int = 0
    received: int = 0
    exit_code: int | None = None
    faults: list[str] = field(default_factory=list)


def traffic(server: Subject) -> list[tuple[str, bytes, float, str | None, bool]]:
    """Door, request, requests a second, gRPC method, and whether each takes a connection of its own."""
    infer = http2.INFER.decode()
    return [
        (server.http, http1.predict(1), 400, None, False),
        (server.http, http1.predict(1, "connection: close\r\n"), 50, None, True),
        (server.http, http1.predict(512), 20, None, False),
        (server.http, http1.predict(20_000), 0.5, None, False),
        (server.http, http1.infer(16), 100, None, False),
        (server.grpc, http2.model_infer(http1.rows(1)), 200, infer, False),
        (server.grpc, http2.model_infer(http1.rows(512)), 20, infer, False),
    ]


def annoy(lab: Lab, server: Subject, stack: ExitStack, flooding: ExitStack, turn: int) -> None:
    """Clients who stop until the round is over, and one who floods for a while."""
    head = http1.predict(1)[:-5]
    for data in (b"", b"P", head[:40], head, http1.predict(4000)):
        for _ in range(5):
            connection = http1.connect(server.http, 2, receive_buffer=4096)
            stack.callback(http1.reset_on_close(connection).close)
            connection.sendall(data)
    for _ in range(20):
        http1.reset_on_close(http1.connect(server.grpc)).close()
    http1.ask(server.http, dear.compressed(dear.empty_blocks(200_000)), 10)
    http1.ask(server.http, b"this is no HTTP\r\n\r\n", 2)
    name = sorted(floods.FLOODS)[turn % len(floods.FLOODS)]
    flooding.enter_context(lab.attacked(floods.flood, server.grpc, floods.FLOODS[name][0]))
    # Long enough to see what it does, and short enough that the round is one of traffic.
    time.sleep(3)


def one_round(lab: Lab, server: Subject, receiver: Receiver, turn: int, soak: Soak) -> None:
    with ExitStack() as stack:
        running = [
            stack.enter_context(
                lab.storming(
                    address,
                    request,
                    (rate, ROUND_S),
                    connections=4 if grpc else 100,
                    deadline_ms=DEADLINE_MS,
                    grpc=grpc,
                    fresh=fresh,
                )
            )
            for address, request, rate, grpc, fresh in traffic(server)
        ]
        with ExitStack() as flooding:
            annoy(lab, server, stack, flooding, turn)
        if turn % OUTAGE_EVERY == OUTAGE_EVERY - 1:
            # Ended in order, so that what it has acknowledged is in its file.
            receiver.stop()
            time.sleep(OUTAGE_S)
            receiver.start()
            soak.outages += 1
        server.signal(signal.SIGHUP)
        soak.reloads += 1
        for process in running:
            output, errors = process.communicate(timeout=ROUND_S + DEADLINE_MS / 1e3 + 30)
            if process.returncode:
                soak.faults.append(errors.strip())
                continue
            (said,) = json.loads(output)
            soak.due += said["due"]
            for end, n in said["ends"].items():
                if end == "answered":
                    soak.answered += n
                elif end == "shed":
                    soak.shed += n
                else:
                    soak.unexplained[end] = soak.unexplained.get(end, 0) + n


def metrics(server: Subject) -> str:
    return http1.ask(server.http, http1.get("/metrics", close=True), 10).body.decode()


def recorded(server: Subject) -> int:
    return metric(metrics(server), "iris_traces_recorded_total")


def metric(page: str, name: str) -> int:
    lines = [line for line in page.splitlines() if line.split("{")[0].split(" ")[0] == name]
    return int(sum(float(line.split("}")[-1].split()[0 if "{" in line else 1]) for line in lines))


def judge(soak: Soak) -> None:
    """What must not be."""
    if soak.unexplained:
        soak.faults.append(f"failures: {soak.unexplained}")
    if soak.recorded < soak.answered:
        soak.faults.append(f"{soak.answered:,} answered, {soak.recorded:,} traces recorded")
    if soak.dropped:
        soak.faults.append(f"{soak.dropped:,} traces dropped")
    if soak.received != soak.recorded:
        soak.faults.append(f"{soak.recorded:,} traces recorded, {soak.received:,} received")
    if soak.exit_code != 0:
        soak.faults.append(f"exit code {soak.exit_code}")
    # The first quarter is for caches and buffers to fill.
    looks = soak.looks[len(soak.looks) // 4 :]
    early, late = looks[: len(looks) // 2 or 1], looks[len(looks) // 2 :]
    for name, slack in (("resident_mib", SLACK_MIB), ("descriptors", 8), ("threads", 2)):
        first = max(getattr(look, name) for look in early)
        last = min(getattr(look, name) for look in late)
        # A leak is in every later look; a peak is in some.
        if last > first + slack:
            soak.faults.append(f"{name} grew: at most {first:.0f}, later at least {last:.0f}")


def run(lab: Lab, seconds: float) -> Soak:
    soak = Soak()
    with lab.iris() as plain:
        answer, _ = bench_lab.ask_for_json(plain.http)
    with tempfile.TemporaryDirectory() as name:
        receiver = Receiver(RECEIVER, Path(name), answer)
        variables = {
            "OTEL_TRACES_EXPORTER": "otlp",
            "OTEL_EXPORTER_OTLP_ENDPOINT": f"http://{receiver.address}",
            "OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf",
        }
        # Of four features under the name of iris, so that everybody's requests are for it.
        model = f"iris={forest.dear_model(300, 4)}"
        with lab.iris("--model", model, "--trace-buffer", "256MiB", variables=variables) as server:
            # Loading a model is a trace of its own, which the receiver does not count among requests.
            at_start = recorded(server)
            server.signal(signal.SIGHUP)
            time.sleep(1)
            per_reload = recorded(server) - at_start
            began = time.monotonic()
            while time.monotonic() - began < seconds and server.alive():
                one_round(lab, server, receiver, soak.rounds, soak)
                soak.rounds += 1
                time.sleep(1)
                soak.looks.append(look(server, began))
                print_round(soak)
            soak.seconds = time.monotonic() - began
            if server.alive():
                soak.dropped = metric(metrics(server), "iris_traces_dropped_total")
                soak.recorded = recorded(server) - at_start - per_reload * (1 + soak.reloads)
            soak.exit_code, _ = server.stop()
        soak.received = receiver.n_distinct_ids()
        receiver.stop()
    judge(soak)
    return soak


def look(server: Subject, began: float) -> Look:
    if not server.alive():
        return Look(time.monotonic() - began, float("nan"), 0, 0)
    return Look(time.monotonic() - began, server.resident_mib(), server.descriptors(), server.threads())


def print_round(soak: Soak) -> None:
    last = soak.looks[-1]
    print(
        f"{last.at:6.0f} s  {soak.answered:10,} answered  {soak.shed:,} shed  {soak.unexplained or ''}"
        f"  {last.resident_mib:.0f} MiB  {last.descriptors} descriptors  {last.threads} threads",
        flush=True,
    )


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, prog="soak"
    )
    parser.add_argument("--seconds", type=float, default=3600)
    parser.add_argument("--server", type=Path, default=bench_lab.IRIS_SERVER)
    parser.add_argument("--output", type=Path, default=OUTPUT)
    options = parser.parse_args()
    os.sched_setaffinity(0, {bench_lab.LOAD_CORE})
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    soak = run(Lab(options.server), options.seconds)
    options.output.mkdir(parents=True, exist_ok=True)
    (options.output / "soak.json").write_text(json.dumps(asdict(soak), indent=1) + "\n")
    print(
        f"{soak.answered:,} answered, {soak.shed:,} shed; {soak.recorded:,} traces recorded, "
        f"{soak.received:,} received, {soak.dropped} dropped; {soak.outages} outages, {soak.reloads} reloads"
    )
    print("\n".join(soak.faults) or "flat, and everything accounted for")
    return 1 if soak.faults else 0


if __name__ == "__main__":
    sys.exit(main())

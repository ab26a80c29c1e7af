"""Every request traced, and nothing lost: the traced server under load, and what reached the receiver.

Servers sit on core 0, one worker each; wrk and the receiver share core 1. Each of the traced servers has a
receiver of its own, which notes the id of every root span before it acknowledges a body, and compares the
traces of one body in `--sample` with the request in full. Fails if the traced server lost a trace, sent one
twice, or sent a wrong one. Needs nginx and wrk (Debian: nginx-light, wrk).

`--outage` kills the receiver under a steady load and starts it again: nothing may be lost, traces may come
twice. `--kill-server` stops the server under full load: the trace of every answered request must arrive.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import receiving
from receiving import Programs, Receiver, Verdict, lab

# Of the paced load: each connection waits this long after an answer, and wrk's timer ticks as coarsely.
PAUSE_MS = 2
STEADY_S = 5


def compare(options: argparse.Namespace, programs: Programs, connections: int, answer: str) -> list[Verdict]:
    """Rounds in turns at one number of connections, each server fresh."""
    with ExitStack() as stack:
        names = {"iris": ["traced"], "stock": []}[options.subject]
        names += ["stock"] if programs.stock.exists() else []
        receivers = {name: receiver(stack, options, programs, name, answer) for name in names}
        servers = [stack.enter_context(receiving.traced(name, programs, receivers[name])) for name in names]
        servers.append(stack.enter_context(lab.iris("untraced", programs.iris)))
        servers.append(stack.enter_context(lab.nginx(answer)))
        warm = {server.name: lab.load(server, connections, 1).requests for server in servers}
        rounds = lab.rounds_in_turns(servers, options.rounds, connections, options.seconds)
        options.raw[connections] = {
            name: [dataclasses.asdict(each) for each in of_server] for name, of_server in rounds.items()
        }
        print(f"\n{connections} connections, medians of {options.rounds} rounds, {options.seconds} s each")
        for server in servers:
            mib = lab.resident_mib(server.pid)
            lab.show(server.name, rounds[server.name], f", {mib:.1f} MiB at most")
        for other in ("untraced", "nginx", "stock"):
            if names[0] != other and other in rounds:
                lab.show_ratio(rounds, names[0], other)
        verdicts = []
        for server in servers[: len(names)]:
            answered = warm[server.name] + sum(round_.requests for round_ in rounds[server.name])
            verdicts.append(end(server, answered, receivers[server.name]))
        print()
        return verdicts


def outage(options: argparse.Namespace, programs: Programs, answer: str) -> Verdict:
    """The receiver dies under a steady load, and comes back after a while."""
    with ExitStack() as stack:
        name = {"iris": "traced", "stock": "stock"}[options.subject]
        sink = receiver(stack, options, programs, name, answer)
        server = stack.enter_context(receiving.traced(name, programs, sink))
        connections = max(1, options.rate * PAUSE_MS // 1000)
        seconds = STEADY_S + options.down + STEADY_S
        load = lab.wrk(
            server.address, connections, seconds, lab.BENCHES / "wrk" / "paced.lua", (str(PAUSE_MS),)
        )
        time.sleep(STEADY_S)
        sink.kill()
        print(f"receiver killed after {sink.n_ids()} traces; down for {options.down} s", flush=True)
        time.sleep(options.down)
        sink.start()
        restarted = time.monotonic()
        result = lab.result_of(load)
        print(
            f"{result.requests / result.seconds:.0f} req/s over {result.seconds:.0f} s, "
            f"p99 {result.p99_us / 1e3:.2f} ms, failed {result.failed}; "
            f"{lab.resident_mib(server.pid):.1f} MiB at most"
        )
        wait_for_the_backlog(sink, result.requests, options.patience)
        print(f"backlog gone, or given up on, {time.monotonic() - restarted:.0f} s after the restart")
        return end(server, result.requests, sink)


def stopped_under_load(options: argparse.Namespace, programs: Programs, answer: str) -> Verdict:
    """SIGTERM while wrk goes on."""
    with ExitStack() as stack:
        name = {"iris": "traced", "stock": "stock"}[options.subject]
        sink = receiver(stack, options, programs, name, answer)
        server = stack.enter_context(receiving.traced(name, programs, sink))
        load = lab.wrk(server.address, options.connections[0], options.seconds)
        time.sleep(options.seconds / 2)
        started = time.monotonic()
        receiving.stop(server)
        print(f"stopped in {time.monotonic() - started:.2f} s, exit code {server.process.returncode}")
        # What wrk got is the truth here: requests after the stop are refused, and nobody's loss.
        return shown(receiving.verdict(name, lab.result_of(load).requests, None, sink), sink)


def receiver(
    stack: ExitStack, options: argparse.Namespace, programs: Programs, name: str, answer: str
) -> Receiver:
    """A receiver with a folder of its own; both are gone at the end."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
    # The SDK fills bodies by the span, so a trace may begin in one and end in the next.
    flags = ["--split-traces"] if name == "stock" else []
    started = Receiver(programs.receiver, folder, answer, "--sample", str(options.sample), *flags)
    stack.callback(started.stop)
    return started


def wait_for_the_backlog(sink: Receiver, answered: int, patience: int) -> None:
    """Until as many traces are there as requests were answered, or for as long as there is patience."""
    deadline = time.monotonic() + patience
    while sink.n_distinct_ids() < answered and time.monotonic() < deadline:
        time.sleep(0.5)


def end(server: lab.Server, answered: int, sink: Receiver) -> Verdict:
    """Reads the server's own count, stops it, and compares."""
    counted = receiving.counted_by(server)
    told = receiving.stop(server)
    return shown(receiving.verdict(server.name, answered, told if counted is None else counted, sink), sink)


def shown(verdict: Verdict, sink: Receiver) -> Verdict:
    verdict.show()
    if complaints := sink.complaints():
        print(f"the receiver of {verdict.name} says:\n{complaints[:4000]}", file=sys.stderr)
    return verdict


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--connections", type=int, nargs="+", default=[50, 150, 300, 500])
    parser.add_argument("--sample", type=int, default=200, help="compare one body in this many in full")
    parser.add_argument("--subject", choices=("iris", "stock"), default="iris", help="whose traces count")
    parser.add_argument("--to", type=Path, help="every round, as JSON")
    kind = parser.add_mutually_exclusive_group()
    kind.add_argument("--outage", action="store_true", help="kill the receiver, start it again")
    kind.add_argument("--kill-server", action="store_true", help="stop the server under full load")
    parser.add_argument("--down", type=int, default=30, help="seconds without a receiver")
    parser.add_argument("--rate", type=int, default=5000, help="about as many requests a second in an outage")
    parser.add_argument("--patience", type=int, default=120, help="seconds to wait for the backlog")
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    own = Path("target") / "release"
    parser.add_argument(
        "--stock", type=Path, default=lab.BENCHES / "peers" / "stock_otel" / own / "stock-otel"
    )
    parser.add_argument("--receiver", type=Path, default=lab.BENCHES / "receiver" / own / "otlp-receiver")
    return parser.parse_args()


def main() -> int:
    options = arguments()
    options.raw = {}
    programs = Programs(options.server, options.stock, options.receiver)
    needed = [programs.iris, programs.receiver] + ([programs.stock] if options.subject == "stock" else [])
    if missing := programs.missing(*needed):
        print("\n".join(missing), file=sys.stderr)
        return 2
    with lab.iris("untraced", programs.iris) as server:
        answer, _ = lab.ask_for_json(server.address)
    if options.outage:
        faults = outage(options, programs, answer).faults(may_repeat=True, may_miss_counts=True)
    elif options.kill_server:
        faults = stopped_under_load(options, programs, answer).faults()
    else:
        for path in programs.missing(programs.stock):
            print(f"left out: {path}")
        verdicts = [compare(options, programs, n, answer)[0] for n in options.connections]
        faults = [fault for verdict in verdicts for fault in verdict.faults()]
        if options.to:
            said = [dataclasses.asdict(verdict) | {"lost": verdict.lost} for verdict in verdicts]
            options.to.write_text(json.dumps({"rounds": options.raw, "verdicts": said}))
    print("\n".join(faults) or "nothing lost, nothing wrong")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())

"""`/predict` against nginx answering `return 200` with the same body, in one run.

Both servers sit on core 0, one worker each; wrk loads one of them at a time from core 1, in turns. A round
gives requests a second, CPU microseconds a request of the server's process, and latencies; the medians of the
rounds and of the ratios within a round are what to quote. Needs nginx and wrk (Debian: nginx-light, wrk).
"""

from __future__ import annotations

import argparse
import sys
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import bench_lab as lab  # noqa: E402  (found only from here on)


def compare(servers: list[lab.Server], n_rounds: int, connections: int, seconds: int) -> None:
    for server in servers:
        lab.load(server, connections, 1)
    rounds = lab.rounds_in_turns(servers, n_rounds, connections, seconds)
    print(f"\nmedians of {n_rounds} rounds, {connections} connections, {seconds} s each")
    for server in servers:
        lab.show(server.name, rounds[server.name])
        print(f"{'':14} {lab.resident_mib(server.pid):9.1f} MiB at most")
    for server in servers[1:]:
        lab.show_ratio(rounds, server.name, "nginx")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--seconds", type=int, default=4, help="of each round")
    parser.add_argument("--connections", type=int, default=150)
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    parser.add_argument(
        "--extra-server", metavar="NAME=PATH", action="append", default=[], help="another build"
    )
    options = parser.parse_args()
    with ExitStack() as stack:
        iris = stack.enter_context(lab.iris("iris", options.server))
        body, size = lab.ask_for_json(iris.address)
        servers = [stack.enter_context(lab.nginx(body)), iris]
        for extra in options.extra_server:
            name, _, path = extra.partition("=")
            servers.append(stack.enter_context(lab.iris(name, Path(path))))
        nginx_size = lab.ask(servers[0].address)[1]
        print(f"an answer is {size} bytes from iris and {nginx_size} from nginx, head included")
        compare(servers, options.rounds, options.connections, options.seconds)
    return 0


if __name__ == "__main__":
    sys.exit(main())

"""What it costs that panics unwind: instructions of a request to two builds of the server.

    CARGO_PROFILE_RELEASE_PANIC=abort cargo build --release && cp target/release/iris-server /tmp/abort
    CARGO_PROFILE_RELEASE_PANIC=unwind cargo build --release && cp target/release/iris-server /tmp/unwind
    benches/instructions/unwinding.py /tmp/abort /tmp/unwind

Callgrind counts everything that the process does, for so many requests and for twice as many; the difference
is theirs. Needs valgrind. Benchmarks built by `cargo bench` always unwind, so they cannot tell.
"""

from __future__ import annotations

import re
import signal
import socket
import subprocess
import sys
from pathlib import Path

BODY = b'{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}'
FAST = b"content-type: application/json\r\n"
ROUTED = FAST + b"accept: application/problem+json\r\n"
REQUESTS = 2_000


def request(headers: bytes) -> bytes:
    """One request to `/predict`."""
    head = b"POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-length: %d\r\n" % len(BODY)
    return head + headers + b"\r\n" + BODY


def ask(address: tuple[str, int], message: bytes, times: int) -> None:
    """Sends it that often, each when the one before is answered."""
    with socket.create_connection(address) as connection:
        for _ in range(times):
            connection.sendall(message)
            answer = b""
            while not answer.endswith(b"}"):
                answer += connection.recv(4096)


def instructions(server: str, message: bytes, times: int) -> int:
    """What the whole life of a server takes that is asked so often."""
    command = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", server]
    command += ["--http=127.0.0.1:0", "--grpc=off", "--threads=1"]
    environment = {"OTEL_SDK_DISABLED": "true", "PATH": "/usr/bin:/bin"}
    pipe = subprocess.PIPE
    with subprocess.Popen(command, stdout=pipe, stderr=pipe, text=True, env=environment) as process:
        host, port = process.stdout.readline().strip().removeprefix("listening http=").rsplit(":", 1)
        ask((host, int(port)), message, times)
        process.send_signal(signal.SIGTERM)
        log = process.communicate()[1]
    return int(re.search(r"Collected : (\d+)", log)[1])


def of_a_request(server: str, headers: bytes) -> float:
    """Instructions of one."""
    message = request(headers)
    once, twice = (instructions(server, message, n * REQUESTS) for n in (1, 2))
    return (twice - once) / REQUESTS


def main() -> None:
    """Prints a row for each build."""
    for server in sys.argv[1:]:
        fast, routed = of_a_request(server, FAST), of_a_request(server, ROUTED)
        size = Path(server).stat().st_size
        print(f"{server}: {size:,} bytes; a request's instructions:", end=" ")
        print(f"{fast:,.0f} on the fast path, {routed:,.0f} through the router")


if __name__ == "__main__":
    main()

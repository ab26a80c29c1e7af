"""The doors for much at once: gRPC streams of tensors, and tensors in bytes over HTTP.

    cargo build --release
    cargo build --release --package iris-grpc --example stream_load
    python benches/doors/run.py

The server sits on core 0 with one thread, untraced, the load on core 1. Streams of 64 flowers a message are
counted in predictions a second. Tensors of 32,768 flowers (1 MiB) are counted in bytes that come in, beside a
server that does nothing with as many bytes but receive them and send as long an answer: that is what the
kernel lets through. Both take turns; medians of rounds, ratios within a round.
"""

from __future__ import annotations

import argparse
import json
import os
import socket
import statistics
import struct
import subprocess
import sys
import time
from contextlib import ExitStack
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1]))
import bench_lab as lab  # noqa: E402

STREAM_LOAD = lab.REPOSITORY / "target" / "release" / "examples" / "stream_load"
N_STREAMS, ROWS_A_MESSAGE = 8, 64
N_ROWS = 32_768
FLOWER = (6.7, 2.8, 4.9, 1.8)
# Receives requests as long as the first and answers with so many bytes, one client after the other.
SINK = """
import socket, sys
n_request, n_answer = map(int, sys.argv[1:])
listener = socket.create_server(("127.0.0.1", 0))
print(f"listening http=127.0.0.1:{listener.getsockname()[1]}", flush=True)
room, answer = bytearray(n_request), bytes(n_answer)
while True:
    client, _ = listener.accept()
    client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    n = 0
    while got := client.recv_into(room):
        n += got
        if n == n_request:
            client.sendall(answer)
            n = 0
"""


def tensor() -> bytes:
    """A request for the class of each flower."""
    numbers = struct.pack("<4d", *FLOWER) * N_ROWS
    tensor = {
        "name": "input-0",
        "shape": [N_ROWS, 4],
        "datatype": "FP64",
        "parameters": {"binary_data_size": len(numbers)},
    }
    output = {"name": "class_index", "parameters": {"binary_data": True}}
    head = json.dumps({"inputs": [tensor], "outputs": [output]}).encode()
    lines = [
        "POST /v2/models/iris/infer HTTP/1.1",
        "host: iris",
        "content-type: application/octet-stream",
        f"inference-header-content-length: {len(head)}",
        f"content-length: {len(head) + len(numbers)}",
        "",
        "",
    ]
    return "\r\n".join(lines).encode() + head + numbers


def connect(address: str) -> socket.socket:
    host, port = address.rsplit(":", 1)
    return socket.create_connection((host, int(port)))


def answer_len(address: str, request: bytes) -> int:
    """The length of an answer, with its head."""
    with connect(address) as client:
        client.sendall(request)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += client.recv(1 << 20)
        head, _, body = answer.partition(b"\r\n\r\n")
        lines = dict(line.lower().split(b": ", 1) for line in head.split(b"\r\n")[1:])
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(f"refused: {answer[:500]!r}")
        return len(head) + 4 + int(lines[b"content-length"])


def bytes_a_second(address: str, request: bytes, n_answer: int, seconds: float) -> float:
    """Of requests one after the other."""
    room = bytearray(n_answer)
    with connect(address) as client:
        began, n = time.perf_counter(), 0
        while time.perf_counter() < began + seconds:
            client.sendall(request)
            got = 0
            while got < n_answer:
                got += client.recv_into(room)
            n += 1
        return n * len(request) / (time.perf_counter() - began)


def predictions_a_second(address: str, seconds: float) -> float:
    """Of streams."""
    command = lab.pinned(lab.LOAD_CORE, STREAM_LOAD, address, seconds, N_STREAMS, ROWS_A_MESSAGE)
    n, took = subprocess.run(command, check=True, text=True, stdout=subprocess.PIPE).stdout.split()
    return int(n) / float(took)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--server", type=Path, default=lab.IRIS_SERVER)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=2, help="of each round")
    parser.add_argument("--to", type=Path, help="every round, as JSON")
    options = parser.parse_args()
    os.sched_setaffinity(0, {lab.LOAD_CORE})
    request, rounds = tensor(), []
    with ExitStack() as stack:
        _, http, grpc = stack.enter_context(lab.both_doors(options.server))
        n_answer = answer_len(http, request)
        sink = lab.pinned(lab.SERVER_CORE, sys.executable, "-c", SINK, len(request), n_answer)
        _, peer = stack.enter_context(lab.listening(sink, {}))
        for _ in range(options.rounds):
            rounds.append(
                {
                    "streams": predictions_a_second(grpc, options.seconds),
                    "tensors": bytes_a_second(http, request, n_answer, options.seconds),
                    "received": bytes_a_second(peer, request, n_answer, options.seconds),
                }
            )
            print(", ".join(f"{name} {each:,.0f}/s" for name, each in rounds[-1].items()), flush=True)
    ratio = statistics.median(each["tensors"] / each["received"] for each in rounds)
    streams = statistics.median(each["streams"] for each in rounds)
    print(f"{streams:,.0f} predictions/s in streams; tensors by what is received alone: {ratio:.2f}")
    if options.to:
        options.to.write_text(json.dumps(rounds))


if __name__ == "__main__":
    main()

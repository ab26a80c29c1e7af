"""A stream of flowers through NATS JetStream, two processes of `iris-server stream`, one killed half way.

`python3 benches/beyond/stream.py --server target/release/iris-server --events 1000000` needs nats-server,
nats-py and a server with the feature `stream`. Prints a line of JSON: how many were lost or answered
twice, and how fast.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator

import nats
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy

FLOWERS = [
    (b'{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}', b'"setosa"'),
    (b'{"sepal_length":5.9,"sepal_width":3.0,"petal_length":4.2,"petal_width":1.5}', b'"versicolor"'),
    (b'{"sepal_length":6.3,"sepal_width":3.3,"petal_length":6.0,"petal_width":2.5}', b'"virginica"'),
]

# What is published between two looks at what the broker has stored, so that its memory holds little.
CHUNK = 50_000


@contextlib.contextmanager
def broker() -> Iterator[int]:
    program = os.environ.get("NATS_SERVER") or shutil.which("nats-server") or "/usr/sbin/nats-server"
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory() as folder:
        command = [program, "-a", "127.0.0.1", "-p", str(port), "-js", "-sd", folder]
        child = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            while not listens(port):
                time.sleep(0.01)
            yield port
        finally:
            child.kill()
            child.wait()


def listens(port: int) -> bool:
    with socket.socket() as asked:
        return asked.connect_ex(("127.0.0.1", port)) == 0


def bridge(server: str, port: int, *more: str) -> subprocess.Popen[str]:
    command = [server, "stream", "--from", f"nats://127.0.0.1:{port}/flowers", "--ack-wait", "5s"]
    command += ["--to", f"nats://127.0.0.1:{port}/answers.iris", *more]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)


async def stored(js: nats.js.JetStreamContext, stream: str) -> int:
    return (await js.stream_info(stream)).state.messages


async def publish(client: nats.NATS, js: nats.js.JetStreamContext, n: int) -> None:
    for start in range(0, n, CHUNK):
        end = min(start + CHUNK, n)
        for index in range(start, end):
            await client.publish("flowers", FLOWERS[index % 3][0])
        await client.flush(60)
        while await stored(js, "flowers") < end:
            await asyncio.sleep(0.01)


async def answers(client: nats.NATS, js: nats.js.JetStreamContext, n: int) -> Counter[int]:
    """How often each message was answered, by its number; a wrong answer ends it."""
    found: Counter[int] = Counter()
    inbox = client.new_inbox()
    subscription = await client.subscribe(inbox, pending_msgs_limit=-1, pending_bytes_limit=-1)
    config = ConsumerConfig(
        deliver_subject=inbox, ack_policy=AckPolicy.NONE, deliver_policy=DeliverPolicy.ALL, mem_storage=True
    )
    await js.add_consumer("answers", config)
    for _ in range(n):
        message = await subscription.next_msg(timeout=60)
        sequence = int(message.headers["Iris-Sequence"])
        if FLOWERS[(sequence - 1) % 3][1] not in message.data:
            sys.exit(f"message {sequence} was answered {message.data!r}")
        found[sequence] += 1
    return found


async def run(server: str, n: int) -> dict[str, object]:
    with broker() as port:
        client = await nats.connect(f"nats://127.0.0.1:{port}", connect_timeout=10)
        js = client.jetstream(timeout=60)
        await js.add_stream(name="flowers", subjects=["flowers"])
        await js.add_stream(name="answers", subjects=["answers.>"], duplicate_window=600)
        await publish(client, js, n)
        began = time.monotonic()
        killed, other = bridge(server, port), bridge(server, port, "--until-empty")
        while await stored(js, "answers") < n // 2:
            await asyncio.sleep(0.005)
        killed.send_signal(signal.SIGKILL)
        killed.wait()
        half = time.monotonic() - began
        counts, _ = await asyncio.to_thread(other.communicate)
        took = time.monotonic() - began
        if other.returncode != 0:
            sys.exit(f"iris-server stream ended with {other.returncode}")
        found = await answers(client, js, await stored(js, "answers"))
        await client.close()
    lost = n - len(found)
    return {
        "events": n,
        "lost": lost,
        "answered twice": sum(times > 1 for times in found.values()),
        "answers dropped as known": int(dict(pair.split("=") for pair in counts.split())["again"]),
        "seconds": round(took, 1),
        "events a second": round(n / took),
        "events a second with both": round(n / 2 / half),
    }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", default="target/release/iris-server")
    parser.add_argument("--events", type=int, default=20_000)
    arguments = parser.parse_args()
    result = asyncio.run(run(arguments.server, arguments.events))
    print(json.dumps(result), flush=True)
    return 1 if result["lost"] else 0


if __name__ == "__main__":
    sys.exit(main())

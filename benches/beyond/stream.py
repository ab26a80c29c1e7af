"""A stream of flowers through NATS JetStream and two processes of `iris-server stream`: half way one of them
is killed; and again, with the broker going away instead.

`python3 benches/beyond/stream.py --server target/release/iris-server --events 1000000 --away 60` needs
nats-server, nats-py and a server with the feature `stream`. Prints a line of JSON for each: how many were
lost or answered twice, and how fast.
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
from collections.abc import AsyncIterator, Iterator

import nats
from nats.js.api import AckPolicy, ConsumerConfig

FLOWERS = [
    (b'{"sepal_length":5.1,"sepal_width":3.5,"petal_length":1.4,"petal_width":0.2}', b'"setosa"'),
    (b'{"sepal_length":5.9,"sepal_width":3.0,"petal_length":4.2,"petal_width":1.5}', b'"versicolor"'),
    (b'{"sepal_length":6.3,"sepal_width":3.3,"petal_length":6.0,"petal_width":2.5}', b'"virginica"'),
]

# What is published between two looks at what the broker has stored, so that its memory holds little.
CHUNK = 50_000

# What is asked for at once of the answers.
BATCH = 5000


class Broker:
    """A NATS server on a folder of its own, which can go away and come back on what it has stored."""

    def __init__(self, folder: str) -> None:
        program = os.environ.get("NATS_SERVER") or shutil.which("nats-server") or "/usr/sbin/nats-server"
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = free.getsockname()[1]
        self.command = [program, "-a", "127.0.0.1", "-p", str(self.port), "-js", "-sd", folder]
        self.start()

    def start(self) -> None:
        self.child = subprocess.Popen(self.command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        while not listens(self.port):
            time.sleep(0.01)

    def kill(self) -> None:
        self.child.kill()
        self.child.wait()


@contextlib.contextmanager
def running() -> Iterator[Broker]:
    with tempfile.TemporaryDirectory() as folder:
        broker = Broker(folder)
        try:
            yield broker
        finally:
            broker.kill()


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


async def answers(js: nats.js.JetStreamContext, n: int) -> Counter[int]:
    """How often each message was answered, by its number; a wrong answer ends it."""
    found: Counter[int] = Counter()
    # Batches that are asked for: a broker cuts off whoever takes what it sends on its own too slowly.
    config = ConsumerConfig(ack_policy=AckPolicy.NONE, mem_storage=True)
    subscription = await js.pull_subscribe("answers.>", config=config, pending_msgs_limit=-1)
    while found.total() < n:
        for message in await subscription.fetch(min(BATCH, n - found.total()), timeout=60):
            sequence = int(message.headers["Iris-Sequence"])
            if FLOWERS[(sequence - 1) % 3][1] not in message.data:
                sys.exit(f"message {sequence} was answered {message.data!r}")
            found[sequence] += 1
    return found


@contextlib.asynccontextmanager
async def connected(broker: Broker) -> AsyncIterator[tuple[nats.NATS, nats.js.JetStreamContext]]:
    client = await nats.connect(f"nats://127.0.0.1:{broker.port}", connect_timeout=10)
    try:
        yield client, client.jetstream(timeout=60)
    finally:
        await client.close()


async def run(server: str, n: int, away: float | None) -> dict[str, object]:
    """Of two processes one is killed half way; or the broker is, and stays away for so many seconds."""
    with running() as broker:
        async with connected(broker) as (client, js):
            await js.add_stream(name="flowers", subjects=["flowers"])
            await js.add_stream(name="answers", subjects=["answers.>"], duplicate_window=3600)
            await publish(client, js, n)
            began = time.monotonic()
            one, other = bridge(server, broker.port), bridge(server, broker.port, "--until-empty")
            while await stored(js, "answers") < n // 2:
                await asyncio.sleep(0.005)
        half = time.monotonic() - began
        if away is None:
            one.send_signal(signal.SIGKILL)
        else:
            broker.kill()
            await asyncio.sleep(away)
            broker.start()
        counts, _ = await asyncio.to_thread(other.communicate)
        took = time.monotonic() - began - (away or 0)
        one.terminate()
        one.wait()
        if other.returncode != 0:
            sys.exit(f"iris-server stream ended with {other.returncode}")
        async with connected(broker) as (_, js):
            found = await answers(js, await stored(js, "answers"))
    return {
        "what": "one of two processes killed" if away is None else f"the broker away for {away:g} s",
        "events": n,
        "lost": n - len(found),
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
    parser.add_argument("--away", type=float, default=10, help="seconds without a broker")
    arguments = parser.parse_args()
    n_lost = 0
    for away in (None, arguments.away):
        result = asyncio.run(run(arguments.server, arguments.events, away))
        print(json.dumps(result), flush=True)
        n_lost += result["lost"]
    return 1 if n_lost else 0


if __name__ == "__main__":
    sys.exit(main())

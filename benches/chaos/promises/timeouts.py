"""Every wait for a client has a limit."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from functools import partial

import http1
import http2
from lab import Lab
from promise import Outcome, promise

# What is left to each by default, and what a busy machine adds.
LIMIT_S, SLACK_S = 30.0, 3.0
# An idle connection harms nobody, as it is the first to go when slots run out.
IDLE_LIMIT_S = 60.0
PATIENCE_S = 68.0


def silent(address: str) -> float | None:
    return http1.seconds_until_closed(http1.connect(address), PATIENCE_S)


def says(data: bytes, address: str) -> float | None:
    connection = http1.connect(address)
    connection.sendall(data)
    return http1.seconds_until_closed(connection, PATIENCE_S)


def trickles(head: bytes, piece: bytes, address: str) -> float | None:
    """A byte or so a second, which no limit on idle time notices."""
    connection = http1.connect(address)
    connection.sendall(head)
    began = time.monotonic()
    while (gone := time.monotonic() - began) < PATIENCE_S:
        closed = http1.seconds_until_closed(connection, 1.0)
        if closed is not None:
            return gone + closed
        try:
            connection.sendall(piece)
        except OSError:
            return gone
    return None


def does_not_read(request: bytes, address: str) -> float | None:
    """Whether it was closed is told by writing, as reading would help it along."""
    connection = http1.connect(address, receive_buffer=4096)
    connection.sendall(request)
    began = time.monotonic()
    while (gone := time.monotonic() - began) < PATIENCE_S:
        time.sleep(0.5)
        try:
            connection.send(b"\r\n")
        except OSError:
            return gone
    return None


def let_go_after(address: str, sent: bytes, is_let_go: Callable[[int, int], bool]) -> float | None:
    """Seconds until a connection ends whose client answers pings, or until a frame that says so."""
    connection = http1.connect(address)
    connection.sendall(sent)
    began = time.monotonic()
    data = b""
    while (left := PATIENCE_S - (time.monotonic() - began)) > 0:
        connection.settimeout(left)
        try:
            piece = connection.recv(65536)
        except TimeoutError:
            return None
        except OSError:
            break
        if not piece:
            break
        data += piece
        while len(data) >= 9 and len(data) >= (end := 9 + int.from_bytes(data[:3])):
            kind, flags, stream, payload = data[3], data[4], data[8], data[9:end]
            data = data[end:]
            if is_let_go(kind, stream):
                return time.monotonic() - began
            if kind == http2.PING and not flags & http2.ACK:
                connection.sendall(http2.frame(http2.PING, http2.ACK, 0, payload))
    return time.monotonic() - began


def answers_pings(address: str) -> float | None:
    return let_go_after(address, http2.start(), lambda _kind, _stream: False)


def closed_window(address: str) -> float | None:
    """A call whose answer may not be sent, on a connection that answers everything else."""
    body = http2.message(http2.model_infer(http1.rows(100)))
    call = http2.frame(http2.HEADERS, http2.END_HEADERS, 1, http2.call(http2.INFER))
    sent = http2.start(initial_window_size=0) + call + http2.frame(http2.DATA, 1, 1, body)
    ends = (http2.RST_STREAM, http2.GOAWAY)
    return let_go_after(address, sent, lambda kind, stream: kind in ends and stream in (0, 1))


def stalled_message(address: str) -> float | None:
    """A call that is not complete, on a connection that may well be asked for more."""
    sent = CALL + http2.frame(http2.DATA, 0, 1, b"\x00\x00\x00\x10")
    ends = (http2.HEADERS, http2.RST_STREAM, http2.GOAWAY)
    return let_go_after(address, sent, lambda kind, stream: kind in ends and stream in (0, 1))


HEAD = b"POST /predict HTTP/1.1\r\nhost: iris\r\ncontent-type: application/json\r\n"
CALL = http2.start() + http2.frame(http2.HEADERS, http2.END_HEADERS, 1, http2.call(http2.INFER))

# Door, what the client does, limit, and what was seen before.
CLIENTS: dict[str, tuple[str, str, Callable[[str], float | None], float, str]] = {
    "silent": ("http", "connects and says nothing", silent, LIMIT_S, "60 s"),
    "one-byte": ("http", "sends one byte", partial(says, b"P"), LIMIT_S, "120 s"),
    "half-a-head": ("http", "sends half a head", partial(says, HEAD), LIMIT_S, ""),
    "slow-head": ("http", "sends a header a second", partial(trickles, HEAD, b"x-a: b\r\n"), LIMIT_S, ""),
    "stalled-body": (
        "http",
        "stops within a body on the fast path",
        partial(says, HEAD + b"content-length: 100\r\n\r\n[[1"),
        LIMIT_S,
        "90 s",
    ),
    "slow-body": (
        "http",
        "sends a byte of a body a second",
        partial(trickles, HEAD + b"content-length: 100000\r\n\r\n", b" "),
        LIMIT_S,
        "",
    ),
    "slow-chunks": (
        "http",
        "sends a chunk of a body a second",
        partial(trickles, HEAD + b"transfer-encoding: chunked\r\n\r\n", b"1\r\n \r\n"),
        LIMIT_S,
        "",
    ),
    "not-reading": (
        "http",
        "does not read its answer",
        partial(does_not_read, http1.predict(65_536)),
        LIMIT_S,
        "91 s",
    ),
    "kept-idle": (
        "http",
        "keeps a connection that it does not use",
        partial(says, http1.predict(1)),
        IDLE_LIMIT_S,
        "",
    ),
    "grpc-silent": ("grpc", "connects to gRPC and says nothing", silent, LIMIT_S, ""),
    "grpc-half-a-preface": ("grpc", "sends half a preface", partial(says, http2.PREFACE[:10]), LIMIT_S, ""),
    "grpc-settings": (
        "grpc",
        "sends preface and settings only",
        partial(says, http2.start()),
        LIMIT_S,
        "80 s",
    ),
    "grpc-pings": ("grpc", "answers pings and asks nothing", answers_pings, IDLE_LIMIT_S, "for ever"),
    "grpc-stalled-message": (
        "grpc",
        "stops within a message",
        stalled_message,
        LIMIT_S,
        "",
    ),
    "grpc-closed-window": ("grpc", "never opens the window of its call", closed_window, LIMIT_S, ""),
}


def watch(lab: Lab) -> dict[str, float | None]:
    """All of them at once, on one server; when the server gave each of them up."""
    found: dict[str, float | None] = {}
    with lab.iris() as server:
        doors = {"http": server.http, "grpc": server.grpc}

        def follow(name: str) -> None:
            door, _, client, *_ = CLIENTS[name]
            found[name] = client(doors[door])

        threads = [threading.Thread(target=follow, args=(name,), daemon=True) for name in CLIENTS]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(PATIENCE_S + 10)
    return found


def limit(lab: Lab, name: str) -> Outcome:
    seconds = lab.once("timeouts", lambda: watch(lab)).get(name)
    now = f"closed after {seconds:.0f} s" if seconds is not None else f"open after {PATIENCE_S:.0f} s"
    return Outcome(now, seconds is not None and seconds <= CLIENTS[name][3] + SLACK_S)


for each, (_, what, _, most, before) in CLIENTS.items():
    promise(
        f"A client that {what} is waited for no longer than {most:.0f} s",
        name=f"limit-{each}",
        kind="slow clients",
        anchor="nginx (client_header_timeout, client_body_timeout, send_timeout); hyper; Envoy",
        attack=f"a client {what}; the defaults",
        bound=f"≤ {most:.0f} s",
        before=before,
    )(partial(limit, name=each))

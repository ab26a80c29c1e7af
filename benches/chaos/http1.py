"""HTTP/1.1 as bytes: requests that are whole, and what a socket answers to any."""

from __future__ import annotations

import contextlib
import random
import socket
import struct
import time
from dataclasses import dataclass

FEATURES = ("sepal_length", "sepal_width", "petal_length", "petal_width")


def rows(n: int, n_features: int = 4) -> list[list[float]]:
    """The same ones each time."""
    source = random.Random(19)
    return [[round(source.uniform(0.1, 8), 1) for _ in range(n_features)] for _ in range(n)]


def post(path: str, body: bytes, headers: str = "") -> bytes:
    head = f"POST {path} HTTP/1.1\r\nhost: iris\r\ncontent-type: application/json\r\n"
    return f"{head}content-length: {len(body)}\r\n{headers}\r\n".encode() + body


def get(path: str, close: bool = False) -> bytes:
    headers = "connection: close\r\n" if close else ""
    return f"GET {path} HTTP/1.1\r\nhost: iris\r\n{headers}\r\n".encode()


def predict(n: int, headers: str = "", n_features: int = 4) -> bytes:
    """`POST /predict` of so many rows, each a list."""
    return post("/predict", predict_body(n, n_features), headers)


def predict_body(n: int, n_features: int = 4) -> bytes:
    cells = (",".join(map(str, row)) for row in rows(n, n_features))
    return ("[" + ",".join(f"[{each}]" for each in cells) + "]").encode()


def infer(n: int, headers: str = "") -> bytes:
    """`POST /v2/models/iris/infer` of so many rows in JSON."""
    data = ",".join(str(value) for row in rows(n) for value in row)
    tensor = f'{{"name":"input-0","datatype":"FP64","shape":[{n},4],"data":[{data}]}}'
    return post("/v2/models/iris/infer", f'{{"inputs":[{tensor}]}}'.encode(), headers)


def connect(address: str, timeout: float = 5.0, receive_buffer: int | None = None) -> socket.socket:
    host, _, port = address.rpartition(":")
    connection = socket.socket()
    if receive_buffer:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
    connection.settimeout(timeout)
    connection.connect((host, int(port)))
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return connection


def reset_on_close(connection: socket.socket) -> socket.socket:
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    return connection


@dataclass(frozen=True)
class Answer:
    """`status` is 0 where the connection ended, and -1 where nothing came in time."""

    status: int
    head: bytes = b""
    body: bytes = b""


def answer(connection: socket.socket, to_head: bool = False) -> Answer:
    """The next answer on a connection, whole; one to HEAD has no body, whatever it says."""
    data = b""
    try:
        while b"\r\n\r\n" not in data:
            piece = connection.recv(65536)
            if not piece:
                return Answer(0, data)
            data += piece
        head, _, body = data.partition(b"\r\n\r\n")
        status = int(head.split(None, 2)[1])
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")),
            None,
        )
        while length is not None and not to_head and len(body) < length:
            piece = connection.recv(65536)
            if not piece:
                return Answer(0, head, body)
            body += piece
        return Answer(status, head, body)
    except TimeoutError:
        return Answer(-1, data)
    except OSError:
        return Answer(0, data)


def ask(address: str, request: bytes, timeout: float = 5.0) -> Answer:
    """A request on a connection of its own, all of which is written before an answer is looked for."""
    try:
        with connect(address, timeout) as connection:
            with contextlib.suppress(OSError):
                connection.sendall(request)
            return answer(connection)
    except OSError:
        return Answer(0)


def seconds_until_closed(connection: socket.socket, patience: float) -> float | None:
    """Reads and throws away until the other end closes; None if it does not."""
    began = time.monotonic()
    while (left := patience - (time.monotonic() - began)) > 0:
        connection.settimeout(left)
        try:
            if not connection.recv(65536):
                return time.monotonic() - began
        except TimeoutError:
            return None
        except OSError:
            return time.monotonic() - began
    return None

"""HTTP/2 as a client sends it that keeps to the server's windows, and opens none of its own."""

from __future__ import annotations

import contextlib
import socket
import time

import http1
import http2

FRAME = 16384
FIRST_WINDOW = 65535


class Sender:
    """A connection whose calls are sent as far as the server takes them."""

    def __init__(self, address: str, **settings: int) -> None:
        self.connection = http1.reset_on_close(http1.connect(address))
        self.connection.sendall(http2.start(**settings))
        self._window = FIRST_WINDOW
        self._stream_windows: dict[int, int] = {}
        self._initial = FIRST_WINDOW
        self._data = b""
        self.is_open = True
        # How much may be sent on a stream is among the first that the server says.
        self._listen(0.5)

    def close(self) -> None:
        self.connection.close()

    def call(self, stream: int, body: bytes, ends: bool = True, patience: float = 1.0) -> bool:
        """Whether all of the body went out in time."""
        self._stream_windows[stream] = self._initial
        with contextlib.suppress(OSError):
            self.connection.sendall(
                http2.frame(http2.HEADERS, http2.END_HEADERS, stream, http2.call(http2.INFER))
            )
            until = time.monotonic() + patience
            while body and self.is_open and time.monotonic() < until:
                self._listen(0.0)
                n = min(FRAME, len(body), self._window, self._stream_windows[stream])
                if n <= 0:
                    self._listen(0.05)
                    continue
                is_last = ends and n == len(body)
                self.connection.settimeout(patience)
                self.connection.sendall(http2.frame(http2.DATA, http2.END_STREAM * is_last, stream, body[:n]))
                self._window -= n
                self._stream_windows[stream] -= n
                body = body[n:]
        return not body

    def _listen(self, seconds: float) -> None:
        """What the server says of its windows."""
        self.connection.settimeout(seconds or 0.0001)
        try:
            piece = self.connection.recv(1 << 20)
            self.is_open = self.is_open and bool(piece)
            self._data += piece
        except TimeoutError:
            return
        except OSError:
            self.is_open = False
        while len(self._data) >= 9 and len(self._data) >= (end := 9 + int.from_bytes(self._data[:3])):
            self._heard(self._data[:end])
            self._data = self._data[end:]

    def _heard(self, frame: bytes) -> None:
        kind, flags, stream = frame[3], frame[4], int.from_bytes(frame[5:9]) & 0x7FFFFFFF
        if kind == http2.WINDOW_UPDATE:
            grown = int.from_bytes(frame[9:13])
            if stream:
                self._stream_windows[stream] = self._stream_windows.get(stream, self._initial) + grown
            else:
                self._window += grown
        elif kind == http2.SETTINGS and not flags & http2.ACK:
            for at in range(9, len(frame), 6):
                if int.from_bytes(frame[at : at + 2]) == http2.INITIAL_WINDOW_SIZE:
                    self._initial = int.from_bytes(frame[at + 2 : at + 6])
        elif kind == http2.PING and not flags & http2.ACK:
            with contextlib.suppress(OSError, socket.timeout):
                self.connection.sendall(http2.frame(http2.PING, http2.ACK, 0, frame[9:]))
        elif kind == http2.GOAWAY:
            self.is_open = False

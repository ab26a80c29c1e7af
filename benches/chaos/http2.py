"""HTTP/2 as frames, well made and otherwise."""

from __future__ import annotations

import struct

PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
DATA, HEADERS, RST_STREAM, SETTINGS, PING, GOAWAY, WINDOW_UPDATE, CONTINUATION = 0, 1, 3, 4, 6, 7, 8, 9
ACK, END_STREAM, END_HEADERS = 1, 1, 4
HEADER_TABLE_SIZE, INITIAL_WINDOW_SIZE = 1, 4
CANCEL = 8


def frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


def settings(**values: int) -> bytes:
    names = {"header_table_size": HEADER_TABLE_SIZE, "initial_window_size": INITIAL_WINDOW_SIZE}
    return frame(SETTINGS, 0, 0, b"".join(struct.pack(">HI", names[k], v) for k, v in values.items()))


def start(**values: int) -> bytes:
    """What a client says first."""
    return PREFACE + settings(**values) + frame(SETTINGS, ACK, 0)


def text(value: bytes) -> bytes:
    """A string as HPACK has it, without Huffman's code."""
    return integer(len(value), 7) + value


def integer(value: int, bits: int) -> bytes:
    most = (1 << bits) - 1
    if value < most:
        return bytes((value,))
    out, value = bytearray((most,)), value - most
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes((value,))


def literal(name: bytes, value: bytes, indexed: bool = False) -> bytes:
    return (b"\x40" if indexed else b"\x00") + text(name) + text(value)


def call(path: bytes, content_type: bytes = b"application/grpc") -> bytes:
    """The header block of a POST."""
    block = b"\x83\x86" + b"\x04" + text(path) + b"\x01" + text(b"iris")
    return block + literal(b"content-type", content_type) + literal(b"te", b"trailers")


def message(body: bytes) -> bytes:
    """A gRPC message as DATA carries it."""
    return b"\x00" + struct.pack(">I", len(body)) + body


INFER = b"/inference.GRPCInferenceService/ModelInfer"


def model_infer(values: list[list[float]], model: str = "iris") -> bytes:
    """A `ModelInferRequest` with its rows as raw contents, in protobuf by hand."""
    n_features = len(values[0])
    shape = varint(len(values)) + varint(n_features)
    tensor = field(1, b"input-0") + field(2, b"FP64") + field(3, shape)
    raw = struct.pack(f"<{len(values) * n_features}d", *(value for row in values for value in row))
    return field(1, model.encode()) + field(5, tensor) + field(7, raw)


def field(number: int, value: bytes) -> bytes:
    return varint(number << 3 | 2) + varint(len(value)) + value


def varint(value: int) -> bytes:
    out = bytearray()
    while value >= 128:
        out.append(value % 128 + 128)
        value //= 128
    return bytes(out) + bytes((value,))

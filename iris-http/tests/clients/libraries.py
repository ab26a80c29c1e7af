"""The client libraries, each with messages of its own.

Three packages define the protobuf package `inference`, and protobuf refuses the second one in a process; so
each is imported with a descriptor pool of its own.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from google.protobuf import descriptor_pool


@contextmanager
def own_pool() -> Iterator[None]:
    """Generated modules that are imported inside register their messages apart."""
    default, pool = descriptor_pool.Default, descriptor_pool.DescriptorPool()
    descriptor_pool.Default = lambda: pool
    try:
        yield
    finally:
        descriptor_pool.Default = default


import tritonclient.grpc as triton_grpc  # noqa: E402
import tritonclient.grpc.aio as triton_grpc_aio  # noqa: E402
import tritonclient.http as triton_http  # noqa: E402
import tritonclient.http.aio as triton_http_aio  # noqa: E402

with own_pool():
    import kserve
    from kserve.protocol.infer_type import RequestedOutput

with own_pool():
    from open_inference.grpc import protocol as oip
    from open_inference.grpc.service import GRPCInferenceServiceStub

__all__ = [
    "GRPCInferenceServiceStub",
    "RequestedOutput",
    "kserve",
    "oip",
    "triton_grpc",
    "triton_grpc_aio",
    "triton_http",
    "triton_http_aio",
]

"""The client libraries, each with messages of its own.

Four packages define the protobuf package `inference`, and protobuf refuses the second one in a process; so
each is imported with a descriptor pool of its own.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from types import ModuleType

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


def package(name: str, of: str, folder: str) -> None:
    """Has a folder of another package imported under this name, without what that package imports itself."""
    spec = find_spec(of)
    assert spec is not None
    alone = ModuleType(name)
    alone.__path__ = [f"{place}/{folder}" for place in spec.submodule_search_locations or ()]
    sys.modules[name] = alone


package("mlserver_stubs", "mlserver", "grpc")
with own_pool():
    from mlserver_stubs import dataplane_pb2 as mlserver
    from mlserver_stubs import model_repository_pb2 as mlserver_repository
    from mlserver_stubs.dataplane_pb2_grpc import GRPCInferenceServiceStub as MLServerStub
    from mlserver_stubs.model_repository_pb2_grpc import ModelRepositoryServiceStub as MLServerRepositoryStub

__all__ = [
    "GRPCInferenceServiceStub",
    "MLServerRepositoryStub",
    "MLServerStub",
    "RequestedOutput",
    "kserve",
    "mlserver",
    "mlserver_repository",
    "oip",
    "triton_grpc",
    "triton_grpc_aio",
    "triton_http",
    "triton_http_aio",
]

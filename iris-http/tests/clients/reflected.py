"""Calls by what the server says of itself: its own reflection in place of generated stubs."""

from __future__ import annotations

from typing import Any

import grpc
from google.protobuf.descriptor_pool import DescriptorPool
from google.protobuf.message_factory import GetMessageClass
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase


class Service:
    """A service, described by the server at the other end of the channel."""

    def __init__(self, channel: grpc.Channel, name: str) -> None:
        self._channel, self._name = channel, name
        pool = DescriptorPool(ProtoReflectionDescriptorDatabase(channel))
        self._methods = pool.FindServiceByName(name).methods_by_name

    def message(self, method: str, **fields: Any) -> Any:
        """A request for a method."""
        return GetMessageClass(self._methods[method].input_type)(**fields)

    def call(self, method: str, request: Any, timeout: float = 30) -> Any:
        """One message, or an iterator of them, to the method; its answer, or an iterator of those."""
        described = self._methods[method]
        kind = "stream_stream" if described.client_streaming else "unary_unary"
        stub = getattr(self._channel, kind)(
            f"/{self._name}/{method}",
            request_serializer=lambda message: message.SerializeToString(),
            response_deserializer=GetMessageClass(described.output_type).FromString,
        )
        return stub(request, timeout=timeout)

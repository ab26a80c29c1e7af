"""gRPC's own services, by gRPC's own clients."""

from __future__ import annotations

import grpc
import pytest
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2
from grpc_reflection.v1alpha.proto_reflection_descriptor_database import ProtoReflectionDescriptorDatabase

SERVICES = {
    "grpc.health.v1.Health",
    "grpc.reflection.v1.ServerReflection",
    "grpc.reflection.v1alpha.ServerReflection",
    "inference.GRPCInferenceService",
    "iris.v1.Predictor",
}


def test_health(channel: grpc.Channel) -> None:
    stub = health_pb2_grpc.HealthStub(channel)
    for service in ("", "inference.GRPCInferenceService", "iris.v1.Predictor"):
        asked = health_pb2.HealthCheckRequest(service=service)
        assert stub.Check(asked).status == health_pb2.HealthCheckResponse.SERVING
        watch = stub.Watch(asked)
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
    unknown = health_pb2.HealthCheckRequest(service="nope")
    with pytest.raises(grpc.RpcError) as refused:
        stub.Check(unknown)
    assert refused.value.code() == grpc.StatusCode.NOT_FOUND
    watch = stub.Watch(unknown)
    assert next(watch).status == health_pb2.HealthCheckResponse.SERVICE_UNKNOWN
    watch.cancel()


def test_reflection_lists_and_describes(channel: grpc.Channel) -> None:
    database = ProtoReflectionDescriptorDatabase(channel)
    assert set(database.get_services()) == SERVICES
    assert database.FindFileContainingSymbol("iris.v1.Predictor").package == "iris.v1"


@pytest.mark.parametrize("version", ["v1", "v1alpha"])
def test_both_versions_of_reflection(version: str, channel: grpc.Channel) -> None:
    # The messages of the two are the same.
    call = channel.stream_stream(
        f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo",
        request_serializer=reflection_pb2.ServerReflectionRequest.SerializeToString,
        response_deserializer=reflection_pb2.ServerReflectionResponse.FromString,
    )
    answers = call(iter([reflection_pb2.ServerReflectionRequest(list_services="")]), timeout=30)
    assert {service.name for service in next(answers).list_services_response.service} == SERVICES

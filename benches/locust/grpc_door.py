"""Users of the two gRPC services."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path
from typing import Any

import grpc
import grpc.experimental.gevent
from flowers import WrongAnswer, check, flower
from locust import User, tag, task
from locust.env import Environment
from reporting import report

# The messages are made from the server's own .proto files at every start; grpc looks for them on the path.
sys.path.append(str(Path(__file__).parents[2] / "iris-grpc" / "proto"))
iris, iris_services = grpc.protos_and_services("iris/v1/predictor.proto")
oip, oip_services = grpc.protos_and_services("inference.proto")

# Without this a call would hold up every other user until it is answered.
grpc.experimental.gevent.init_gevent()

TIMEOUT_SECONDS = 30
CHANNEL_OPTIONS = [
    # Channels to the same address share one connection otherwise, and users have one each.
    ("grpc.use_local_subchannel_pool", 1),
    # A second attempt would hide a failure.
    ("grpc.enable_retries", 0),
]


class CallFailed(Exception):
    """A call that ended with another status than OK.

    grpc's own error says when it happened too, and Locust would count each as another kind.
    """


class GrpcDoor(User):
    """Asks for one flower at a time over its own connection, by either service as `--tags` has it."""

    abstract = True

    def __init__(self, environment: Environment) -> None:
        super().__init__(environment)
        self.channel = grpc.insecure_channel(environment.parsed_options.grpc_host, CHANNEL_OPTIONS)
        self.predictor = iris_services.PredictorStub(self.channel)
        self.inference = oip_services.GRPCInferenceServiceStub(self.channel)

    def on_stop(self) -> None:
        self.channel.close()

    @tag("iris.v1")
    @task
    def predict(self) -> None:
        call = partial(answer_of, self.predictor.Predict, iris.PredictRequest(**flower()))
        report(self.environment, "gRPC", "/iris.v1.Predictor/Predict", call, check_predict)

    @tag("oip")
    @task
    def model_infer(self) -> None:
        tensor = oip.ModelInferRequest.InferInputTensor(
            name="input-0",
            datatype="FP64",
            shape=[1, 4],
            contents=oip.InferTensorContents(fp64_contents=flower().values()),
        )
        wanted = [
            oip.ModelInferRequest.InferRequestedOutputTensor(name=name)
            for name in ("predict", "predict_proba")
        ]
        request = oip.ModelInferRequest(model_name="iris", inputs=[tensor], outputs=wanted)
        call = partial(answer_of, self.inference.ModelInfer, request)
        report(self.environment, "gRPC", "/inference.GRPCInferenceService/ModelInfer", call, check_infer)


def answer_of(method: grpc.UnaryUnaryMultiCallable, request: Any) -> Any:
    try:
        return method(request, timeout=TIMEOUT_SECONDS)
    except grpc.RpcError as error:
        raise CallFailed(f"{error.code().name}: {error.details()}") from None


def check_predict(answer: Any) -> None:
    check(answer.species, answer.probability)


def check_infer(answer: Any) -> None:
    outputs = {output.name: output.contents for output in answer.outputs}
    try:
        (species,) = outputs["predict"].bytes_contents
        probability = max(outputs["predict_proba"].fp64_contents)
    except (KeyError, ValueError):
        raise WrongAnswer("the outputs are not one label and its probabilities") from None
    check(species.decode(errors="replace"), probability)

"""That the server does what the manifests say it will."""

import subprocess
import urllib.request

import pytest
import yaml
from conftest import COLLECTOR, DEPLOY, KUBERNETES, SERVER, of_kind

MODEL = DEPLOY.parent / "iris-core" / "models" / "iris.onnx"
REFUSED = [
    ({"IRIS_MODELS": "/models/missing.onnx"}, "/models/missing.onnx"),
    ({"IRIS_MODELS": str(DEPLOY / "README.md")}, "README.md"),
    ({"IRIS_DRAIN_GRACE": "soon"}, "soon"),
    ({"IRIS_TRACE_BUFFER": "64 apples"}, "64 apples"),
    ({"IRIS_HTTP_ADDR": "8080"}, "8080"),
    ({"OTEL_TRACES_SAMPLER": "sometimes"}, "sometimes"),
    ({"OTEL_EXPORTER_OTLP_ENDPOINT": "collector"}, "collector"),
]


@pytest.mark.parametrize(("variables", "named"), REFUSED, ids=lambda value: str(value))
def test_a_pod_that_cannot_start_says_why_in_one_line(variables, named):
    own = {"IRIS_HTTP_ADDR": "127.0.0.1:0", "IRIS_GRPC_ADDR": "off", "IRIS_LOG_FORMAT": "json"}
    result = subprocess.run([SERVER], env=own | variables, capture_output=True, text=True, timeout=10)
    assert result.returncode != 0
    assert result.stdout == ""
    lines = [line for line in result.stderr.splitlines() if named in line]
    assert len(lines) == 1, result.stderr
    # What follows is at most where to read more.
    assert len(result.stderr.strip().splitlines()) <= 3, result.stderr


def answers(address):
    with urllib.request.urlopen(f"{address}/readyz", timeout=10) as answer:
        return answer.status == 200


def test_cloud_runs_container_serves(start):
    (service,) = of_kind(KUBERNETES / "overlays" / "cloudrun", "Service")
    container, collector = service["spec"]["template"]["spec"]["containers"]
    assert [port["containerPort"] for port in container["ports"]] == [8080] and "ports" not in collector
    variables = {variable["name"]: variable["value"] for variable in container["env"]}
    assert answers(start(variables, container["args"])[1])
    # The collector's configuration is that of deploy/otel.
    config = yaml.safe_load((COLLECTOR / "collector.yaml").read_text())
    for variable, served in (
        (variables["OTEL_EXPORTER_OTLP_ENDPOINT"], config["receivers"]["otlp"]["protocols"]["http"]),
        (f":{collector['startupProbe']['httpGet']['port']}", config["extensions"]["health_check"]),
    ):
        assert variable.rpartition(":")[2] == served["endpoint"].rpartition(":")[2]


def test_kserves_container_serves_the_model_of_a_service(start):
    folder = KUBERNETES / "overlays" / "kserve"
    (runtime,) = of_kind(folder, "ClusterServingRuntime")
    (service,) = of_kind(folder, "InferenceService")
    model = service["spec"]["predictor"]["model"]
    assert model["runtime"] == runtime["metadata"]["name"]
    formats = {each["name"] for each in runtime["spec"]["supportedModelFormats"]}
    assert model["modelFormat"]["name"] in formats
    assert model["protocolVersion"] in runtime["spec"]["protocolVersions"]
    (container,) = runtime["spec"]["containers"]
    # The controller asks for the container by this name, and fills in the service's.
    assert container["name"] == "kserve-container"
    filled = {
        "{{.Name}}": service["metadata"]["name"], "/mnt/models/model.onnx": str(MODEL),
        "0.0.0.0:8080": "127.0.0.1:0", "0.0.0.0:8081": "127.0.0.1:0",
    }  # fmt: skip
    arguments = container["args"]
    for placeholder, value in filled.items():
        assert any(placeholder in each for each in arguments)
        arguments = [each.replace(placeholder, value) for each in arguments]
    address = start({}, arguments)[1]
    with urllib.request.urlopen(f"{address}/v2/models/{service['metadata']['name']}/ready") as answer:
        assert answer.status == 200

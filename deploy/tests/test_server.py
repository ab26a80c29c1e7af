"""That the server does what the manifests say it will."""

import json
import shutil
import subprocess
import time
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


def kserves(folder, filled):
    """The service of an overlay, and its container's arguments as the controller and a test fill them in."""
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
    arguments = container["args"]
    filled = {"0.0.0.0:8080": "127.0.0.1:0", "0.0.0.0:8081": "127.0.0.1:0"} | filled
    for placeholder, value in filled.items():
        assert any(placeholder in each for each in arguments)
        arguments = [each.replace(placeholder, value) for each in arguments]
    assert not any("{{" in each for each in arguments)
    return service, arguments


def test_kserves_container_serves_the_model_of_a_service(start):
    filled = {"{{.Name}}": "iris", "/mnt/models/model.onnx": str(MODEL)}
    service, arguments = kserves(KUBERNETES / "overlays" / "kserve", filled)
    assert service["metadata"]["name"] == "iris"
    assert models(start({}, arguments)[1]) == {("iris", "1"): "READY"}


def test_kserves_container_serves_a_folder_of_models(start, tmp_path):
    """Each by its own name, and the versions that come while it serves, without a restart."""
    put(tmp_path, "roses/1")
    put(tmp_path, "lilies/3")
    folder = KUBERNETES / "overlays" / "kserve-models"
    service, arguments = kserves(folder, {"/mnt/models": str(tmp_path), "--watch=5s": "--watch=100ms"})
    assert "storageUri" in service["spec"]["predictor"]["model"]
    address = start({}, arguments)[1]
    assert models(address) == {("roses", "1"): "READY", ("lilies", "3"): "READY"}
    for name, version in (("roses", "1"), ("lilies", "3")):
        assert asked(address, name) == version
    put(tmp_path, "roses/2")
    deadline = time.monotonic() + 30
    while asked(address, "roses") != "2":
        assert time.monotonic() < deadline, models(address)
    assert asked(address, "lilies") == "3"


def put(folder, place):
    """A model, in one step, as the storage initializer and rsync put it there."""
    beside = folder / ".beside"
    beside.mkdir()
    shutil.copy(MODEL, beside / "model.onnx")
    (folder / place).parent.mkdir(exist_ok=True)
    beside.rename(folder / place)


def models(address):
    """What is served, and whether it is ready."""
    request = urllib.request.Request(f"{address}/v2/repository/index", data=b"{}", method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return {(each["name"], each["version"]): each["state"] for each in json.load(answer)}


def asked(address, name):
    """The version of a model that answers one flower."""
    tensor = {"name": "x", "shape": [1, 4], "datatype": "FP64", "data": [5.1, 3.5, 1.4, 0.2]}
    data = json.dumps({"inputs": [tensor]}).encode()
    request = urllib.request.Request(f"{address}/v2/models/{name}/infer", data=data, method="POST")
    with urllib.request.urlopen(request, timeout=10) as answer:
        return json.load(answer)["model_version"]

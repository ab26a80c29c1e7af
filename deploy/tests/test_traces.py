"""Traces on their way to Google Cloud: server, a real collector, what arrives.

Rotel stands where `otel/collector.yaml` puts Google's build of the collector;
the Telemetry API's place is taken by a receiver that decodes what it is sent.
"""

import gzip
import http.server
import signal
import socket
import subprocess
import threading
from pathlib import Path

import pytest
import rotel
import yaml
from conftest import DEPLOY, KUBERNETES, of_kind, predict
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest

CONFIG = yaml.safe_load((DEPLOY / "otel" / "collector.yaml").read_text())
TRACES = 50


@pytest.fixture
def telemetry_api():
    """Its address, and what it was sent."""
    received = []

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            if self.headers.get("content-encoding") == "gzip":
                body = gzip.decompress(body)
            received.append((self.path, ExportTraceServiceRequest.FromString(body)))
            self.send_response(200)
            self.send_header("content-length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", received
        server.shutdown()


@pytest.fixture
def collector(telemetry_api):
    """A collector that forwards; ends, and has sent everything, when told to."""
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        grpc, http_ = (f"127.0.0.1:{each.getsockname()[1]}" for each in (one, two))
    command = [Path(rotel.__file__).parent / "rotel-agent", "start", "--exporter", "otlp"]
    command += ["--otlp-grpc-endpoint", grpc, "--otlp-http-endpoint", http_]
    command += ["--otlp-exporter-endpoint", telemetry_api[0], "--otlp-exporter-protocol", "http"]
    batch = CONFIG["processors"]["batch"]
    command += ["--batch-max-size", str(batch["send_batch_max_size"]), "--batch-timeout", batch["timeout"]]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        yield process, f"http://{http_}"
        process.kill()


def environment_of_a_pod(folder):
    """What the overlay gives a container; the kubelet's part is made up."""
    (container,) = of_kind(folder, "Deployment")[0]["spec"]["template"]["spec"]["containers"]
    values = dict(of_kind(folder, "ConfigMap")[0]["data"])
    for variable in container["env"]:
        if "value" in variable:
            values[variable["name"]] = variable["value"]
        else:
            values[variable["name"]] = f"a {variable['valueFrom']['fieldRef']['fieldPath']}"
    return values


def test_all_traces_arrive_and_say_where_they_were_made(start, collector, telemetry_api):
    process, address = collector
    environment = environment_of_a_pod(KUBERNETES / "overlays" / "gke")
    server, url = start(environment | {"OTEL_EXPORTER_OTLP_ENDPOINT": address})
    for _ in range(TRACES):
        predict(url)
    # The server sends what it has before it ends, and so does the collector.
    server.send_signal(signal.SIGTERM)
    assert server.wait(timeout=30) == 0
    process.send_signal(signal.SIGTERM)
    process.wait(timeout=30)

    paths, messages = zip(*telemetry_api[1], strict=True)
    assert set(paths) == {"/v1/traces"}
    spans, resources = [], []
    for message in messages:
        for group in message.resource_spans:
            resources.append({each.key: each.value.string_value for each in group.resource.attributes})
            spans += [span for scope in group.scope_spans for span in scope.spans]
    assert len({span.span_id for span in spans}) == len(spans)
    roots = [span for span in spans if span.name == "prediction_request"]
    assert len({span.trace_id for span in roots}) == TRACES
    for root in roots:
        parts = {span.name for span in spans if span.parent_span_id == root.span_id}
        assert parts == {"data_preparation", "model_inference", "response_formatting"}
    # What Google Cloud files a trace of a GKE container by.
    place = {
        "gcp.project_id": "my-project",
        "cloud.provider": "gcp",
        "cloud.platform": "gcp_kubernetes_engine",
        "cloud.region": "europe-west1",
        "k8s.cluster.name": "iris",
        "k8s.namespace.name": "a metadata.namespace",
        "k8s.pod.name": "a metadata.name",
        "k8s.pod.uid": "a metadata.uid",
        "k8s.node.name": "a spec.nodeName",
        "k8s.deployment.name": "iris-prediction-api",
        "k8s.container.name": "iris-server",
    }
    for resource in resources:
        assert resource.items() >= place.items()
        assert resource["service.name"]


def test_the_collectors_pipeline_is_whole():
    (pipeline,) = CONFIG["service"]["pipelines"].values()
    for part in ("receivers", "processors", "exporters"):
        assert set(pipeline[part]) == CONFIG[part].keys()
    assert set(CONFIG["service"]["extensions"]) == CONFIG["extensions"].keys()
    authenticators = {each["auth"]["authenticator"] for each in CONFIG["exporters"].values()}
    assert authenticators <= CONFIG["extensions"].keys()
    # Limits come first, batches last; nothing samples.
    assert pipeline["processors"][0] == "memory_limiter"
    assert pipeline["processors"][-1] == "batch"
    assert not any("sampl" in name for name in CONFIG["processors"])
    protocols = CONFIG["receivers"]["otlp"]["protocols"].values()
    listening = [each["endpoint"].rpartition(":")[2] for each in protocols]
    (policy,) = of_kind(KUBERNETES / "base", "NetworkPolicy")
    allowed = {str(port["port"]) for rule in policy["spec"]["egress"] for port in rule["ports"]}
    assert set(listening) <= allowed

"""What schemas miss: that the pieces fit each other, and the server."""

import re

import pytest
from conftest import KUBERNETES, ON_KUBERNETES, documents, of_kind
from faults import quantity

EVERYWHERE = pytest.mark.parametrize("folder", ON_KUBERNETES, ids=lambda folder: folder.name)


def seconds(text):
    number, unit = re.fullmatch(r"(\d+)(ms|s|m)", text).groups()
    return int(number) * {"ms": 1e-3, "s": 1, "m": 60}[unit]


def deployment(folder):
    return of_kind(folder, "Deployment")[0]


def pod(folder):
    return deployment(folder)["spec"]["template"]["spec"]


def container(folder):
    (only,) = pod(folder)["containers"]
    return only


def settings(folder):
    (config,) = of_kind(folder, "ConfigMap")
    (source,) = container(folder)["envFrom"]
    assert source["configMapRef"]["name"] == config["metadata"]["name"]
    return config["data"]


@EVERYWHERE
def test_a_stop_has_the_time_it_takes(folder):
    pause = container(folder)["lifecycle"]["preStop"]["sleep"]["seconds"]
    values = settings(folder)
    needed = pause + seconds(values["IRIS_DRAIN_DELAY"]) + seconds(values["IRIS_DRAIN_GRACE"])
    # What is left is for the last traces: up to a second and a half after the grace.
    assert needed + 2 <= pod(folder)["terminationGracePeriodSeconds"]


def test_googles_balancers_hear_of_the_stop_before_connections_close():
    gke, regions = KUBERNETES / "overlays" / "gke", KUBERNETES / "overlays" / "multi-region"
    delay = seconds(settings(gke)["IRIS_DRAIN_DELAY"])
    # A network load balancer asks the node (ingress-gce: every 3 s, twice), which says no from the pod's
    # deletion on; what it then tells its own parts takes seconds more.
    pause = container(gke)["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert pause + delay >= 2 * (3 * 2 + 1)
    # An application load balancer asks /readyz, which says no once the server has been told to stop.
    check = of_kind(regions / "config", "HealthCheckPolicy")[0]["spec"]["default"]
    notices = check["checkIntervalSec"] * check["unhealthyThreshold"] + check["timeoutSec"]
    member = settings(regions / "member")
    assert seconds(member["IRIS_DRAIN_DELAY"]) >= 2 * notices
    # It keeps connections for 600 s, and a request must not meet the server's closing of one.
    assert seconds(member["IRIS_IDLE_TIMEOUT"]) > 600


def test_cloud_run_kills_after_the_grace():
    (service,) = of_kind(KUBERNETES / "overlays" / "cloudrun", "Service")
    arguments = service["spec"]["template"]["spec"]["containers"][0]["args"]
    (grace,) = (each.removeprefix("--drain-grace=") for each in arguments if "--drain-grace=" in each)
    assert seconds(grace) + 1.5 <= 10


@EVERYWHERE
def test_selectors_match_the_pods(folder):
    labels = deployment(folder)["spec"]["template"]["metadata"]["labels"]
    selectors = [deployment(folder)["spec"]["selector"]["matchLabels"]]
    selectors += [service["spec"]["selector"] for service in of_kind(folder, "Service")]
    selectors += [
        document["spec"]["selector"]["matchLabels"] for document in of_kind(folder, "PodDisruptionBudget")
    ]
    selectors += [
        document["spec"]["podSelector"]["matchLabels"] for document in of_kind(folder, "NetworkPolicy")
    ]
    selectors += [each["labelSelector"]["matchLabels"] for each in pod(folder)["topologySpreadConstraints"]]
    selectors += [
        each["spec"]["selector"]["matchLabels"]
        for each in documents(folder)
        if each["kind"] == "PodMonitoring"
    ]
    for selector in selectors:
        assert selector.items() <= labels.items()


@EVERYWHERE
def test_ports_are_those_that_the_server_listens_on(folder):
    ports = {port["name"]: port["containerPort"] for port in container(folder)["ports"]}
    values = settings(folder)
    bound = {"http": values["IRIS_HTTP_ADDR"], "grpc": values["IRIS_GRPC_ADDR"]}
    assert ports == {name: int(address.rpartition(":")[2]) for name, address in bound.items()}
    assert all(address.startswith("0.0.0.0:") for address in bound.values())
    named = [
        port["targetPort"] for service in of_kind(folder, "Service") for port in service["spec"]["ports"]
    ]
    named += [
        container(folder)[f"{probe}Probe"]["httpGet"]["port"]
        for probe in ("startup", "liveness", "readiness")
    ]
    named += [
        port["port"]
        for rule in of_kind(folder, "NetworkPolicy")[0]["spec"]["ingress"]
        for port in rule["ports"]
    ]
    named += [
        end["port"]
        for each in documents(folder)
        if each["kind"] == "PodMonitoring"
        for end in each["spec"]["endpoints"]
    ]
    assert set(named) <= set(ports)
    annotations = deployment(folder)["spec"]["template"]["metadata"]["annotations"]
    assert int(annotations["prometheus.io/port"]) == ports["http"]


@EVERYWHERE
def test_references_lead_somewhere(folder):
    accounts = {account["metadata"]["name"] for account in of_kind(folder, "ServiceAccount")}
    assert pod(folder)["serviceAccountName"] in accounts
    target = of_kind(folder, "HorizontalPodAutoscaler")[0]["spec"]["scaleTargetRef"]
    found = [
        each
        for each in documents(folder)
        if (each["kind"], each["metadata"]["name"]) == (target["kind"], target["name"])
    ]
    assert [each["apiVersion"] for each in found] == [target["apiVersion"]]
    namespaces = {each["metadata"]["namespace"] for each in documents(folder) if each["kind"] != "Namespace"}
    assert namespaces == {of_kind(folder, "Namespace")[0]["metadata"]["name"]}


@EVERYWHERE
def test_traces_that_wait_fit_in_the_memory(folder):
    requests = container(folder)["resources"]["requests"]
    # The server's units are Kubernetes' with a B behind.
    buffer = quantity(settings(folder)["IRIS_TRACE_BUFFER"].removesuffix("B"))
    assert buffer <= quantity(requests["memory"]) / 2


@EVERYWHERE
def test_the_autoscaler_can_scale(folder):
    spec = of_kind(folder, "HorizontalPodAutoscaler")[0]["spec"]
    used = {metric["resource"]["name"] for metric in spec["metrics"] if metric["type"] == "Resource"}
    # Utilization is a share of what is requested.
    assert used <= container(folder)["resources"]["requests"].keys()


@EVERYWHERE
def test_applying_again_leaves_the_number_of_replicas_to_the_autoscaler(folder):
    assert of_kind(folder, "HorizontalPodAutoscaler") and "replicas" not in deployment(folder)["spec"]


def test_the_autoscaler_behaves_as_the_service_that_is_replaced():
    spec = of_kind(KUBERNETES / "base", "HorizontalPodAutoscaler")[0]["spec"]
    assert (spec["minReplicas"], spec["maxReplicas"]) == (2, 15)
    targets = {
        metric["resource"]["name"]: metric["resource"]["target"]["averageUtilization"]
        for metric in spec["metrics"]
    }
    assert targets == {"cpu": 60, "memory": 70}
    up, down = spec["behavior"]["scaleUp"], spec["behavior"]["scaleDown"]
    policies = [
        [(each["type"], each["value"], each["periodSeconds"]) for each in way["policies"]]
        for way in (up, down)
    ]
    assert (up["stabilizationWindowSeconds"], down["stabilizationWindowSeconds"]) == (30, 120)
    assert policies == [[("Percent", 100, 30), ("Pods", 3, 30)], [("Percent", 50, 60)]]


@EVERYWHERE
def test_pods_are_locked_down(folder):
    own, shared = container(folder)["securityContext"], pod(folder)["securityContext"]
    assert own["readOnlyRootFilesystem"] and not own["allowPrivilegeEscalation"]
    assert own["capabilities"] == {"drop": ["ALL"]}
    assert shared["runAsNonRoot"] and shared["seccompProfile"] == {"type": "RuntimeDefault"}
    assert pod(folder)["automountServiceAccountToken"] is False


def test_on_gke_a_trace_says_where_it_was_made():
    folder = KUBERNETES / "overlays" / "gke"
    given = settings(folder).keys() | {variable["name"] for variable in container(folder)["env"]}
    assert given >= {
        "GOOGLE_CLOUD_PROJECT", "CLOUD_PLATFORM", "CLOUD_REGION", "K8S_CLUSTER_NAME", "K8S_NAMESPACE_NAME",
        "K8S_POD_NAME", "K8S_POD_UID", "K8S_NODE_NAME", "K8S_DEPLOYMENT_NAME", "K8S_CONTAINER_NAME",
        "OTEL_EXPORTER_OTLP_ENDPOINT",
    }  # fmt: skip
    assert settings(folder)["IRIS_LOG_FORMAT"] == "gcp"

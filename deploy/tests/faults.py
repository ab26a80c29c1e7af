"""What is wrong with objects that their schemas let pass: quantities, enumerations, ports, bounds."""

import re

QUANTITY = re.compile(r"(\d+(?:\.\d+)?)(m|k|Ki|M|Mi|G|Gi|T|Ti)?")
FACTORS = {None: 1, "m": 1e-3, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
FACTORS |= {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}

# By the key and, where a key means several things, the one above it.
ENUMERATIONS = {
    ("strategy", "type"): {"RollingUpdate", "Recreate"},
    ("spec", "type"): {"ClusterIP", "NodePort", "LoadBalancer", "ExternalName"},
    ("seccompProfile", "type"): {"RuntimeDefault", "Localhost"},
    ("policies", "type"): {"Percent", "Pods"},
    ("metrics", "type"): {"Resource", "Pods", "Object", "External", "ContainerResource"},
    ("target", "type"): {"Utilization", "AverageValue", "Value"},
    "selectPolicy": {"Max", "Min", "Disabled"},
    "imagePullPolicy": {"Always", "IfNotPresent", "Never"},
    "whenUnsatisfiable": {"DoNotSchedule", "ScheduleAnyway"},
    "unhealthyPodEvictionPolicy": {"IfHealthyBudget", "AlwaysAllow"},
    "externalTrafficPolicy": {"Local", "Cluster"},
    ("ports", "protocol"): {"TCP", "UDP", "SCTP"},
    "policyTypes": {"Ingress", "Egress"},
    "drop": {"ALL"},
}
PORTS = {"containerPort", "port", "targetPort"}
POSITIVE = {"periodSeconds", "timeoutSeconds", "failureThreshold", "terminationGracePeriodSeconds"}
PORT_NAME = re.compile(r"(?=.*[a-z])[a-z0-9](?:[a-z0-9-]{0,13}[a-z0-9])?")


def quantity(value):
    """An amount of CPU or memory as a number; a ValueError if it is none."""
    match = QUANTITY.fullmatch(str(value))
    if match is None:
        raise ValueError(f"{value!r} is not a quantity")
    return float(match[1]) * FACTORS[match[2]]


def faults(objects):
    """A line for each value that Kubernetes would refuse, or that leaves no room between two bounds."""
    return [fault for each in objects for fault in _of(each, (each["kind"],))]


def _of(node, path):
    if isinstance(node, list):
        return [fault for each in node for fault in _of(each, path)]
    if not isinstance(node, dict):
        return _of_value(node, path)
    found = [fault for key, value in node.items() for fault in _of(value, (*path, key))]
    if path[-1] == "resources" and not found:
        requests, limits = node.get("requests", {}), node.get("limits", {})
        for name in requests.keys() & limits.keys():
            if quantity(requests[name]) > quantity(limits[name]):
                found.append(f"{'.'.join(path)}: more {name} is requested than allowed")
    if "minReplicas" in node and not 1 <= node["minReplicas"] <= node["maxReplicas"]:
        found.append(f"{'.'.join(path)}: minReplicas and maxReplicas leave nothing between them")
    return found


def _of_value(value, path):
    key, above = path[-1], path[-2] if len(path) > 1 else ""
    where = ".".join(path)
    allowed = ENUMERATIONS.get((above, key)) or ENUMERATIONS.get(key)
    if allowed and value not in allowed:
        return [f"{where}: {value!r} is none of {', '.join(sorted(allowed))}"]
    if above in {"requests", "limits"}:
        try:
            quantity(value)
        except ValueError as error:
            return [f"{where}: {error}"]
    if key in PORTS:
        ok = 1 <= value <= 65_535 if isinstance(value, int) else PORT_NAME.fullmatch(str(value))
        return [] if ok else [f"{where}: {value!r} is no port"]
    if key in POSITIVE and not (isinstance(value, int) and value > 0):
        return [f"{where}: {value!r} is not above zero"]
    return []

"""The study's tables: (title, header, rows), all of them text."""

from __future__ import annotations

from capacity.cluster import NETWORK_SECONDS, TIMEOUT_SECONDS
from capacity.manifests import Resources
from capacity.pods import Service
from capacity.reported import RUNS, readings
from capacity.results import Result
from capacity.sizing import RATES, Sizing

Rows = tuple[str, list[str], list[list[str]]]


def all_tables(
    services: tuple[Service, ...],
    results: list[Result],
    sizes: dict[str, Sizing],
    resources: Resources,
    original_is_measured: bool,
) -> list[Rows]:
    return [
        how_many_pods(sizes),
        loads(results),
        beside_reported(results),
        original_capacity(services[-1], original_is_measured),
        assumptions(services, resources),
    ]


def how_many_pods(sizes: dict[str, Sizing]) -> Rows:
    most = next(iter(sizes.values())).most
    header = ["req/s"]
    for name in sizes:
        header += [f"{name}, at the autoscaler's CPU target", f"{name}, at the CPU limit"]
    rows = []
    for rate in RATES:
        row = [f"{rate:,.0f}"]
        for size in sizes.values():
            row += [bounded(size.pods_at_target(rate), most), bounded(size.pods_at_limit(rate), most)]
        rows.append(row)
    return f"Pods for a steady load (more than {most} only if maxReplicas is raised)", header, rows


def bounded(pods: int, most: int) -> str:
    return f"{pods:,}" if pods <= most else f"{pods:,} (> {most})"


def pods_for(size: Sizing) -> list[dict[str, float]]:
    """The same as data."""
    return [
        {
            "requests_per_second": rate,
            "at_target": size.pods_at_target(rate),
            "at_limit": size.pods_at_limit(rate),
        }
        for rate in RATES
    ]


def loads(results: list[Result]) -> Rows:
    header = ["load", "service", "answered req/s", "unserved", "mean latency", "worst", "most pods"]
    header.append("pod-minutes")
    rows = []
    for result in results:
        for name in result.seconds:
            summary = result.summary(name)
            rows.append(
                [
                    result.profile.name,
                    name,
                    f"{summary.answered_per_second:,.0f}",
                    percent(summary.unserved_percent),
                    duration(summary.mean_latency_seconds),
                    duration(summary.worst_latency_seconds),
                    str(summary.most_replicas),
                    f"{summary.pod_minutes:.0f}",
                ]
            )
    return "Each load on both services, simulated", header, rows


def percent(value: float) -> str:
    return "0" if value == 0 else f"{value:.2g} %" if value < 10 else f"{value:.0f} %"


def duration(seconds: float) -> str:
    return f"{seconds * 1e3:.3g} ms" if seconds < 1 else f"{seconds:.3g} s"


def beside_reported(results: list[Result]) -> Rows:
    """How far the simulated original is from the real one."""
    header = ["load"]
    for figure in ("req/s", "latency", "failed"):
        header += [f"{figure}, reported", "simulated"]
    summaries = {result.profile.name: result.summary("original") for result in results}
    rows = []
    for run in RUNS:
        summary = summaries[run.profile]
        rows.append(
            [
                run.profile,
                f"{run.requests_per_second:,.0f}",
                f"{summary.answered_per_second:,.0f}",
                duration(run.mean_ms / 1e3),
                duration(summary.mean_latency_seconds),
                run.failed,
                percent(summary.unserved_percent),
            ]
        )
    return "The original: simulated, in its favour, beside reported", header, rows


def original_capacity(service: Service, measured: bool) -> Rows:
    rate = service.requests_per_second_per_core
    rows = [
        [reading.how, f"{reading.requests_per_second:,.0f}", "" if measured or index else "used"]
        for index, reading in enumerate(readings())
    ]
    if measured:
        rows.insert(0, ["measured on this machine", f"{rate:,.0f}", "used"])
    return "What one core of the original does", ["reading", "req/s", ""], rows


def assumptions(services: tuple[Service, ...], resources: Resources) -> Rows:
    rows = []
    for service in services:
        memory = "whatever the load" if service is services[0] else "as iris: it was not reported"
        rows += [
            [f"{service.name}: one core", f"{service.requests_per_second_per_core:,.0f} req/s"],
            [
                f"{service.name}: from created to ready",
                f"{service.ready_seconds:.3g} s, {service.pending_seconds:.3g} s of it pending",
            ],
            [f"{service.name}: memory", f"{service.memory_mib:.0f} MiB, {memory}"],
        ]
    cpu = f"{resources.cpu_request} m requested, {resources.cpu_limit} m at most"
    rows += [
        ["CPU of a pod", cpu],
        ["the load", "never limited by who makes it"],
        ["nodes", "room for every pod at once, each up to its limit; no node is added"],
        ["balancing", "even over the pods that are ready; a pod that is taken away loses nothing"],
        ["network", f"{duration(NETWORK_SECONDS)} there and back"],
        ["a request gives up", f"after {TIMEOUT_SECONDS:.0f} s"],
        ["left out", "restarts, pods killed for memory, CPU of a start, slow tails of single requests"],
    ]
    return "What is assumed", ["what", "value"], rows

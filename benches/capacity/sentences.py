"""What is to be seen in each plot: one sentence, computed from the same numbers."""

from __future__ import annotations

from capacity.hpa import Autoscaler
from capacity.results import Result, Summary
from capacity.sizing import Sizing
from capacity.tables import duration, percent


def sizes(sizes: dict[str, Sizing]) -> str:
    ours, theirs = sizes["iris"], sizes["original"]
    return (
        f"At the target a pod of iris takes {ours.at_target:,.0f} req/s and one of the original "
        f"{theirs.at_target:,.0f}, so {ours.most} pods take {ours.most * ours.at_target:,.0f} req/s and "
        f"{theirs.most * theirs.at_target:,.0f}: {ours.at_target / theirs.at_target:,.0f} times as many."
    )


def wrk(results: list[Result]) -> str:
    ours, theirs = last_of(results)
    return (
        f"Under {results[-1].profile.name}, iris answers {ours.answered_per_second:,.0f} req/s and the "
        f"original {theirs.answered_per_second:,.0f}; {slowest(ours, theirs)}."
    )


def locust(results: list[Result]) -> str:
    ours, theirs = last_of(results)
    return (
        f"Under {results[-1].profile.name}, iris has {ours.most_replicas} pods at most and the original "
        f"{theirs.most_replicas}; {slowest(ours, theirs)}."
    )


def ramp(results: list[Result]) -> str:
    """Where the original first leaves requests unanswered, and how the highest ramp ends."""
    lossy = next((result for result in results if result.summary("original").unserved), None)
    if lossy is None:
        says = "The original answers every ramp"
    else:
        theirs, ours = fate(lossy, "original"), fate(lossy, "iris")
        says = f"In the {lossy.profile.name} the original {theirs}, and iris {ours}"
    last = results[-1]
    worst = duration(last.summary("iris").worst_latency_seconds)
    return f"{says}; in the {last.profile.name} iris {fate(last, 'iris')}, and a request takes up to {worst}."


def autoscaler(result: Result, target: int, autoscaler: Autoscaler) -> str:
    """How long the chain from load to pods is."""
    seconds = result.seconds["iris"]
    summary = result.summary("iris")
    asked = summary.first_scaled_at
    if asked is None:
        peak = max(second.cpu_percent for second in seconds)
        return (
            f"{autoscaler.min_replicas} pods are enough: the target is {target} %, and {peak:.0f} % the peak."
        )
    high = target * (1 + autoscaler.scale_up.tolerance)
    passed = next((second.at for second in seconds if second.cpu_percent > high), None)
    if passed is None or passed > asked:
        return f"It is memory that moves the autoscaler after {asked} s, to {summary.most_replicas} pods."
    ready = next((second.at for second in seconds if second.ready > autoscaler.min_replicas), seconds[-1].at)
    return (
        f"CPU passes {high:.0f} % after {passed} s; the autoscaler asks for more pods {asked - passed} s "
        f"later, and {ready - asked} s after that they are ready; it stops at {summary.most_replicas} pods, "
        f"and {seconds[-1].replicas} are left at the end."
    )


def last_of(results: list[Result]) -> tuple[Summary, Summary]:
    return results[-1].summary("iris"), results[-1].summary("original")


def slowest(ours: Summary, theirs: Summary) -> str:
    worst = duration(ours.worst_latency_seconds), duration(theirs.worst_latency_seconds)
    return f"in the slowest second a request takes {worst[0]} and {worst[1]}"


def fate(result: Result, name: str) -> str:
    summary = result.summary(name)
    left = f"loses {percent(summary.unserved_percent)}" if summary.unserved else "answers all"
    return f"{left} with at most {summary.most_replicas} pods"

"""From raw results to the rows of the table: ours, the peer's, the limit, the ratio."""

from __future__ import annotations

import statistics
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

Raw = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """One question. The reach is a bound of the ratio, from above unless it says `at least`."""

    section: str
    question: str
    ours: str
    peer: str
    ratio: float
    reach: float | None
    at_least: bool = False

    @property
    def verdict(self) -> str:
        """Whether the reach was reached, or that there was none."""
        if self.reach is None:
            return "–"
        reached = self.ratio >= self.reach if self.at_least else self.ratio <= self.reach
        return "yes" if reached else "**no**"

    @property
    def bound(self) -> str:
        """The reach as it is written."""
        return "–" if self.reach is None else f"{'≥' if self.at_least else '≤'} {self.reach:g}"


def rows(raw: Raw) -> Iterator[Row]:
    """All that the parts which were measured can say."""
    for name, of_part in {
        "traces": _traces,
        "grpc": _grpc,
        "doors": _doors,
        "dear": _dear,
        "m2cgen": _m2cgen,
        "predictor": _predictor,
    }.items():
        if name in raw:
            yield from of_part(raw[name])
    for name, of_part in {"wide": _wide, "python": _python}.items():
        if name in raw:
            yield from of_part(raw[name])


def _within(rounds: dict[str, list[Raw]], ours: str, peer: str, field: str) -> tuple[float, float, float]:
    """Medians of both, and of the ratios within a round."""
    pairs = [(a[field], b[field]) for a, b in zip(rounds[ours], rounds[peer], strict=True)]
    return (
        statistics.median(a for a, _ in pairs),
        statistics.median(b for _, b in pairs),
        statistics.median(a / b for a, b in pairs),
    )


def _traces(raw: Raw) -> Iterator[Row]:
    section = "HTTP `/predict`, one core"
    wanted = [
        ("traced", "untraced", "requests_per_second", "req/s", 0.95, True, None),
        ("traced", "untraced", "cpu_us", "CPU µs a request", 1.05, False, None),
        ("traced", "untraced", "p99_us", "p99 µs", 1.5, False, None),
        ("traced", "nginx", "cpu_us", "CPU µs a request", 1.0, False, {"50", "150"}),
        ("untraced", "nginx", "cpu_us", "CPU µs a request", 1.0, False, None),
    ]
    for ours, peer, field, unit, reach, at_least, only in wanted:
        for connections, rounds in raw["rounds"].items():
            if peer not in rounds:
                continue
            a, b, ratio = _within(rounds, ours, peer, field)
            shown = [f"{x / 1e3:.1f}k" if field == "requests_per_second" else f"{x:.3g}" for x in (a, b)]
            bound = reach if only is None or connections in only else None
            question = f"{ours}, {connections} connections: {unit}"
            yield Row(section, question, shown[0], f"{shown[1]} ({peer})", ratio, bound, at_least)
    traced = [verdict for verdict in raw["verdicts"] if verdict["name"] == "traced"]
    lost, answered = (sum(verdict[field] for verdict in traced) for field in ("lost", "answered"))
    yield Row(section, "traces lost", str(lost), f"{answered:,} answered", lost / answered, 0.0)


def _grpc(raw: Raw) -> Iterator[Row]:
    section = "gRPC `Predict`, one core, 10 connections of 15 streams"
    speed = _within(raw, "iris", "tonic", "requests_per_second")
    shown = [f"{each / 1e3:.1f}k" for each in speed[:2]]
    yield Row(section, "calls/s", shown[0], f"{shown[1]} (bare tonic)", speed[2], 0.9, at_least=True)
    ours, peer, ratio = _within(raw, "iris", "tonic", "cpu_us")
    yield Row(section, "CPU µs a call", f"{ours:.3g}", f"{peer:.3g} (bare tonic)", ratio, None)


def _doors(raw: list[Raw]) -> Iterator[Row]:
    section = "Much at once, one core"
    streams = statistics.median(each["streams"] for each in raw)
    question = "gRPC, 8 streams, 64 rows a message: predictions/s"
    yield Row(section, question, f"{streams / 1e6:.2f}M", "1M (the aim)", streams / 1e6, 1.0, at_least=True)
    ours, peer = (statistics.median(each[name] for each in raw) for name in ("tensors", "received"))
    ratio = statistics.median(each["tensors"] / each["received"] for each in raw)
    shown = f"{ours / 1e9:.2f} GB/s", f"{peer / 1e9:.2f} GB/s (receiving them)"
    yield Row(section, "v2, tensors of 1 MiB in bytes over HTTP", *shown, ratio, 0.7, at_least=True)


def _dear(raw: list[Raw]) -> Iterator[Row]:
    section = "Forest of 500 trees over HTTP, one client"
    for each in raw:
        one, two = (
            statistics.median(round_[key] for round_ in each["rounds"]) for key in ("one_ms", "two_ms")
        )
        ratio = statistics.median(round_["one_ms"] / round_["two_ms"] for round_ in each["rounds"])
        question = f"{each['rows']:,} rows, with a second processor: times as fast"
        reach = 1.9 if each["rows"] >= 2_000 else None
        yield Row(section, question, f"{two:.2f} ms", f"{one:.2f} ms (one)", ratio, reach, at_least=True)
    for each in raw:
        share = statistics.median(round_["share"] for round_ in each["rounds"])
        question = f"{each['rows']:,} rows: the model's share of the server's time"
        yield Row(section, question, f"{share:.1%}", "1", share, None)


def _m2cgen(raw: Raw) -> Iterator[Row]:
    question = "class of one row, Iris: ns"
    yield Row(
        "Predictor", question, f"{raw['ours']:.2f}", f"{raw['peer']:.2f} (m2cgen's C)", raw["ratio"], 1.2
    )
    yield Row("Predictor", "the same", f"{raw['ours']:.2f}", "3 (the aim)", raw["ours"] / 3.0, 1.0)


def _predictor(raw: Raw) -> Iterator[Row]:
    section = "Predictor"
    proba = raw["one_row/probabilities"]
    yield Row(section, "probabilities of one row: ns", f"{proba:.1f}", "15 (the aim)", proba / 15.0, 1.0)
    for rows_ in (100_000, 1_000_000):
        ours, read = raw[f"batch/classes/{rows_}"], raw[f"batch/read/{rows_}"]
        shown = [f"{rows_ * 1e3 / each:.0f} M rows/s" for each in (ours, read)]
        question = f"classes of {rows_:,} rows, and reading them"
        reach = 0.8 if rows_ == 1_000_000 else None
        yield Row(section, question, shown[0], f"{shown[1]} (reading)", read / ours, reach, at_least=True)


def _wide(raw: list[Raw]) -> Iterator[Row]:
    section = "Wide linear model, 4,096 features × 1,000 classes"
    exact = raw[0]
    for each in raw:
        name = each["weights"]
        yield Row(
            section,
            f"one row, weights in {name}: µs",
            f"{each['one']:.0f}",
            f"{each['read']:.0f} (adding them up in one stream)",
            each["one"] / each["read"],
            None,
        )
    for each in raw[1:]:
        faster = exact["one"] / each["one"]
        name = each["weights"]
        yield Row(
            section,
            f"one row, {name} in place of double: times as fast",
            f"{each['one']:.0f} µs",
            f"{exact['one']:.0f} µs (double)",
            faster,
            1.5,
            at_least=True,
        )
    for each in raw:
        yield Row(
            section,
            f"a row of a batch of 32, weights in {each['weights']}: µs",
            f"{each['batch']:.0f}",
            f"{each['one']:.0f} (alone)",
            each["batch"] / each["one"],
            None,
        )


def _python(raw: Raw) -> Iterator[Row]:
    section = "Python"
    for title, medians in raw.items():
        ours = medians["iris_py"]
        for peer, seconds in medians.items():
            if peer == "iris_py":
                continue
            shown = (f"{ours * 1e9:,.0f} ns", f"{seconds * 1e9:,.0f} ns ({peer})")
            if title == "ladder":
                question = "`predict_one`, and where its nanoseconds go"
                yield Row(section, question, *shown, ours / seconds, None)
            else:
                reach = 1000.0 if (title, peer) == ("predict_one", "scikit-learn") else None
                yield Row(section, f"{title}: times as fast", *shown, seconds / ours, reach, at_least=True)

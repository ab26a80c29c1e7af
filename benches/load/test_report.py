"""The report of made-up runs, and what the command says to what it does not understand."""

from __future__ import annotations

import json
import re
from pathlib import Path

import machine_sections
import peers
import plan
import pytest
import report
import span_sections
import tools
from comparison import ratios
from document import Table, Text
from experiment import Experiment, Machine
from generators import Load
from metrics import STAGES, Counted, Stage
from phases import Outcome
from receiver import Arrived, Span, Trace
from sampling import Sample, use


def outcome(group: str, level: int, rate: float, subject: str = "iris", title: str = "") -> Outcome:
    """A phase of ten seconds on a server whose core is full."""
    load = Load(int(rate * 10), 10, level / rate * 1e3, 1, 2, 3, 4, 5, {"status": 0, "timeout": 0}, rate)
    made = Outcome(group, level, title or f"{group} {level}", subject=subject, load=load, start_seconds=0.01)
    made.samples = [Sample(at, at / 4, at * 3 / 4, 12.5, at / 2, at, at / 2) for at in (0.0, 5.0, 10.0)]
    made.use = use(made.samples, 10)
    made.counted = Counted(load.requests, {stage: Stage(9, 0.5, 0.9) for stage in STAGES}, 0, 0)
    made.arrived = Arrived(load.requests, load.requests, 0, 10, 0)
    made.span_means_us = {"prediction_request": 8.0} | {stage: 0.5 for stage in STAGES}
    made.slowest = [Trace("ab" * 16, [Span("prediction_request", 0, 90), Span("model_inference", 10, 70)])]
    return made


@pytest.fixture
def experiment() -> Experiment:
    outcomes = [outcome("wrk", level, 100_000) for level in (50, 150, 300, 500)]
    outcomes += [outcome("locust", 150, 1_000), outcome("open", 25, 25_000), outcome("open", 100, 98_000)]
    for index, rates in enumerate(((100_000, 1_000), (90_000, 300)), 1):
        for subject, rate in zip(("iris", "original"), rates, strict=True):
            outcomes.append(outcome("peer", 150, rate, subject, f"{subject}, round {index}"))
    return Experiment(
        plan.SHORT, Machine("a processor", 2, "6.1"), "today", outcomes, ["left out: <something>"]
    )


def test_ratios_are_medians_of_the_rounds(experiment: Experiment) -> None:
    ours, original = ratios(experiment.outcomes)
    assert (ours.subject, ours.requests_per_second) == ("iris", 95_000)
    assert (original.requests_per_second, original.times) == (650, 200)


def test_a_page_that_needs_nothing_else(experiment: Experiment, tmp_path: Path) -> None:
    report.write(experiment, tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert not re.search(r"<script|<link|@import|(src|href)=\"(?!#)|url\((?!#)", html)
    ids = re.findall(r' id="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "left out: &lt;something&gt;" in html
    assert "187 to 241 ×" in html
    assert "The server&#x27;s core is full first, from 50 connections on." in html
    markdown = (tmp_path / "report.md").read_text()
    drawings = re.findall(r"\((.*\.svg)\)", markdown)
    assert drawings and all((tmp_path / name).exists() for name in drawings)
    data = json.loads((tmp_path / "results.json").read_text())
    assert len(data["phases"]) == len(experiment.outcomes)


def test_a_failed_phase_is_red_and_in_no_drawing(experiment: Experiment, tmp_path: Path) -> None:
    experiment.outcomes[1].failure = "the server ended under load, with code -9"
    assert 150 not in experiment.loads("wrk") and 150 not in experiment.points("wrk")
    report.write(experiment, tmp_path)
    html = (tmp_path / "index.html").read_text()
    assert (
        '<p class="bad">FAILED: 1 of 11 phases. wrk 150: the server ended under load, with code -9.' in html
    )
    assert '<tr class="bad"><th scope="row">150</th><td>FAILED</td>' in html
    assert ">150</text>" not in (tmp_path / "stages.svg").read_text()


def test_a_report_takes_away_only_its_own_drawings(experiment: Experiment, tmp_path: Path) -> None:
    (tmp_path / "somebody.svg").write_text("<svg/>")
    report.write(experiment, tmp_path)
    experiment.outcomes = [each for each in experiment.outcomes if each.group != "open"]
    assert (tmp_path / "open-rate.svg").exists()
    report.write(experiment, tmp_path)
    assert (tmp_path / "somebody.svg").exists() and not (tmp_path / "open-rate.svg").exists()


def test_only_what_is_checked_is_said_to_be_traced(experiment: Experiment) -> None:
    in_process = outcome("locust", 150, 1_000)
    in_process.door, in_process.arrived = "in-process", None
    experiment.outcomes.append(in_process)
    words = report.sentences(experiment)[-1]
    # Ten seconds at 400,000 + 1,000 + 123,000 + 190,000 requests a second, and at 1,000 without a server.
    assert words.startswith("Of 7,150,000 requests none failed, and of the 7,140,000 that a server answered")


def test_a_part_that_is_not_known_is_not_short(experiment: Experiment) -> None:
    timed = next(each for each in experiment.outcomes if each.group == "locust")
    timed.server_timing_ms = {"model_inference": 0.0005, "total": 0.003, "network": 1.0}
    [table] = span_sections.told_to_users(experiment)
    assert table.rows == [["150 users, HTTP", "–", "0.50 µs", "–", "3.00 µs", "1.00 ms"]]


def test_a_failed_phase_is_marked_where_the_machine_is_shown(experiment: Experiment) -> None:
    experiment.outcomes[1].failure = "the server ended under load, with code -9"
    [table] = [part for part in machine_sections.over_time(experiment).parts if isinstance(part, Table)]
    assert table.bad == {1}


def test_pods_are_sized_by_what_both_do_in_the_same_rounds(experiment: Experiment) -> None:
    words = machine_sections.capacity(experiment).parts[0]
    assert isinstance(words, Text) and words.words.startswith("From this run: 95,000 requests a second")
    experiment.outcomes = [each for each in experiment.outcomes if each.group != "peer"]
    words = machine_sections.capacity(experiment).parts[0]
    assert isinstance(words, Text) and words.words.startswith("From this run: 100,000 requests a second")


def test_a_run_in_which_nothing_worked(experiment: Experiment, tmp_path: Path) -> None:
    for each in experiment.outcomes:
        each.failure, each.load, each.use, each.samples = "did not start", None, None, []
    report.write(experiment, tmp_path)
    assert "FAILED: 11 of 11 phases" in (tmp_path / "index.html").read_text()


def test_a_run_of_nothing(tmp_path: Path) -> None:
    report.write(Experiment(plan.SHORT, Machine.this(), "today"), tmp_path)
    assert "Nothing was compared." in (tmp_path / "report.md").read_text()


def test_plans() -> None:
    assert plan.plan_of("") is plan.SHORT
    assert plan.plan_of("full").wrk[500] == 120
    with pytest.raises(ValueError, match="LOAD=quick is no plan"):
        plan.plan_of("quick")
    phases = plan.closed(plan.SHORT) + plan.by_users(plan.SHORT, True) + plan.opened(plan.SHORT, 1e5)
    n_rounds = plan.SHORT.peer_rounds * (1 + len(peers.DEFAULT))
    assert plan.seconds_of(phases) + n_rounds * (plan.SHORT.peer + plan.AROUND_S) < 8 * 60


def test_peers_by_name() -> None:
    assert [peer.name for peer in peers.named("onnx nginx")] == ["onnx", "nginx"]
    assert peers.named("") == []
    with pytest.raises(ValueError, match="apache is none of nginx, original, onnx, mlserver"):
        peers.named("nginx apache")


def test_missing_tools_are_named_with_what_installs_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    assert len(tools.missing(tools.of_the_system(["nginx"]))) == 3
    found = tools.missing(tools.needed(["open"], ["nginx"], Path("no/oha"), Path("no/otlp-receiver")))
    assert "wrk is missing: apt-get install wrk" in found
    assert "nginx is missing: apt-get install nginx-light" in found
    assert any(line.startswith("oha is missing: cargo install oha") for line in found)
    assert any("--manifest-path benches/receiver/Cargo.toml" in line for line in found)

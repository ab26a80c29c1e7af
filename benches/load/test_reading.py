"""What the generators and the server say, as they said it once, and what is read from it."""

from __future__ import annotations

import json
from pathlib import Path

import bench_lab as lab
import metrics
import pytest
from closed_loop import Wrk
from generators import Steady
from open_loop import Oha
from users import Locust, parts_ms

WRK = """Running 2s test @ http://127.0.0.1:1/predict
  1 threads and 50 connections
RESULT requests=84047 seconds=3.078342 mean_us=3710.6 p50_us=385 p90_us=10978 p99_us=22861 \
p999_us=34290 max_us=41679 connect=0 read=2 write=0 status=3 timeout=23 failed=28
"""

OHA = {
    "summary": {"successRate": 1.0, "total": 2.0, "slowest": 0.03, "average": 0.002, "requestsPerSec": 500.0},
    "latencyPercentiles": {"p50": 0.001, "p90": 0.004, "p99": 0.01, "p99.9": 0.02, "p99.99": 0.03},
    "statusCodeDistribution": {"200": 990, "503": 10},
    "errorDistribution": {"aborted due to deadline": 7, "connection closed": 4},
}


def row(
    method: str, name: str, failures: int, milliseconds: float, times: dict[str, int]
) -> dict[str, object]:
    """As Locust writes one: answers between the seconds 100 and 104, the last of which is cut off."""
    return {
        "name": name,
        "method": method,
        "start_time": 100.25,
        "last_request_timestamp": 104.25,
        "num_requests": 100,
        "num_failures": failures,
        "total_response_time": milliseconds,
        "max_response_time": 515.07,
        "response_times": times,
        "num_reqs_per_sec": {"100": 10, "101": 15, "102": 30, "103": 34, "104": 11},
    }


LOCUST = [
    row("POST", "/predict", 2, 6_190, {"520": 1, "50": 50, "140": 40, "370": 9}),
    row("network", "/predict", 0, 6_180, {"50": 100}),
    row("server", "model_inference", 0, 0.037, {"0": 100}),
    row("server", "total", 0, 0.29, {"0": 100}),
]

PAGE = """# HELP iris_stage_duration_seconds Time of each stage.
# TYPE iris_stage_duration_seconds histogram
iris_stage_duration_seconds_bucket{{stage="model_inference",le="1e-6"}} {low}
iris_stage_duration_seconds_bucket{{stage="model_inference",le="2e-6"}} {high}
iris_stage_duration_seconds_bucket{{stage="model_inference",le="+Inf"}} {high}
iris_stage_duration_seconds_sum{{stage="model_inference"}} {sum}
iris_stage_duration_seconds_count{{stage="model_inference"}} {high}
iris_errors_total{{kind="internal"}} {errors}
iris_errors_total{{kind="a \\"quoted\\" one, with a comma"}} 0
process_start_time_seconds 1.7e9
"""


def test_wrk() -> None:
    load = Wrk(50, 3).read(WRK, Path())
    assert (load.requests, load.failed, load.failures["timeout"]) == (84047, 28, 23)
    assert load.requests_per_second == pytest.approx(84047 / 3.078342)
    assert [load.mean_ms, load.p50_ms, load.p999_ms] == pytest.approx([3.7106, 0.385, 34.29])
    # The three answers of another status are no answers to compare with.
    assert load.right_per_second == pytest.approx(84044 / 3.078342)


def test_wrk_that_says_nothing() -> None:
    with pytest.raises(ValueError, match="unable to connect"):
        Wrk(50, 3).read("unable to connect to 127.0.0.1:1 Connection refused", Path())


def test_the_line_still_serves_the_other_benchmarks() -> None:
    assert {"requests", "seconds", "p50_us", "p99_us", "max_us", "failed"} <= lab.figures_of(WRK).keys()


def test_oha() -> None:
    load = Oha(Path("oha"), 500, 50, 2).read(json.dumps(OHA), Path())
    assert (load.requests, load.offered_per_second) == (1000, 500)
    assert [load.mean_ms, load.p99_ms, load.p999_ms, load.max_ms] == pytest.approx([2, 10, 20, 30])
    # Those cut off by the end have not failed.
    assert load.failures == {"connection closed": 4, "status": 10}


def test_oha_without_an_answer() -> None:
    nobody = OHA | {"statusCodeDistribution": {}, "errorDistribution": {"Connection refused": 9}}
    with pytest.raises(ValueError, match="Connection refused"):
        Oha(Path("oha"), 500, 50, 2).read(json.dumps(nobody), Path())


def test_locust(tmp_path: Path) -> None:
    (tmp_path / "locust.json").write_text(json.dumps(LOCUST))
    locust = Locust("StressHttpUser", 150, 50, 3)
    load = locust.read("", tmp_path)
    assert (locust.seconds, load.requests, load.failed) == (6, 100, 2)
    assert load.requests_per_second == pytest.approx(25)
    latencies = [load.mean_ms, load.p50_ms, load.p90_ms, load.p99_ms, load.p999_ms, load.max_ms]
    assert latencies == pytest.approx([61.9, 50, 140, 370, 520, 515.07])
    # Of the last three seconds, the two whole ones: 30 and 34 answers.
    assert load.steady == Steady(102, 104, 32)
    assert parts_ms(tmp_path) == pytest.approx({"network": 61.8, "model_inference": 0.00037, "total": 0.0029})


def test_users_at_several_names_count_together(tmp_path: Path) -> None:
    (tmp_path / "locust.json").write_text(json.dumps([LOCUST[0], LOCUST[0] | {"method": "grpc"}]))
    load = Locust("StressGrpcUser", 150, 50, 3).read("", tmp_path)
    assert (load.requests, load.failed, load.p90_ms, load.steady) == (200, 4, 140, Steady(102, 104, 64))


def test_too_short_a_time_for_a_whole_second(tmp_path: Path) -> None:
    (tmp_path / "locust.json").write_text(json.dumps(LOCUST))
    assert Locust("StressHttpUser", 150, 50, 1).read("", tmp_path).steady is None


def test_locust_that_asked_nothing(tmp_path: Path) -> None:
    (tmp_path / "locust.json").write_text("[]")
    with pytest.raises(ValueError, match="asked for nothing"):
        Locust("StressHttpUser", 150, 50, 20).read("", tmp_path)


def test_what_a_phase_adds_to_the_metrics() -> None:
    before, after = (
        metrics.parse(PAGE.format(low=low, high=high, sum=total, errors=errors))
        for low, high, total, errors in ((1, 1, 1e-6, 1), (51, 101, 121e-6, 3))
    )
    counted = metrics.between(before, after)
    stage = counted.stages["model_inference"]
    assert (counted.predictions, counted.errors, counted.dropped_traces) == (100, 2, 0)
    assert stage.count == 100
    # The 99th of 100 is the 49th of the 50 between one and two microseconds.
    assert [stage.mean_us, stage.p99_us] == pytest.approx([1.2, 1.98])


def test_labels_may_hold_anything() -> None:
    samples = metrics.parse(PAGE.format(low=0, high=0, sum=0, errors=0))
    assert any(sample.labels.get("kind") == 'a \\"quoted\\" one, with a comma' for sample in samples)
    assert metrics.total(samples, "process_start_time_seconds") == 1.7e9


def test_a_page_that_is_none() -> None:
    with pytest.raises(ValueError, match="<html>"):
        metrics.parse("<html>")

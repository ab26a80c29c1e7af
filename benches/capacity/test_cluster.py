"""The queue, the users and the pods against figures worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from capacity import manifests
from capacity.cluster import Queue, simulate
from capacity.pods import Pod, Service, rescaled
from capacity.profiles import ClosedLoop, OpenLoop, Profile, Users, locust, ramp, wrk
from capacity.reported import original

BASE = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base"
OURS = manifests.autoscaler(BASE / "hpa.yaml")
RESOURCES = manifests.resources(BASE / "deployment.yaml")
# 1,000 req/s a pod, so 120 at the target of 60 % of 200m; 5 s until it is ready, 2 of them pending.
SERVICE = Service("iris", 1000, 2, 3, 40)


def steady(rate: float, seconds: int = 300) -> Profile:
    return Profile("steady", "test", seconds, OpenLoop(((0, rate), (seconds, rate))))


def test_the_queue_is_first_come_first_served_and_loses_who_waited_30_seconds() -> None:
    queue = Queue()
    # 10 come, 4 are answered; then 3 a second: 6 wait after the first second, 3 after the second.
    assert queue.second(0, 10, 4) == (4, 0)
    assert queue.second(1, 0, 3) == (3, 0)
    assert queue.total == 3
    # Nobody answers until second 30, when those of second 0 leave; who came at 1 is then next.
    queue.second(2, 5, 0)
    assert queue.second(30, 0, 1) == (1, 3)
    assert queue.total == 4


def test_users_that_wait_ask_as_much_as_littles_law_says() -> None:
    load = ClosedLoop((Users(100, 0.5, 100.0),))
    # 100 / (0.5 + 0.5) = 100 a second; with 80 a second answered, 100 / 80 - 0.5 = 0.75 s a request.
    assert load.demand(0, 0.5) == 100
    assert load.response(0, 0.01, 30, 80) == pytest.approx(0.75)
    # With capacity to spare they get the shortest time, and with hardly any the longest.
    assert load.response(0, 0.01, 30, 1000) == 0.01
    assert load.response(0, 0.01, 30, 1) == 30


def test_wrk_50_on_two_pods_takes_the_latency_that_was_reported() -> None:
    # At 207.28 req/s a pod: 50 connections / 414.56 req/s = 120.6 ms, and 120.34 ms were reported.
    seconds = simulate(original(207.28, 40), RESOURCES, OURS, wrk(50, 30))
    assert {second.replicas for second in seconds} == {2}
    assert seconds[-1].answered == pytest.approx(414.56)
    assert seconds[-1].latency_seconds == pytest.approx(0.1206, abs=1e-4)


def test_locusts_users_come_one_by_one() -> None:
    load = locust(150, 10).load
    assert isinstance(load, ClosedLoop)
    assert [sum(group.at(second) for group in load.users) for second in (0, 6, 14, 99)] == pytest.approx(
        [10, 70, 150, 150]
    )


def test_a_ramp_rises_stays_and_falls() -> None:
    load = ramp(10).load
    assert isinstance(load, OpenLoop)
    assert [load.rate(second) for second in (0, 120, 180, 479, 900)] == pytest.approx(
        [0, 3364, 6728, 6728, 672.8]
    )


def test_a_pods_first_sample_is_of_a_whole_window_after_its_start() -> None:
    pod = Pod(0, SERVICE, RESOURCES, millicores={second: 100.0 for second in range(5, 100)})
    # It runs from second 2. A scrape at 31 is of 1 to 16, one at 32 of 2 to 17: 12 s at 100m, 3 at nothing.
    pod.scrape(31)
    assert pod.sample is None
    pod.scrape(32)
    assert pod.sample is not None
    assert (pod.sample.at, pod.sample.usage["cpu"]) == (17, 80)


def test_a_pod_is_pending_then_starting_then_ready() -> None:
    pod = Pod(0, SERVICE, RESOURCES)
    assert [(pod.seen(at).pending, pod.seen(at).ready) for at in (1, 2, 4, 5)] == [
        (True, False),
        (False, False),
        (False, False),
        (False, True),
    ]


def test_pods_that_are_not_ready_go_first_then_the_newest() -> None:
    pods = [Pod(created, SERVICE, RESOURCES) for created in (0, 50, 98)]
    assert [pod.created_at for pod in rescaled(pods, 2, 100, SERVICE, RESOURCES)] == [0, 50]
    assert [pod.created_at for pod in rescaled(pods, 1, 200, SERVICE, RESOURCES)] == [0]
    assert len(rescaled(pods, 5, 100, SERVICE, RESOURCES)) == 5


def test_a_load_at_the_target_needs_no_more_pods_and_a_higher_one_settles() -> None:
    # 2 * 120 = 240 req/s are the target exactly.
    quiet = simulate(SERVICE, RESOURCES, OURS, steady(240))
    assert {second.replicas for second in quiet} == {2}
    assert quiet[-1].cpu_percent == pytest.approx(60)
    # 600 / 120 = 5 pods, at which the controller stays for its tolerance.
    busy = simulate(SERVICE, RESOURCES, OURS, steady(600))
    assert busy[-1].replicas == 5
    assert sum(second.unserved for second in busy) == 0


def test_too_much_for_every_pod_is_lost_and_cpu_is_at_its_limit() -> None:
    # 15 pods answer 15,000 of 20,000 a second; 1000m of 200m are 500 %; who waits, waits 30 s.
    last = simulate(SERVICE, RESOURCES, OURS, steady(20_000))[-1]
    assert (last.replicas, last.ready) == (15, 15)
    assert last.answered == pytest.approx(15_000)
    assert last.unserved == pytest.approx(5_000, rel=0.01)
    assert last.cpu_percent == pytest.approx(500)
    assert last.latency_seconds == pytest.approx(30, abs=1.1)


def test_nobody_is_lost_from_the_count() -> None:
    seconds = simulate(SERVICE, RESOURCES, OURS, steady(5_000, 200))
    arrived = sum(second.arrived for second in seconds)
    gone = sum(second.answered + second.unserved for second in seconds)
    assert arrived == pytest.approx(gone + seconds[-1].waiting)


def test_a_slow_start_shows() -> None:
    # The autoscaler asks for pods at the same time; until they are ready, 500 more wait each second.
    slow = Service("original", 1000, 2, 40, 40)
    runs = [simulate(each, RESOURCES, OURS, steady(2_500)) for each in (SERVICE, slow)]
    first = [next(second.at for second in run if second.ready > 2) for run in runs]
    assert first[1] - first[0] == 42 - 5
    most = [max(second.waiting for second in run) for run in runs]
    assert most[1] - most[0] == 500 * (42 - 5)

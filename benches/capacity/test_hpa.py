"""Each rule of the autoscaler against a case worked by hand, most of them with the project's own manifest."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from capacity import manifests
from capacity.hpa import Autoscaler, Controller, Policy, PolicyType, Rules, SelectPolicy
from capacity.metrics import Group, Metric, Pod, Sample, Tolerances, group, resource_replicas

HPA_YAML = Path(__file__).parents[2] / "deploy" / "kubernetes" / "base" / "hpa.yaml"
OURS = manifests.autoscaler(HPA_YAML)
CPU = Metric("cpu", 60)
REQUESTS = {"cpu": 200, "memory": 1000}
NOW = 1000.0


def pod(cpu: int | None, memory: int = 0, **fields: float) -> Pod:
    """A pod that has been ready for long and uses so many percent of what it requests; None: no sample."""
    sample = None if cpu is None else Sample(NOW - 20, 15, {"cpu": cpu * 2, "memory": memory * 10})
    old = Pod(REQUESTS, started_at=0, ready=True, ready_changed_at=5, sample=sample)
    return replace(old, **fields)


def starting(cpu: int | None = None) -> Pod:
    """A pod that was scheduled 10 seconds ago and isn't running yet."""
    return pod(cpu, started_at=NOW - 10, ready=False, ready_changed_at=NOW - 10, pending=True)


def replicas(*pods: Pod, current: int | None = None, metric: Metric = CPU) -> int | None:
    return resource_replicas(metric, NOW, len(pods) if current is None else current, pods, Tolerances())


def simple(up: Rules | None = None, down: Rules | None = None, most: int = 1000) -> Autoscaler:
    """No windows unless given, and policies that limit nothing."""
    free = Rules(0, (Policy(PolicyType.PODS, 1000, 15),))
    return Autoscaler(1, most, (CPU,), up or free, down or free)


def rules(*policies: tuple[str, int, int], window: int = 0, select: str = "Max") -> Rules:
    made = tuple(Policy(PolicyType(kind), value, period) for kind, value, period in policies)
    return Rules(window, made, SelectPolicy(select))


def run(autoscaler: Autoscaler, current: int, proposals: list[int], step: int = 15) -> list[int]:
    """The replicas after each sync, given what the metrics propose."""
    controller = Controller(autoscaler)
    result = []
    for index, proposed in enumerate(proposals):
        now = index * step
        before, current = current, controller.normalized(now, current, proposed)
        controller.remember(now, before, current)
        result.append(current)
    return result


def test_the_projects_manifest_is_read_in_full() -> None:
    assert (OURS.min_replicas, OURS.max_replicas) == (2, 15)
    assert OURS.metrics == (Metric("cpu", 60), Metric("memory", 70))
    assert OURS.scale_up == rules(("Percent", 100, 30), ("Pods", 3, 30), window=30)
    # selectPolicy isn't in it for scaleDown: Max is the default.
    assert OURS.scale_down == rules(("Percent", 50, 60), window=120)


def test_the_formula() -> None:
    # ceil(2 * 120 / 60) = 4, and ceil(3 * 70 / 60) = ceil(3.5) = 4
    assert replicas(pod(120), pod(120)) == 4
    assert replicas(pod(70), pod(70), pod(70)) == 4
    # ceil(4 * 30 / 60) = 2
    assert replicas(*[pod(30)] * 4) == 2


def test_within_the_tolerance_nothing_changes() -> None:
    # 66 / 60 = 1.1 and 54 / 60 = 0.9 are still within; 67 / 60 and 53 / 60 aren't: ceil(10 * 67 / 60) = 12
    assert replicas(*[pod(66)] * 10) == 10
    assert replicas(*[pod(54)] * 10) == 10
    assert replicas(*[pod(67)] * 10) == 12
    assert replicas(*[pod(53)] * 10) == 9


def test_use_is_the_ratio_of_sums_in_whole_percents() -> None:
    # (133 + 134) * 100 // 400 = 66 although it is 66.75, so it is within the tolerance.
    pods = [Pod(REQUESTS, 0, True, 5, Sample(NOW - 20, 15, {"cpu": used})) for used in (133, 134)]
    assert replicas(*pods) == 2


def test_pods_without_a_sample_hold_back_a_scale_down() -> None:
    # One at 20 %, one missing: (20 + 100) / 2 = 60, that is the target.
    assert replicas(pod(20), pod(None)) == 2
    # Three at 20 %, one missing: (3 * 20 + 100) / 4 = 40, ceil(4 * 40 / 60) = ceil(2.67) = 3
    assert replicas(pod(20), pod(20), pod(20), pod(None)) == 3
    # The target stands in where it is above 100 %: (150 + 200) / 2 = 175 of 200 is 0.875, ceil(2 * 0.875) = 2
    assert replicas(pod(150), pod(None), metric=Metric("cpu", 200)) == 2


def test_pods_without_a_sample_hold_back_a_scale_up() -> None:
    # Two at 150 %, one missing: (150 + 150 + 0) / 3 = 100, ceil(3 * 100 / 60) = 5, as the two alone would.
    assert replicas(pod(150), pod(150), pod(None)) == 5
    # One at 90 %, one missing: (90 + 0) / 2 = 45 would turn it into a scale-down, so nothing changes.
    assert replicas(pod(90), pod(None)) == 2


def test_pods_that_start_count_as_idle_when_scaling_up_only() -> None:
    # Two at 150 %, three pending: 300 / 5 = 60, that is the target: nobody asks again while some start.
    assert replicas(pod(150), pod(150), starting(), starting(), starting()) == 5
    # Two at 240 %, one pending: 480 / 3 = 160, ceil(3 * 160 / 60) = 8
    assert replicas(pod(240), pod(240), starting()) == 8
    # Down, they are left out: ceil(2 * 20 / 60) = 1
    assert replicas(pod(20), pod(20), starting()) == 1


def test_fewer_pods_with_samples_than_replicas_do_not_turn_a_scale_up_round() -> None:
    # 6 replicas, of which the controller sees 3: at 90 %, at 120 % and without a sample. 210 / 3 = 70, and
    # ceil(3 * 70 / 60) = 4: fewer than 6 because the load is too high would be absurd.
    assert replicas(pod(90), pod(120), pod(None), current=6) == 6


@pytest.mark.parametrize(
    ("started", "ready", "changed", "sampled", "expected"),
    [
        # Started 100 s ago, ready since 90: a window of 15 s that ended 75 s ago is the first that counts.
        (100, True, 90, 75, Group.COUNTED),
        (100, True, 90, 76, Group.UNREADY),
        (100, False, 90, 20, Group.UNREADY),
        # Started 300 s ago: the CPU initialization period is over, and the sample's age doesn't matter.
        (300, True, 90, 89, Group.COUNTED),
        # Unready since 29 s after the start: it never was ready. Since 30 s after: it was, so it counts.
        (400, False, 371, 20, Group.UNREADY),
        (400, False, 370, 20, Group.COUNTED),
    ],
)
def test_whose_cpu_counts(started: int, ready: bool, changed: int, sampled: int, expected: Group) -> None:
    """Seconds ago."""
    sample = Sample(NOW - sampled, 15, {"cpu": 1, "memory": 1})
    seen = Pod(REQUESTS, NOW - started, ready, NOW - changed, sample)
    assert group(seen, "cpu", NOW) is expected
    assert group(seen, "memory", NOW) is Group.COUNTED


def test_a_pending_pod_is_unready_and_a_running_one_without_a_sample_missing() -> None:
    assert group(starting(), "memory", NOW) is Group.UNREADY
    assert group(pod(None, ready=False), "cpu", NOW) is Group.MISSING


def test_the_largest_proposal_counts() -> None:
    # CPU: ceil(4 * 30 / 60) = 2. Memory: ceil(4 * 140 / 70) = 8.
    assert Controller(OURS).proposal(NOW, 4, [pod(30, memory=140)] * 4) == 8


def test_without_a_sample_nothing_changes_and_nothing_is_recommended() -> None:
    controller = Controller(OURS)
    assert controller.sync(NOW, 3, [pod(None)] * 3) == 3
    assert len(controller.recommendations) == 1


def test_a_missing_metric_forbids_a_scale_down_but_no_scale_up() -> None:
    # CPU of all three is set aside, they are too young. Memory: ceil(3 * 35 / 70) = 2 is refused, 6 is not.
    young = {"started_at": NOW - 20, "ready_changed_at": NOW - 18}
    assert Controller(OURS).proposal(NOW, 3, [pod(50, memory=35, **young)] * 3) is None
    assert Controller(OURS).proposal(NOW, 3, [pod(50, memory=140, **young)] * 3) == 6


def test_the_bounds_come_first() -> None:
    # Outside of them the metrics aren't even looked at; nought replicas mean that somebody switched it off.
    assert Controller(OURS).sync(NOW, 20, []) == 15
    assert Controller(OURS).sync(NOW, 1, []) == 2
    assert Controller(OURS).sync(NOW, 0, []) == 0
    assert run(simple(most=7), 2, [50]) == [7]


def test_ours_from_2_to_5_within_30_seconds_and_not_to_4() -> None:
    # Percent allows 2 + 100 % = 4, Pods 2 + 3 = 5, and Max takes 5. The first 30 s are the window's: at 0 s
    # there were 2. From 30 s on: 5. At 45 s the period began with 2, so 5 is still the limit; at 60 s it
    # began with 5: Percent allows 10. At 90 s: 20, but 15 is the most.
    up = Autoscaler(2, 15, OURS.metrics, OURS.scale_up, OURS.scale_down)
    assert run(up, 2, [2, 20, 20, 20, 20, 20, 20]) == [2, 2, 5, 5, 10, 10, 15]


def test_a_short_peak_is_over_before_the_window_is() -> None:
    # Up to the lowest of 30 s: 20 is proposed twice, 15 s apart, between two proposals of 2.
    assert run(OURS, 2, [2, 20, 2, 20, 2]) == [2, 2, 2, 2, 2]


def test_ours_halves_each_minute_once_two_minutes_have_passed() -> None:
    # 15 are proposed at 0 s, and at 120 s that is over. 15 - 50 % = 7.5, rounded down 7. At 180 s the period
    # begins with 7: 3. At 240 s: 1, but 2 are the fewest.
    after = run(OURS, 15, [15] + [2] * 16)
    assert after[:8] == [15] * 8
    assert after[8:12] == [7] * 4
    assert after[12:16] == [3] * 4
    assert after[16] == 2


def test_the_current_replicas_are_kept_between_the_two_windows() -> None:
    # After an 8 and a 4: up to 4 at most, the lowest, and down to 8 at most, the highest; so 8 stay 8, and
    # where a 6 came first and kept the 8 from being taken, 6 stay 6.
    windows = simple(rules(("Pods", 9, 15), window=60), rules(("Pods", 9, 15), window=60))
    assert run(windows, 6, [8, 4, 8, 4]) == [8, 8, 8, 8]
    assert run(windows, 6, [6, 8, 4, 8]) == [6, 6, 6, 6]


def test_min_takes_the_policy_that_changes_least() -> None:
    # Up from 10: Percent 50 allows 15, Pods 3 allows 13. Down: Percent 50 keeps 5, Pods 3 keeps 7.
    policies = [("Percent", 50, 60), ("Pods", 3, 60)]
    slow = simple(rules(*policies, select="Min"), rules(*policies, select="Min"))
    fast = simple(rules(*policies), rules(*policies))
    assert (run(slow, 10, [99]), run(fast, 10, [99])) == ([13], [15])
    assert (run(slow, 10, [1]), run(fast, 10, [1])) == ([7], [5])


def test_disabled_moves_nothing() -> None:
    still = rules(("Pods", 3, 60), select="Disabled")
    assert run(simple(up=still, down=still), 10, [99, 1]) == [10, 10]


def test_percents_are_rounded_up_on_the_way_up_and_down_on_the_way_down() -> None:
    # 3 * 1.1 = 3.3, up to 4; 3 * 0.9 = 2.7, down to 2.
    ten = rules(("Percent", 10, 60))
    assert run(simple(ten, ten), 3, [99]) == [4]
    assert run(simple(ten, ten), 3, [1]) == [2]
    # In floating point, as upstream: 100 * 1.1 is a little more than 110.
    assert run(simple(ten, ten), 100, [999]) == [111]


def test_the_example_of_the_documentation() -> None:
    # "Scaling policies": 10 % of 80 are 8; then 10 % of 72 are 7.2, but 8 go; below 40 the 4 pods are more
    # than the 10 %. The syncs are a minute apart, so that a period is over each time.
    down = simple(down=rules(("Pods", 4, 60), ("Percent", 10, 60)))
    assert run(down, 80, [10] * 3, step=60) == [72, 64, 57]
    assert run(down, 30, [10] * 3, step=60) == [26, 22, 18]


def test_a_period_begins_with_what_was_there_before_both_directions() -> None:
    # Pods 4 a minute: 10 to 14; down to 12; then the period began with 12 - 4 + 2 = 10, so 14 again.
    both = simple(rules(("Pods", 4, 60)), rules(("Pods", 9, 60)))
    assert run(both, 10, [99, 12, 99]) == [14, 12, 14]
    # At 60 s the change of 0 s is over: the period began with 14 - 2 + 2 = 14, so 18.
    assert run(both, 10, [99, 12, 99, 99, 99]) == [14, 12, 14, 14, 18]

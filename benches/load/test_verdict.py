"""Made-up measurements with a known answer."""

from __future__ import annotations

import pytest
import verdict
from verdict import GENERATOR, NOTHING, OTHERS, SERVER, Point, bottleneck, says


def point(level: int, rate: float, server: float, load: float, others: tuple[float, float] = (0, 0)) -> Point:
    """A quarter of the server's work is its own; by Little's law all connections wait."""
    return Point(level, rate, level / rate * 1e3, server / 4, server * 3 / 4, load, others)


def test_a_server_whose_core_is_full() -> None:
    found = bottleneck([point(50, 60_000, 0.6, 0.3), point(150, 100_000, 1.0, 0.5)], "connections")
    assert found is not None
    assert (found.resource, found.level) == (SERVER, 150)
    # 10 µs of the one core and 5 µs of the other.
    assert [found.server_bound, found.load_bound] == pytest.approx([100_000, 200_000])
    assert [found.second_core, found.second_core_alone] == pytest.approx([2, 2])
    assert says(found, "connections").startswith("The server's core is full first, from 150 connections on.")
    assert any("75 % of it in the kernel" in reason for reason in found.reasons)


def test_both_full_and_the_server_needs_more() -> None:
    found = bottleneck([point(50, 100_000, 1.0, 0.96)], "connections")
    assert found is not None
    assert found.resource == SERVER
    # A second core for it meets the load's bound at once.
    assert found.second_core == pytest.approx(1 / 0.96)


def test_a_load_whose_core_is_full() -> None:
    found = bottleneck([point(150, 1_200, 0.02, 0.99), point(300, 1_200, 0.02, 1.0)], "connections")
    assert found is not None
    assert (found.resource, found.level) == (GENERATOR, 150)
    assert [found.second_core, found.second_core_alone, found.second_load_core] == pytest.approx([1, 1, 2])
    assert "The server has room left" in says(found, "users")


def test_users_who_wait_fill_nothing() -> None:
    found = bottleneck([point(50, 500, 0.01, 0.4), point(150, 1_500, 0.03, 0.8)], "connections")
    assert found is not None
    assert (found.resource, found.level) == (NOTHING, None)
    assert says(found, "users").startswith("Nothing is full")


def test_somebody_else_on_the_machine() -> None:
    found = bottleneck([point(50, 7_000, 0.08, 0.07, (0.92, 0.92))], "connections")
    assert found is not None
    assert found.resource == OTHERS
    assert "Others on the machine" in says(found, "connections")
    assert any("these figures are theirs too" in reason for reason in found.reasons)


def test_little_disturbance_is_not_mentioned() -> None:
    found = bottleneck([point(50, 100_000, 0.95, 0.5, (verdict.DISTURBED / 2, 0))], "connections")
    assert found is not None
    assert found.resource == SERVER
    assert not any("theirs" in reason for reason in found.reasons)


def test_littles_law() -> None:
    assert point(150, 100_000, 1, 1).under_way == pytest.approx(150)


def test_without_a_phase_there_is_no_verdict() -> None:
    assert bottleneck([], "connections") is None

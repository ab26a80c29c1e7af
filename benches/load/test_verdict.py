"""Made-up measurements with a known answer."""

from __future__ import annotations

import pytest
import verdict
from verdict import BOTH, GENERATOR, NOTHING, OTHERS, SERVER, Point, bottleneck, says


def point(level: int, rate: float, server: float, load: float, others: tuple[float, float] = (0, 0)) -> Point:
    """A quarter of the server's work is its own; by Little's law all connections wait."""
    return Point(level, rate, level / rate * 1e3, server / 4, server * 3 / 4, load, others)


def test_a_server_whose_core_is_full() -> None:
    found = bottleneck([point(50, 60_000, 0.6, 0.3), point(150, 100_000, 1.0, 0.5)], "connections")
    assert found is not None
    assert (found.resource, found.point.level) == (SERVER, 150)
    # 10 µs of the one core are a bound; 5 µs of the other, which is half full, are none.
    assert found.point.bounds == pytest.approx({SERVER: 100_000})
    assert found.reasons[0] == (
        "At 150 connections and 100,000 requests a second a request takes 10.0 µs of the server's core "
        "(100 % busy, so full: it allows 100,000 a second) and 5.00 µs of the load's core (50 % busy)."
    )
    assert "75 % of the server's work is the kernel's." in found.reasons
    words = says(found, "connections")
    assert words.startswith("The server's core is full first, from 150 connections on.")
    assert "about 2.00 times the requests" in words


def test_both_full_and_as_narrow() -> None:
    found = bottleneck([point(50, 120_000, 0.98, 0.97)], "connections")
    assert found is not None
    assert found.resource == BOTH
    assert "one more for the server or for the load alone would bring nothing" in says(found, "connections")


def test_both_full_and_one_narrower() -> None:
    # The load's core is shared, so that it is full with less.
    found = bottleneck([point(50, 100_000, 1.0, 0.8, (0, 0.2))], "connections")
    assert found is not None
    assert found.resource == SERVER
    # A second core for the server meets the load's bound.
    assert "about 1.25 times the requests" in says(found, "connections")


def test_a_load_whose_core_is_full() -> None:
    found = bottleneck([point(150, 1_200, 0.02, 0.99), point(300, 1_200, 0.02, 1.0)], "users")
    assert found is not None
    assert (found.resource, found.point.level) == (GENERATOR, 150)
    words = says(found, "users")
    assert "One more core for the load would bring about 2.00 times the requests" in words
    assert "the server's core is 2 % busy, and one more there alone would bring nothing" in words


def test_a_server_that_is_almost_full_leaves_the_load_little() -> None:
    found = bottleneck([point(50, 100_000, 0.92, 0.97)], "connections")
    assert found is not None
    assert found.resource == GENERATOR
    assert "about 1.09 times the requests" in says(found, "connections")


def test_where_nothing_is_full_the_fullest_core_is_named() -> None:
    found = bottleneck([point(50, 500, 0.01, 0.4), point(150, 1_500, 0.03, 0.89)], "users")
    assert found is not None
    assert (found.resource, found.point.bounds) == (NOTHING, {})
    assert says(found, "users").endswith("the load's core comes nearest, 89 % busy at 150.")


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

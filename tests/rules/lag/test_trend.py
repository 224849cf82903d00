"""Trend words, slopes and catch-up times."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lag.model import CatchUp
from streams.lag.trend import Trend, catch_up_s, p_value, slope_per_s, trend


def points(lags: list[int]) -> list[tuple[int, int]]:
    return [(place * 1_000, lag) for place, lag in enumerate(lags)]


@pytest.mark.parametrize(
    ("lags", "word"),
    [
        ([0, 100, 200, 300, 400, 500], Trend.RISING),
        ([500, 400, 300, 200, 100, 0], Trend.FALLING),
        ([100] * 6, Trend.STEADY),
        ([100, 102, 104, 106, 108, 110], Trend.STEADY),  # ten records are noise
        ([100_000, 100_200, 100_400, 100_600, 100_800, 101_000], Trend.STEADY),  # one per cent too
        ([0, 100, 0, 100, 0, 100], Trend.STEADY),  # a saw-tooth is no trend
        ([0, 100, 200, 300], Trend.UNKNOWN),
        ([], Trend.UNKNOWN),
    ],
)
def test_words(lags: list[int], word: Trend) -> None:
    assert trend(points(lags)) is word


def test_one_outlier_does_not_bend_the_slope() -> None:
    assert slope_per_s(points([0, 10, 20, 9_000, 40, 50, 60])) == pytest.approx(10, abs=1)


def test_no_two_times_no_slope() -> None:
    assert slope_per_s([(5, 1), (5, 9)]) == 0.0


@pytest.mark.parametrize(
    ("values", "p"),
    [
        (list(range(10)), 0.0000831),  # S = 45, variance 125: the normal tail of 44 / sqrt(125)
        ([1, 1, 1, 1], 1.0),
        ([1, 2], 1.0),
    ],
)
def test_mann_kendall_as_published(values: list[int], p: float) -> None:
    assert p_value(values) == pytest.approx(p, rel=0.01)


@given(st.lists(st.integers(0, 1_000_000), min_size=3, max_size=30))
def test_reversing_time_reverses_the_word(lags: list[int]) -> None:
    opposite = {Trend.RISING: Trend.FALLING, Trend.FALLING: Trend.RISING}
    forwards, backwards = trend(points(lags)), trend(points(lags[::-1]))

    if {forwards, backwards} <= opposite.keys():
        assert backwards is opposite[forwards]
    assert p_value(lags) == pytest.approx(p_value(lags[::-1]))
    assert 0 <= p_value(lags) <= 1


def test_catch_up_needs_a_gain() -> None:
    ends = [(0, 1_000), (10_000, 1_100)]

    assert catch_up_s(0, [], []) == 0.0
    assert catch_up_s(100, [(0, 0), (10_000, 300)], ends) == pytest.approx(5)
    assert catch_up_s(100, [(0, 0), (10_000, 100)], ends) is CatchUp.NOT_CATCHING_UP
    assert catch_up_s(100, [(0, 0)], ends) is CatchUp.UNKNOWN
    assert catch_up_s(100, [(5, 0), (5, 9)], ends) is CatchUp.UNKNOWN

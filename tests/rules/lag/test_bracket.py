"""Brackets hold the age of a record without asking any clock but our own."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from streams.lag.bracket import Bracket, bracket, rising
from streams.lag.model import EndPoint

HISTORY = [EndPoint(0, 10, 100), EndPoint(1_000, 1_010, 200), EndPoint(2_000, 2_010, 200)]


@pytest.mark.parametrize(
    ("offset", "lo_ms", "hi_ms"),
    [
        (99, 2_990, math.inf),  # older than all history
        (100, 1_990, 3_000),
        (199, 1_990, 3_000),
        (200, 0, 1_000),  # appended after the last reading was asked
    ],
)
def test_a_record_lies_between_the_two_readings_around_it(
    offset: int, lo_ms: int, hi_ms: float
) -> None:
    assert bracket(offset, HISTORY, 3_000) == Bracket(lo_ms, hi_ms)


def test_a_missed_sweep_widens_the_bracket() -> None:
    full = bracket(150, HISTORY, 3_000)
    gap = bracket(150, [HISTORY[0], HISTORY[2]], 3_000)

    assert (gap.lo_ms, gap.hi_ms) == (990, 3_000)
    assert gap.lo_ms < full.lo_ms


def test_without_history_every_age_is_possible() -> None:
    assert bracket(5, [], 3_000) == Bracket(0, math.inf)


def test_an_answer_after_the_commit_never_makes_an_age_negative() -> None:
    assert bracket(150, HISTORY[:2], 1_000).lo_ms == 0


def test_a_falling_log_end_cuts_the_history() -> None:
    truncated = [EndPoint(0, 10, 300), *HISTORY[1:]]

    assert rising(truncated) == HISTORY[1:]
    assert rising(HISTORY) == HISTORY


def test_the_birth_of_a_topic_cuts_the_history() -> None:
    assert rising(HISTORY, since_ms=1_000) == HISTORY[1:]
    assert rising(HISTORY, since_ms=5_000) == []


@given(
    appends=st.lists(st.integers(0, 100_000), min_size=1, max_size=60).map(sorted),
    sweeps=st.lists(
        st.tuples(st.integers(0, 110_000), st.integers(0, 500)), min_size=1, max_size=20
    ),
    data=st.data(),
)
def test_the_true_age_always_lies_in_the_bracket(
    appends: list[int], sweeps: list[tuple[int, int]], data: st.DataObject
) -> None:
    history, free_ms = [], 0
    for wanted_ms, took_ms in sorted(sweeps):
        asked_ms = max(wanted_ms, free_ms)
        free_ms = asked_ms + took_ms
        read_ms = data.draw(st.integers(asked_ms, free_ms))
        history.append(EndPoint(asked_ms, free_ms, sum(append <= read_ms for append in appends)))
    now_ms = max(history[-1].answered_ms, appends[-1]) + 1
    offset = data.draw(st.integers(0, len(appends) - 1))

    age_ms = now_ms - appends[offset]

    around = bracket(offset, rising(history), now_ms)
    assert around.lo_ms <= age_ms <= around.hi_ms

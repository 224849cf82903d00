"""What a sweep remembers so that short windows judge like long ones."""

from __future__ import annotations

from dataclasses import replace

import pytest

from streams.lag.model import UNKNOWN, LagRules, Number
from streams.lag.movement import Memory, idle_limit_ms, remember
from tests.rules.lag.windows import SWEEP_MS, window


def test_a_movement_adds_its_gap_and_starts_anew() -> None:
    kept = remember(window([1, 1, 1, 4], [9] * 4))

    assert kept == Memory((3 * SWEEP_MS,), 3 * SWEEP_MS, 0, 4)


def test_standing_still_keeps_the_first_sight() -> None:
    assert remember(window([4, 4, 4], [9] * 3)) == Memory((), 0, 0, 4)


def test_a_reset_backwards_is_no_rhythm() -> None:
    assert remember(window([4, 2], [9] * 2)).gaps == ()


def test_only_eight_gaps_are_kept() -> None:
    kept = remember(window([1, 2], [9] * 2, gaps=range(1, 9)))

    assert kept.gaps == (2, 3, 4, 5, 6, 7, 8, SWEEP_MS)


@pytest.mark.parametrize("commit", [UNKNOWN, None])
def test_a_sweep_without_a_commit_changes_no_memory(commit: Number | None) -> None:
    seen = window([4, commit], [9] * 2, gaps=[7], still_since_ms=-5, due_since_ms=-3, last_commit=4)

    assert remember(seen) == Memory((7,), -5, -3, 4)


def test_nothing_due_forgets_since_when() -> None:
    assert remember(window([9], [9], due_since_ms=-9)).due_since_ms is None


def test_a_window_of_one_sample_goes_on_where_the_last_one_ended() -> None:
    moved = remember(window([5], [9], still_since_ms=-SWEEP_MS, last_commit=4))
    still = remember(window([5], [9], still_since_ms=-SWEEP_MS, last_commit=5))

    assert (moved.gaps, moved.still_since_ms) == ((SWEEP_MS,), 0)
    assert (still.gaps, still.still_since_ms) == ((), -SWEEP_MS)


def test_carrying_memory_equals_one_long_window() -> None:
    commits = [1, 1, 2, 2, 3, 5, 5, 5, 6, 9, 9]
    ends = [9] * len(commits)
    carried = Memory()
    for last in range(len(commits)):
        first = max(0, last - 1)
        seen = window(commits[: last + 1], ends[: last + 1])
        short = window(
            commits[: last + 1],
            ends[: last + 1],
            gaps=carried.gaps,
            still_since_ms=carried.still_since_ms,
            due_since_ms=carried.due_since_ms,
            last_commit=carried.last_commit,
        )
        carried = remember(replace(short, samples=short.samples[first:]))
        assert carried.still_since_ms == remember(seen).still_since_ms
        assert carried.due_since_ms == remember(seen).due_since_ms
    assert carried.gaps == tuple(gap * SWEEP_MS for gap in (2, 2, 1, 3, 1))


def test_the_idle_limit_is_thrice_the_rhythm_and_two_sweeps_at_least() -> None:
    rules = LagRules(SWEEP_MS)

    assert idle_limit_ms(1_000, rules) == 2 * SWEEP_MS
    assert idle_limit_ms(300_000, rules) == 900_000
    assert idle_limit_ms(None, rules) == 900_000

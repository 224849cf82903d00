"""Incidents open after two fails, close after three passes, and silence decides nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from catalog.sla.incident import Step, next_state
from catalog.sla.judge import Word

WORDS = st.lists(st.sampled_from([word.value for word in Word]), max_size=12)


@pytest.mark.parametrize(
    ("history", "is_open", "step"),
    [
        ([], False, Step.KEEP),
        (["fail"], False, Step.KEEP),
        (["fail", "fail"], False, Step.OPEN),
        (["fail", "pass", "fail"], False, Step.KEEP),
        (["fail", "warn", "fail"], False, Step.KEEP),  # a warn still keeps its promise
        (["fail", "unknown", "skip", "fail"], False, Step.OPEN),
        (["fail", "fail", "unknown"], False, Step.OPEN),
        (["fail", "fail"], True, Step.KEEP),
        (["pass", "pass"], True, Step.KEEP),
        (["pass", "pass", "pass"], True, Step.CLOSE),
        (["pass", "warn", "pass"], True, Step.CLOSE),
        (["pass", "unknown", "pass", "skip", "pass"], True, Step.CLOSE),
        (["pass", "pass", "fail", "pass"], True, Step.KEEP),
        (["unknown"] * 10, True, Step.KEEP),
        (["unknown"] * 10, False, Step.KEEP),
        (["skip"] * 10, True, Step.KEEP),
    ],
)
def test_steps(history: list[str], is_open: bool, step: Step) -> None:
    assert next_state(history, is_open) is step


def test_a_loss_opens_at_once() -> None:
    assert next_state(["fail"], False, open_after=1) is Step.OPEN


@pytest.mark.parametrize("limits", [{"open_after": 0}, {"open_after": -1}])
def test_at_least_one_verdict_is_needed(limits: dict[str, int]) -> None:
    with pytest.raises(ValueError, match="at least one"):
        next_state(["fail"], False, **limits)


def test_a_word_that_is_no_verdict_is_refused() -> None:
    with pytest.raises(ValueError, match="fine"):
        next_state(["fine"], False)


@given(WORDS, st.booleans(), st.integers(0, 12), st.sampled_from(["unknown", "skip"]))
def test_silence_anywhere_changes_nothing(
    history: list[str], is_open: bool, place: int, silence: str
) -> None:
    longer = [*history[:place], silence, *history[place:]]

    assert next_state(longer, is_open) is next_state(history, is_open)

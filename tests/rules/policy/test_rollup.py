"""From item states to the request's state."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.policy.rollup import roll_up
from governance.policy.states import State

ITEM_STATES = (
    "pending", "applying", "done", "unchanged", "failed", "unknown", "verified", "undone", "undo_failed",
    "kept",
)  # fmt: skip


@pytest.mark.parametrize(
    ("items", "on_failure", "expected"),
    [
        (["verified", "unchanged"], "hold", State.APPLIED),
        (["unchanged"], "hold", State.APPLIED),
        (["done", "verified"], "hold", State.VERIFYING),
        (["pending", "verified"], "hold", State.APPLYING),
        (["failed", "pending"], "compensate", State.FAILED),
        (["failed", "unchanged"], "hold", State.FAILED),
        (["verified", "failed"], "hold", State.PARTIALLY_APPLIED),
        (["verified", "failed"], "compensate", State.COMPENSATING),
        (["failed", "undone"], "compensate", State.FAILED),
        (["undone", "undone"], "compensate", State.COMPENSATED),
        (["undone", "kept"], "compensate", State.COMPENSATION_FAILED),
        (["undone", "verified"], "compensate", State.COMPENSATING),
    ],
)
def test_cases(items: list[str], on_failure: str, expected: State) -> None:
    assert roll_up(items, on_failure) is expected


@given(st.lists(st.sampled_from(ITEM_STATES), min_size=1), st.sampled_from(["hold", "compensate"]))
def test_an_unknown_outcome_is_never_compensated(items: list[str], on_failure: str) -> None:
    assert roll_up([*items, "unknown"], on_failure) is State.OUTCOME_UNKNOWN


@given(st.lists(st.sampled_from(ITEM_STATES), min_size=1))
def test_order_of_items_does_not_matter(items: list[str]) -> None:
    assert roll_up(items, "hold") is roll_up(items[::-1], "hold")


@given(st.lists(st.sampled_from(ITEM_STATES), min_size=1))
def test_applied_means_that_every_item_was_verified(items: list[str]) -> None:
    if roll_up(items, "hold") is State.APPLIED:
        assert set(items) <= {"verified", "unchanged"}


@given(st.lists(st.sampled_from(ITEM_STATES), min_size=1), st.sampled_from(["hold", "compensate"]))
def test_nothing_is_undone_where_undoing_is_not_possible(items: list[str], on_failure: str) -> None:
    if not set(items) & {"undone", "undo_failed", "kept"}:
        assert roll_up(items, on_failure, can_undo=False) is not State.COMPENSATING

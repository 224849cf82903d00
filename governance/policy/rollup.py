"""From the states of the items to the state of the request; pure, so that it can be tried whole."""

from __future__ import annotations

from collections.abc import Sequence

from governance.policy.states import State

OPEN = frozenset({"pending", "applying"})
ACTED = frozenset({"done", "verified", "kept"})  # something stands on the broker or in a row
SETTLED = frozenset({"verified", "unchanged"})


def roll_up(items: Sequence[str], on_failure: str, *, can_undo: bool = True) -> State:
    """The state of a request whose items are in these states.

    An unknown outcome is never compensated: the act may still land.
    """
    states = set(items)
    if "unknown" in states:
        return State.OUTCOME_UNKNOWN
    if "failed" in states:
        return _after_failure(states, on_failure, can_undo)
    if states & {"undone", "undo_failed", "kept"}:
        return _after_undo(states)
    if states & OPEN:
        return State.APPLYING
    return State.APPLIED if states <= SETTLED else State.VERIFYING


def _after_failure(states: set[str], on_failure: str, can_undo: bool) -> State:
    if not states & ACTED:
        return State.FAILED
    if on_failure == "compensate" and can_undo:
        return State.COMPENSATING
    return State.PARTIALLY_APPLIED


def _after_undo(states: set[str]) -> State:
    if states & {"done", "verified", "applying"}:
        return State.COMPENSATING
    return State.COMPENSATION_FAILED if states & {"undo_failed", "kept"} else State.COMPENSATED

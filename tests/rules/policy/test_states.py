"""The state table: every state × event is allowed or a named refusal."""

from __future__ import annotations

import pytest

from governance.errors import RequestState
from governance.policy.states import FINAL, OPEN, TABLE, Event, State, after, allows, step_of


def test_every_state_has_a_row() -> None:
    assert set(TABLE) == set(State)


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("event", Event)
def test_each_event_is_allowed_or_refused_by_name(state: State, event: Event) -> None:
    if allows(state, event):
        assert after(state, event) is TABLE[state][event]
        return
    with pytest.raises(RequestState, match="does not allow") as refused:
        after(state, event)
    assert refused.value.status == 409
    assert refused.value.context == {"extra": {"state": state.value}}


@pytest.mark.parametrize("state", sorted(FINAL))
def test_final_states_are_never_left(state: State) -> None:
    assert not any(allows(state, event) for event in Event)


@pytest.mark.parametrize("state", sorted(OPEN))
def test_every_open_state_can_reach_an_end(state: State) -> None:
    seen, waiting = {state}, [state]
    while waiting:
        for target in TABLE[waiting.pop()].values():
            if target not in seen:
                seen.add(target)
                waiting.append(target)
    assert seen & FINAL


def test_nothing_is_applied_without_having_been_approved() -> None:
    ways = {state for state, leaves in TABLE.items() if State.APPLYING in leaves.values()}
    assert ways == {State.APPROVED, State.PARTIALLY_APPLIED, State.OUTCOME_UNKNOWN, State.FAILED}
    into_approved = {state for state, leaves in TABLE.items() if State.APPROVED in leaves.values()}
    assert into_approved == {State.SUBMITTED, State.AWAITING_APPROVAL}


def test_stepper_only_moves_forward_on_the_plain_way() -> None:
    way = ["draft", "submitted", "awaiting_approval", "approved", "verifying", "applied"]
    assert [step_of(state) for state in way] == [0, 1, 2, 3, 4, 5]

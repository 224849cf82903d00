"""The state machine of a request as one table: state × event → next state."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from governance.errors import RequestState


class State(StrEnum):
    DRAFT = "draft"
    SUBMITTED = "submitted"
    CHECKS_FAILED = "checks_failed"
    AWAITING_APPROVAL = "awaiting_approval"
    APPROVED = "approved"
    APPLYING = "applying"
    VERIFYING = "verifying"
    APPLIED = "applied"
    PARTIALLY_APPLIED = "partially_applied"
    FAILED = "failed"
    OUTCOME_UNKNOWN = "outcome_unknown"
    COMPENSATING = "compensating"
    COMPENSATED = "compensated"
    COMPENSATION_FAILED = "compensation_failed"
    DECLINED = "declined"
    WITHDRAWN = "withdrawn"
    EXPIRED = "expired"
    SUPERSEDED = "superseded"


class Event(StrEnum):
    """What happens to a request; each name is something a person or the worker does."""

    SUBMIT = "submit"
    CHECKS_BLOCK = "checks_block"  # a policy blocks, or the plan could not be made in time
    PLANNED = "planned"  # plan and checks done, approvals needed
    AUTO_APPROVE = "auto_approve"
    EDIT = "edit"
    WITHDRAW = "withdraw"
    QUORUM = "quorum"
    DECLINE = "decline"
    REPLAN = "replan"  # the live state is no longer the one that was approved
    APPROVER_LOST = "approver_lost"
    EXPIRE = "expire"
    SUPERSEDE = "supersede"
    START = "start"
    ITEMS_DONE = "items_done"
    VERIFY = "verify"
    FAIL = "fail"  # nothing changed on the broker
    HALF_DONE = "half_done"
    LOSE_SIGHT = "lose_sight"  # an act without an answer and without a conclusive read-back
    READ_AGAIN = "read_again"
    COMPENSATE = "compensate"
    UNDONE = "undone"
    LEFTOVERS = "leftovers"


S, E = State, Event
TABLE: Mapping[State, Mapping[Event, State]] = {
    S.DRAFT: {E.SUBMIT: S.SUBMITTED, E.EDIT: S.DRAFT, E.WITHDRAW: S.WITHDRAWN},
    S.SUBMITTED: {
        E.CHECKS_BLOCK: S.CHECKS_FAILED,
        E.PLANNED: S.AWAITING_APPROVAL,
        E.AUTO_APPROVE: S.APPROVED,
        E.WITHDRAW: S.WITHDRAWN,
    },
    S.CHECKS_FAILED: {E.EDIT: S.DRAFT, E.SUBMIT: S.SUBMITTED, E.WITHDRAW: S.WITHDRAWN},
    S.AWAITING_APPROVAL: {
        E.QUORUM: S.APPROVED,
        E.DECLINE: S.DECLINED,
        E.EDIT: S.DRAFT,
        E.WITHDRAW: S.WITHDRAWN,
        E.EXPIRE: S.EXPIRED,
        E.SUPERSEDE: S.SUPERSEDED,
        E.REPLAN: S.SUBMITTED,
    },
    S.APPROVED: {
        E.START: S.APPLYING,
        E.REPLAN: S.AWAITING_APPROVAL,
        E.APPROVER_LOST: S.AWAITING_APPROVAL,
        E.CHECKS_BLOCK: S.CHECKS_FAILED,
        E.WITHDRAW: S.WITHDRAWN,
        E.EXPIRE: S.EXPIRED,
    },
    S.APPLYING: {
        E.ITEMS_DONE: S.VERIFYING,
        E.VERIFY: S.APPLIED,
        E.FAIL: S.FAILED,
        E.HALF_DONE: S.PARTIALLY_APPLIED,
        E.LOSE_SIGHT: S.OUTCOME_UNKNOWN,
        E.COMPENSATE: S.COMPENSATING,
        E.REPLAN: S.AWAITING_APPROVAL,
    },
    S.VERIFYING: {
        E.VERIFY: S.APPLIED,
        E.LOSE_SIGHT: S.OUTCOME_UNKNOWN,
        E.HALF_DONE: S.PARTIALLY_APPLIED,
    },
    S.PARTIALLY_APPLIED: {E.START: S.APPLYING, E.COMPENSATE: S.COMPENSATING},
    S.OUTCOME_UNKNOWN: {
        E.READ_AGAIN: S.VERIFYING,
        E.START: S.APPLYING,
        E.HALF_DONE: S.PARTIALLY_APPLIED,
        E.FAIL: S.FAILED,
    },
    S.COMPENSATING: {E.UNDONE: S.COMPENSATED, E.LEFTOVERS: S.COMPENSATION_FAILED},
    S.COMPENSATION_FAILED: {E.COMPENSATE: S.COMPENSATING},
    # Nothing changed and the plan is checked again before the next try, so the approvals still hold.
    S.FAILED: {E.START: S.APPLYING, E.WITHDRAW: S.WITHDRAWN},
    S.APPLIED: {},
    S.COMPENSATED: {},
    S.DECLINED: {},
    S.WITHDRAWN: {},
    S.EXPIRED: {},
    S.SUPERSEDED: {},
}
FINAL = frozenset(state for state, leaves in TABLE.items() if not leaves)
OPEN = frozenset(TABLE) - FINAL
HAS_PLAN = frozenset({S.AWAITING_APPROVAL, S.APPROVED, S.APPLYING, S.VERIFYING, S.APPLIED})
STEPS = ("draft", "checks", "approval", "apply", "verified")
_STEP = {
    S.DRAFT: 0, S.SUBMITTED: 1, S.CHECKS_FAILED: 1, S.AWAITING_APPROVAL: 2, S.DECLINED: 2,
    S.EXPIRED: 2, S.SUPERSEDED: 2, S.WITHDRAWN: 0, S.APPROVED: 3, S.APPLYING: 3, S.FAILED: 3,
    S.PARTIALLY_APPLIED: 3, S.COMPENSATING: 3, S.COMPENSATED: 3, S.COMPENSATION_FAILED: 3,
    S.OUTCOME_UNKNOWN: 4, S.VERIFYING: 4, S.APPLIED: 5,
}  # fmt: skip


def after(state: str, event: Event) -> State:
    """The next state. Raises RequestState when the event is not allowed from here."""
    leaves = TABLE[State(state)]
    if event not in leaves:
        said = event.value.replace("_", " ")
        raise RequestState(
            f"A request that is {words(state)} does not allow: {said}.", state=str(state)
        )
    return leaves[event]


def allows(state: str, event: Event) -> bool:
    """Is the event possible from here?"""
    return event in TABLE[State(state)]


def step_of(state: str) -> int:
    """How many of the five steps of the stepper are behind the request."""
    return _STEP[State(state)]


def words(state: str) -> str:
    """The state as people say it."""
    return state.replace("_", " ")

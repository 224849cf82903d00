"""Another try: of checks, of failed items, of a read-back."""

from __future__ import annotations

from governance.actions.applying import items_pending
from governance.actions.decisions import start_apply
from governance.actions.moves import locked, move
from governance.actions.requests import submit
from governance.errors import RequestState
from governance.models import ChangeRequest
from governance.policy.states import Event, State, words
from governance.standing import resource_of_request
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.people.authz.doors import require

RETRYABLE = frozenset({State.FAILED, State.PARTIALLY_APPLIED})


@audited
def retry(number: int, *, by: Principal, revision: int | None = None) -> ChangeRequest:
    """Try the failed items again, or check a request again whose checks failed.

    Items that stand are left alone; every precondition is read again first.
    """
    request = locked(number, revision)
    require(by, "change.retry", resource_of_request(request))
    if request.state == State.CHECKS_FAILED:
        return submit(number, by=by)
    if request.state not in RETRYABLE or (request.failure or {}).get("settled"):
        raise RequestState(
            f"A request that is {words(request.state)} cannot be retried.", state=request.state
        )
    items_pending(number, ("failed", "applying"), by=by)
    move(request, Event.START, by=by)
    start_apply(request, by=by)
    return request


@audited
def read_again(number: int, *, by: Principal, revision: int | None = None) -> ChangeRequest:
    """Read the broker again for items whose outcome is not known."""
    request = locked(number, revision)
    require(by, "change.retry", resource_of_request(request))
    if request.state != State.OUTCOME_UNKNOWN:
        raise RequestState(
            f"A request that is {words(request.state)} has nothing to read.", state=request.state
        )
    move(request, Event.START, by=by)
    start_apply(request, by=by)
    return request

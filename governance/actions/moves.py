"""The only writer of a request's state: one conditional update per event, with its side rows."""

from __future__ import annotations

from django.db.models import F

from governance.errors import RequestState
from governance.models import Approval, ChangeRequest, Reservation
from governance.policy.states import FINAL, Event, State, after
from governance.signals import request_changed
from mesh.audit.actions import announce, outbox, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import NotFound
from mesh.kernel.revisions import unmoved

CLOSING = FINAL | {State.FAILED}


def locked(number: int, revision: int | None = None) -> ChangeRequest:
    """The request's row, locked for this transaction. Raises NotFound.

    Whoever acts on what they read names its `revision`: StaleRevision when another one stands.
    """
    rows = ChangeRequest.objects.select_for_update(no_key=True, of=("self",))
    found = (
        rows.select_related("product__domain", "requester_user", "environment")
        .filter(pk=number)
        .first()
    )
    if found is None:
        raise NotFound
    unmoved(found.revision, revision)
    return found


def move(
    request: ChangeRequest, event: Event, *, by: Principal, why: str = "", **members: object
) -> State:
    """Apply an event; `members` are further columns. Raises RequestState when somebody was faster."""
    before = request.state
    target = after(before, event)
    now = database_now()
    columns = {**members, "state": target.value, "closed_at": now if target in CLOSING else None}
    changed = ChangeRequest.objects.filter(
        pk=request.pk, state=before, revision=request.revision
    ).update(**columns, revision=F("revision") + 1, updated_at=now)
    if changed != 1:
        raise RequestState(
            "Somebody changed this request at the same moment; look again.", state=before
        )
    for name, value in columns.items():
        setattr(request, name, value)
    request.revision += 1
    if target in FINAL:
        Reservation.objects.filter(request=request).delete()
    tell(request, f"request_{event.value}", by=by, why=why, before=before)
    return target


def tell(
    request: ChangeRequest,
    event: str,
    *,
    by: Principal,
    why: str = "",
    before: str = "",
    **after_words: object,
) -> None:
    """Audit, outbox and announcement of something that happened to a request."""
    change = {"state": request.state, **after_words}
    record(
        event,
        request,
        by=by,
        why=why,
        before={"state": before} if before else dict(change),
        after=change,
        request_number=request.pk,
    )
    teams = (request.team_id,) if request.team_id is not None else ()
    outbox(event, request, teams=teams, number=request.pk, state=request.state)
    announce(request_changed, number=request.pk)


def void_votes(request: ChangeRequest, why: str) -> list[str]:
    """Make every standing vote count no more; the labels of those who had voted."""
    standing = Approval.objects.filter(request=request, void_reason="")
    labels = list(standing.values_list("person_label", flat=True))
    standing.update(void_reason=why[:200])
    return labels

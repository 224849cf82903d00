"""From a filled-in registration to a submitted request, in one transaction."""

from __future__ import annotations

from uuid import UUID

from catalog.actions.drafts import catch_up, close_draft
from catalog.queries.drafts import draft_of, draft_request
from catalog.registering.moved import mark_of
from governance.actions.requests import create_and_submit
from governance.models import ChangeRequest
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.kernel.errors import StaleRevision


@audited
def request_from_draft(draft_id: UUID, *, by: Principal, seen: str) -> ChangeRequest:
    """Create and submit what was reviewed; the draft is closed with it, so it is sent once.

    `seen` is the mark of the reviewed draft. Raises InvalidInput with every fault, NotFound,
    StaleRevision when another window or the product itself changed it since.
    """
    draft, _ = catch_up(draft_of(by, draft_id).pk, by=by)
    if mark_of(draft.document, "review") != seen:
        raise StaleRevision(
            "This draft has moved since you read it: read it again before you send it."
        )
    request = create_and_submit(draft_request(by, draft_id), by=by)
    close_draft(draft.pk, request.pk, by=by)
    return request

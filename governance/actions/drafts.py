"""From a filled-in registration to a submitted request, in one transaction."""

from __future__ import annotations

from uuid import UUID

from catalog.actions.drafts import close_draft
from catalog.queries.drafts import draft_of, draft_request
from governance.actions.requests import create_and_submit
from governance.models import ChangeRequest
from mesh.audit.actions import audited
from mesh.audit.principal import Principal


@audited
def request_from_draft(draft_id: UUID, *, by: Principal) -> ChangeRequest:
    """Create and submit; the draft is closed with it. Raises InvalidInput with every fault, NotFound."""
    draft = draft_of(by, draft_id)
    request = create_and_submit(draft_request(by, draft_id), by=by)
    close_draft(draft.pk, request.pk, by=by)
    return request

"""Drafts of the registration form: each person sees their own alone."""

from __future__ import annotations

import uuid
from typing import Any

from django.db.models import QuerySet

from catalog.models import ProductDraft
from catalog.registering.document import request_body
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound


def drafts_of(viewer: Principal) -> QuerySet[ProductDraft]:
    """The viewer's open drafts, newest first."""
    rows = ProductDraft.objects.filter(user_id=viewer.user_pk or 0, request_number__isnull=True)
    return rows.select_related("product").order_by("-updated_at")


def draft_of(viewer: Principal, public_id: uuid.UUID | str) -> ProductDraft:
    """One open draft of the viewer. Raises NotFound."""
    draft = drafts_of(viewer).filter(public_id=uuid.UUID(str(public_id))).first()
    if draft is None:
        raise NotFound
    return draft


def sent_as(viewer: Principal, public_id: uuid.UUID) -> int | None:
    """The number of the request that the viewer's draft has become; None while it is open."""
    rows = ProductDraft.objects.filter(user_id=viewer.user_pk or 0, public_id=public_id)
    return rows.values_list("request_number", flat=True).first()


def draft_request(
    viewer: Principal, public_id: uuid.UUID | str, reason: str = ""
) -> dict[str, Any]:
    """The body of POST /api/v1/requests that the draft stands for. Raises NotFound."""
    return request_body(draft_of(viewer, public_id), reason)

"""What the registration form needs of governance: verdicts beside it, and its last button."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from catalog.queries.drafts import sent_as
from governance.actions.drafts import request_from_draft
from governance.queries.preview import draft_checks
from mesh.kernel.errors import MeshError
from mesh.people.pages import Page


class DraftChecks(Page):
    """The fragment with what the policies say of a draft."""

    asks: ClassVar[str] = "change.draft"
    template = "governance/_checks.html"

    def get(self, request: HttpRequest, draft_id: UUID) -> HttpResponse:
        checks = draft_checks(self.viewer, draft_id)
        return self.page(
            checks=[check for check in checks if check["state"] != "ok"],
            passing=[check for check in checks if check["state"] == "ok"],
        )


class SendDraft(Page):
    """POST: make the request and go to its page; refused: back to the form, which kept everything."""

    asks: ClassVar[str] = "change.draft"

    def post(self, request: HttpRequest, draft_id: UUID) -> HttpResponse:
        seen = request.POST.get("revision", "")
        number = sent_as(self.viewer, draft_id)
        if number is not None:  # a second click
            return redirect(f"/governance/requests/{number}")
        try:
            made = request_from_draft(draft_id, by=self.viewer, seen=seen)
        except MeshError as error:
            details = [fault.detail for fault in error.faults[:5]] or [error.detail]
            for detail in dict.fromkeys(details):
                messages.error(request, detail)
            back = request.POST.get("back", "")
            return redirect(
                back
                if url_has_allowed_host_and_scheme(back, {request.get_host()})
                else "/products/new"
            )
        messages.success(request, "Sent. The plan is being made; somebody else has to agree to it.")
        return redirect(f"/governance/requests/{made.pk}")

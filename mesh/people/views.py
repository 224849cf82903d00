"""The account page and the look of the frame."""

from __future__ import annotations

from typing import ClassVar

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.http import url_has_allowed_host_and_scheme

from mesh.people.actions import set_look
from mesh.people.models import User
from mesh.people.pages import Page


class Account(Page):
    """A person's own settings: theme, density, roles."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "me.edit"}
    template = "people/account.html"

    def get(self, request: object) -> HttpResponse:
        user = self.request.user
        assert isinstance(user, User)
        return self.page(
            memberships=list(user.memberships.select_related("team").order_by("team__name")),
            grants=list(user.grants.order_by("role")),
            person=user,
        )

    def post(self, request: object) -> HttpResponse:
        posted = self.request.POST
        set_look(by=self.viewer, theme=posted.get("theme"), density=posted.get("density"))
        if posted.get("quiet"):
            return HttpResponse(status=204)
        messages.success(self.request, "Your settings are saved.")
        target = posted.get("next", "")
        return redirect(
            target
            if url_has_allowed_host_and_scheme(target, {self.request.get_host()})
            else "/account"
        )

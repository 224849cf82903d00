"""The notifications page, what is done there, and the bell."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect

from mesh.kernel.errors import InvalidInput
from mesh.kernel.paging import Keyset, page_of
from mesh.people.models import MutedProduct
from mesh.people.notices import (
    by_day,
    count_words,
    mark_read,
    mute,
    unmute,
    unread_count,
    visible_notices,
)
from mesh.people.pages import Page

NEWEST = Keyset("at", descending=True)
TABS = {"": "All", "unread": "Unread"}


class Notifications(Page):
    """What a person was told, by day and object; POST marks lines read or mutes a product."""

    asks: ClassVar[dict[str, str]] = {"GET": "me.read", "POST": "notice.read"}
    template = "people/notifications.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        shown = request.GET.get("show", "")
        shown = shown if shown in TABS else ""
        rows = visible_notices(self.viewer)
        if shown:
            rows = rows.filter(read_at__isnull=True)
        page = page_of(rows, NEWEST, request.GET, scope=f"notifications {shown}")
        return self.page(
            days=by_day(page.rows),
            unread=count_words(unread_count(self.viewer)),
            shown=shown,
            tabs=[
                {"label": label, "href": f"/notifications?show={name}" if name else "/notifications",
                 "count": None, "current": name == shown}
                for name, label in TABS.items()
            ],
            muted=list(MutedProduct.objects.filter(user_id=self.viewer.user_pk or 0).order_by("label")),
            following=f"?show={shown}&cursor={page.next_cursor}" if page.next_cursor else "",
        )  # fmt: skip

    def post(self, request: HttpRequest) -> HttpResponse:
        posted = request.POST
        match posted.get("what"):
            case "read":
                mark_read([_uuid(text) for text in posted.getlist("id")], by=self.viewer)
            case "read-all":
                count = mark_read(None, by=self.viewer)
                messages.success(request, f"{count} marked as read." if count else "All was read.")
            case "mute":
                row = mute(_uuid(posted.get("product", "")), by=self.viewer)
                messages.info(
                    request, f"You hear no more of {row.label}, except what always comes."
                )
            case "unmute":
                unmute(_uuid(posted.get("product", "")), by=self.viewer)
                messages.success(request, "You hear of it again.")
            case _:
                raise InvalidInput("Nothing of that name can be done here.", pointer="/what")
        if posted.get("quiet"):
            return HttpResponse(status=204)
        return redirect("/notifications?show=unread" if posted.get("show") else "/notifications")


class Bell(Page):
    """The bell's inside: how much is unread."""

    asks: ClassVar[str] = "me.read"
    template = "people/_bell.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        return self.page(unread=count_words(unread_count(self.viewer)))


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError as error:
        raise InvalidInput("This is no id of ours.", pointer="/id") from error

"""Pages of the desk: home."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from governance.desk.home import home, may_register
from mesh.people.pages import Page


class Home(Page):
    """What waits on the viewer, how their products are, what happens near them."""

    asks: ClassVar[str] = "me.read"
    template = "desk/home.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        page = home(self.viewer)
        return self.page(
            page=page,
            may_register=may_register(self.viewer),
            inbox_count=page.decisions,  # the frame need not count again
        )

"""The fragment behind the palette."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from catalog.search.query import TEXT_LENGTH
from catalog.showing.palette import palette
from mesh.people.pages import Page


class Palette(Page):
    """Lines for the words typed so far."""

    asks: ClassVar[str] = "search"
    template = "catalog/_palette.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        text = request.GET.get("q", "")[:TEXT_LENGTH]
        return self.page(page=palette(self.viewer, text, getattr(request.user, "recent", ())))

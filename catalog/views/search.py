"""The search page."""

from __future__ import annotations

from typing import ClassVar

from django.http import HttpRequest, HttpResponse

from catalog.showing.search import search_page
from mesh.people.pages import Page


class Search(Page):
    """Find products, topics, fields, groups, teams and domains."""

    asks: ClassVar[str] = "search"
    template = "catalog/search.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = {name: request.GET.getlist(name) for name in request.GET}
        return self.page(
            page=search_page(self.viewer, asked), may_create=self.may("product.create")
        )

"""Pages of the lineage room: where a focus leads, and why a flow is believed."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from lineage import queries
from mesh.people.pages import Page


class Lineage(Page):
    """Leads to the lineage of the product in focus, without one to the catalogue."""

    asks: ClassVar[str] = "lineage.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        focus = request.GET.get("focus", "")
        if not focus:
            return HttpResponseRedirect("/search?kind=product")
        slug = queries.product_slug(self.viewer, focus[:200])
        return HttpResponseRedirect(f"/products/{slug}/lineage")


class EdgeEvidence(Page):
    """A fragment: everything that speaks for one flow."""

    asks: ClassVar[str] = "lineage.read"
    template: ClassVar[str] = "lineage/_edge.html"

    def get(self, request: HttpRequest, edge_id: UUID) -> HttpResponse:
        return self.page(edge=queries.edge_of(self.viewer, edge_id))

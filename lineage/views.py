"""Pages of the lineage room: the explorer, its table as CSV, and why a flow is believed."""

from __future__ import annotations

from typing import ClassVar
from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from lineage import queries
from lineage.explorer.asking import LONGEST, Asked, asked_by
from lineage.explorer.focusing import focus_of, offered
from lineage.explorer.page import explorer_page, full_csv
from lineage.models import Node
from mesh.people.pages import Page


class Lineage(Page):
    """The explorer: a product with what feeds it and reads it, or the whole mesh."""

    asks: ClassVar[str] = "lineage.read"
    template: ClassVar[str] = "lineage/explorer.html"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = asked_by(request.GET)
        find = request.GET.get("find", "")[:LONGEST].replace("\x00", "").strip()
        offers = offered(self.viewer, find) if find else []
        if len(offers) == 1:
            return HttpResponseRedirect(Asked(focus=offers[0]).link())
        if not asked.focus:
            return self._explored(asked, None, find, offers)
        focus = focus_of(self.viewer, asked.focus)
        if focus is None:
            return self.page(template="lineage/nothing.html")
        if focus.beside:
            beside = Asked(focus=focus.root.label, node=focus.beside)
            return HttpResponseRedirect(beside.link())
        return self._explored(asked, focus.root, find, offers)

    def _explored(
        self, asked: Asked, root: Node | None, find: str, offers: list[str]
    ) -> HttpResponse:
        page = explorer_page(self.viewer, asked, root)
        named = [(name, Asked(focus=name).link()) for name in offers]
        return self.page(page=page, find=find, offers=named)


class LineageTable(Page):
    """Everything that can be reached, as CSV."""

    asks: ClassVar[str] = "lineage.read"

    def get(self, request: HttpRequest) -> HttpResponse:
        asked = asked_by(request.GET)
        focus = focus_of(self.viewer, asked.focus) if asked.focus else None
        root = focus.root if focus is not None else None
        name = root.label if root is not None else "mesh"
        answer = HttpResponse(
            full_csv(self.viewer, Asked(focus=name if root else ""), root),
            content_type="text/csv; charset=utf-8",
        )
        answer["Content-Disposition"] = f'attachment; filename="lineage-{name}.csv"'
        return answer


class EdgeEvidence(Page):
    """A fragment: everything that speaks for one flow."""

    asks: ClassVar[str] = "lineage.read"
    template: ClassVar[str] = "lineage/_edge.html"

    def get(self, request: HttpRequest, edge_id: UUID) -> HttpResponse:
        return self.page(edge=queries.edge_of(self.viewer, edge_id))

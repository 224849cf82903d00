"""REST of search."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from catalog.queries.search import search
from catalog.search.finding import FACETS, SORTS, Hit
from mesh.kernel.errors import MalformedRequest
from mesh.people.rest import MeshAPI

LIMIT = 200


class SearchView(MeshAPI):
    """Everything that matches, with facet counts; `q` understands words, "phrases", -word, field:x."""

    asks: ClassVar[str] = "search"
    is_paged: ClassVar[bool] = True
    parameters = frozenset({"q", "sort", *FACETS})
    choices: ClassVar[dict[str, Collection[str]]] = {"sort": tuple(SORTS)}
    several = frozenset(FACETS)

    @extend_schema(responses={200: dict})
    def get(self, request: Request) -> Response:
        asked = request.query_params
        found = search(
            self.viewer,
            asked.get("q", ""),
            {name: asked.getlist(name) for name in FACETS},
            cursor=asked.get("cursor"),
            limit=_limit(asked.get("limit")),
            sort=asked.get("sort") or "relevance",
        )
        return Response(
            {
                "items": [_shape(hit) for hit in found.items],
                "facets": {
                    name: [{"value": value, "count": count} for value, count in counts]
                    for name, counts in found.facets.items()
                },
                "total": {"value": found.total, "exact": found.is_exact},
                "next": found.next_cursor,
                "hints": list(found.query.hints),
                "took_ms": found.took_ms,
            }
        )


def _limit(text: str | None) -> int:
    if not text:
        return 50
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:6]) <= LIMIT):
        raise MalformedRequest(f"limit is a number from 1 to {LIMIT}.", pointer="?limit")
    return int(text)


def _shape(hit: Hit) -> dict[str, Any]:
    return {
        "kind": hit.kind,
        "id": hit.id,
        "href": hit.href,
        "name": hit.name,
        "line": hit.line,
        "product": hit.product_slug or None,
        "team": hit.team_slug or None,
        "domain": hit.domain_slug or None,
        "lifecycle": hit.lifecycle or None,
        "tier": hit.tier or None,
        "health": hit.health or None,
        "consumers": hit.consumers,
        "changed_at": hit.changed_at,
        "matched_field": hit.field or None,
    }

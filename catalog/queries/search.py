"""Search for every door: the web page, REST and the palette ask the same statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from catalog.search.finding import PAGE, Found
from catalog.search.finding import search as find
from mesh.audit.principal import Principal


def search(
    viewer: Principal,
    q: str,
    filters: Mapping[str, Sequence[str]],
    *,
    cursor: str | None = None,
    limit: int = PAGE,
    sort: str = "relevance",
) -> Found:
    """What the viewer may see that matches, with facets. Raises MalformedRequest, Cursor."""
    return find(viewer, q, filters, cursor=cursor, limit=limit, sort=sort)

"""Open requests of a product, for the page that the product has below this room."""

from __future__ import annotations

from collections.abc import Sequence

from catalog.motion import InMotion
from governance.policy.states import OPEN
from governance.queries.requests import visible_requests
from governance.queries.words import STATE_WORDS
from mesh.audit.principal import Principal

SHOWN = 5


def requests_in_motion(viewer: Principal, product_id: int) -> Sequence[InMotion]:
    """Requests that would change a product, newest first. One query."""
    rows = visible_requests(viewer).filter(product_id=product_id, state__in=OPEN)
    return tuple(
        InMotion(
            request.title,
            f"/governance/requests/{request.number}",
            f"Request {request.number}, {STATE_WORDS[request.state][1].lower()}",
        )
        for request in rows.defer("plan", "failure", "impact").order_by("-number")[:SHOWN]
    )

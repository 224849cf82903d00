"""Who may have caused a breach: upstream products that broke a promise earlier, nearest first."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from catalog.models import DataProduct, Incident, PromiseState
from lineage.queries import upstream_products

LIMIT = 10


def suspects_of(product: DataProduct, started_at: datetime) -> list[dict[str, object]]:
    """Upstream products failing since before `started_at`, nearest first; three queries."""
    hops = upstream_hops(product)
    if not hops:
        return []
    products = {row.pk: row for row in DataProduct.objects.filter(public_id__in=hops)}
    since = _failing_since(list(products), started_at)
    ranked = sorted(since, key=lambda pk: (hops[products[pk].public_id], since[pk][0]))
    return [
        {
            "product": str(products[pk].public_id),
            "slug": products[pk].slug,
            "name": products[pk].name,
            "hops": hops[products[pk].public_id],
            "since": since[pk][0].isoformat(),
            "why": since[pk][1],
        }
        for pk in ranked[:LIMIT]
    ]


def upstream_hops(product: DataProduct) -> dict[UUID, int]:
    """How many products away each upstream product is: by lineage, and by declared input ports."""
    hops = {product.public_id: 0}
    frontier, distance = [product.public_id], 0
    while frontier and distance < LIMIT:
        distance += 1
        found = DataProduct.objects.filter(
            ports__readers__product__public_id__in=frontier, ports__readers__direction="input"
        ).values_list("public_id", flat=True)
        frontier = [public_id for public_id in set(found) if public_id not in hops]
        hops.update(dict.fromkeys(frontier, distance))
    for public_id, observed in _observed(product):
        hops[public_id] = min(observed, hops.get(public_id, observed))
    del hops[product.public_id]
    return hops


def _observed(product: DataProduct) -> list[tuple[UUID, int]]:
    return [
        (UUID(str(public_id)), hops)
        for public_id, hops in upstream_products(product.public_id)
        if str(public_id) != str(product.public_id)
    ]


def _failing_since(product_ids: list[int], before: datetime) -> dict[int, tuple[datetime, str]]:
    """Since when and why each product fails, if that began before the given instant."""
    found: dict[int, tuple[datetime, str]] = {}
    states = PromiseState.objects.filter(
        promise__port__product_id__in=product_ids,
        promise__ended_at__isnull=True,
        word="fail",
        since__lte=before,
    ).select_related("promise__port")
    incidents = Incident.objects.filter(
        product_id__in=product_ids, resolved_at__isnull=True, started_at__lte=before
    )
    for state in states:
        _earliest(found, state.promise.port.product_id, state.since, state.promise.words)
    for incident in incidents:
        _earliest(found, incident.product_id, incident.started_at, incident.title)
    return found


def _earliest(found: dict[int, tuple[datetime, str]], pk: int, since: datetime, why: str) -> None:
    if pk not in found or since < found[pk][0]:
        found[pk] = (since, why)

"""Health of products from their promises and incidents; written only where it changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from catalog.models import DataProduct, Incident, Port, Promise
from catalog.sla.health import Health, health, worst
from mesh.audit.actions import audited, wake

REASONS = 5


@audited
def refresh_health(product_ids: Sequence[int]) -> list[int]:
    """Recompute the health of products; those whose health or reasons changed. Four queries."""
    products = DataProduct.objects.filter(pk__in=product_ids).order_by("pk")
    ports = defaultdict(list)
    for port in Port.objects.filter(
        product_id__in=product_ids, direction="output", lifecycle="active"
    ):
        ports[port.product_id].append(port)
    promises = defaultdict(list)
    standing = Promise.objects.filter(port__product_id__in=product_ids, ended_at__isnull=True)
    for promise in standing.select_related("now", "port"):
        promises[promise.port_id].append(promise)
    incidents = defaultdict(list)
    for incident in Incident.objects.filter(product_id__in=product_ids, resolved_at__isnull=True):
        incidents[incident.product_id].append(incident)
    changed = []
    for product in products.select_for_update(no_key=True):
        mine = incidents[product.pk]
        found = worst([_port(promises[port.pk], mine) for port in ports[product.pk]])
        reasons = _reasons([each for port in ports[product.pk] for each in promises[port.pk]], mine)
        if (product.health, product.health_reasons) != (found.value, reasons):
            was = product.health
            product.health, product.health_reasons = found.value, reasons
            product.save(update_fields=["health", "health_reasons"])
            changed.append(product.pk)
            if was != product.health:
                wake("catalog.rebuild_search", "product", [str(product.public_id)])
    return changed


def _port(promises: Sequence[Promise], incidents: Sequence[Incident]) -> Health:
    words = [promise.now.word for promise in promises if hasattr(promise, "now")]
    keys = {str(promise.public_id) for promise in promises}
    has_incident = any(
        incident.kind == Incident.Kind.SCHEMA or incident.target_key in keys
        for incident in incidents
    )
    return health(words, has_incident, bool(promises))


def _reasons(promises: Sequence[Promise], incidents: Sequence[Incident]) -> list[dict[str, object]]:
    """What makes the product less than healthy, worst first."""
    found: list[dict[str, object]] = [
        {"state": "bad", "text": incident.title, "href": f"/incidents/{incident.number}"}
        for incident in incidents
    ]
    broken = {incident.target_key for incident in incidents}
    for word, state in (("fail", "bad"), ("warn", "warn"), ("unknown", "unknown")):
        found += [
            {"state": state, "text": f"{promise.words}: {promise.now.reason}"}
            for promise in promises
            if hasattr(promise, "now")
            and promise.now.word == word
            and str(promise.public_id) not in broken
        ]
    found += [
        {"state": "unknown", "text": f"{promise.words}: not judged yet"}
        for promise in promises
        if not hasattr(promise, "now")
    ]
    return found[:REASONS]

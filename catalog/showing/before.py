"""What changed shortly before an incident, in the product and upstream of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from datetime import datetime, timedelta

from catalog.models import DataProduct, Incident, PortTopic, TopicSubject
from catalog.showing.changes import ACTIONS, Change, of_event, of_version
from lineage.queries import upstream_products
from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from schemas.models import SchemaVersion

SPAN = timedelta(hours=1)
SHOWN = 20


def changed_before(viewer: Principal, incident: Incident) -> tuple[Change, ...]:
    """Acts and schema versions of the hour before an incident began and until it was detected.

    Newest first, each led by its product's name. Costs a walk upstream and five queries.
    """
    up = [public_id for public_id, _ in upstream_products(incident.product.public_id)]
    rows = DataProduct.objects.filter(public_id__in=[*up, incident.product.public_id])
    products = {row.pk: row for row in scope(viewer, "catalog.read", rows)}
    since, until = incident.started_at - SPAN, incident.detected_at
    found = [*_acts(products.values(), since, until), *_versions(products, since, until)]
    return tuple(sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN])


def _acts(products: Collection[DataProduct], since: datetime, until: datetime) -> list[Change]:
    names = {str(product.public_id): product.name for product in products}
    events = AuditEvent.objects.filter(
        product_id__in=names,
        action__in=[name for name in ACTIONS if not name.startswith("incident")],
        outcome="done",
        at__range=(since, until),
    ).order_by("-id")[:SHOWN]
    return [_led(names[event.product_id], of_event(event)) for event in events]


def _versions(
    products: Mapping[int, DataProduct], since: datetime, until: datetime
) -> list[Change]:
    placed = dict(
        PortTopic.objects.filter(port__product_id__in=products, direction="output").values_list(
            "topic_id", "port__product_id"
        )
    )
    pairs = TopicSubject.objects.filter(topic_id__in=placed).values_list("subject_id", "topic_id")
    owners = {subject_id: products[placed[topic_id]].name for subject_id, topic_id in pairs}
    versions = SchemaVersion.objects.filter(
        subject_id__in=owners, created_at__range=(since, until)
    ).select_related("subject")
    return [
        _led(owners[version.subject_id], of_version(version))
        for version in versions.order_by("-created_at")[:SHOWN]
    ]


def _led(name: str, change: Change) -> Change:
    return replace(change, title=f"{name}: {change.title[:1].lower()}{change.title[1:]}")

"""Who owns what: ObjectScope rows, written in the transaction of the change that moves them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from django.db.models import Q

from catalog.actions.domains import domain_path
from catalog.models import DataProduct, Port, PortTopic, TopicSubject
from mesh.people.models import ObjectScope
from streams.models import ConsumerGroup

Owned = tuple[str, UUID]  # kind and public id
OWN_FIELDS = ["team", "product_slug", "domain_ids", "visibility"]


def write_scopes(product: DataProduct) -> None:
    """Make the ObjectScope rows of a product match its ports; what another product owns stays.

    Topics, subjects and groups belong to a product only through a live output or an active input
    port: a draft claims nothing. Constant number of queries.
    """
    wanted = _wanted(product)
    taken = set(
        ObjectScope.objects.filter(object_id__in=[public_id for _, public_id in wanted])
        .exclude(Q(product_id=product.public_id) | Q(product_id__isnull=True))
        .values_list("kind", "object_id")
    )
    mine = [owned for owned in wanted if owned not in taken]
    old = ObjectScope.objects.filter(product_id=product.public_id)
    old.exclude(object_id__in=[public_id for _, public_id in mine]).delete()
    domains = [domain.public_id for domain in domain_path(product.domain)]
    ObjectScope.objects.bulk_create(
        [
            ObjectScope(
                kind=kind,
                object_id=public_id,
                team_id=product.team_id,
                product_id=product.public_id,
                product_slug=product.slug,
                domain_ids=domains,
                visibility=product.visibility,
            )
            for kind, public_id in mine
        ],
        update_conflicts=True,
        unique_fields=["kind", "object_id"],
        update_fields=[*OWN_FIELDS, "product_id"],
    )


def _wanted(product: DataProduct) -> list[Owned]:
    ports = list(Port.objects.filter(product=product))
    live = PortTopic.objects.filter(
        port__product=product, direction=Port.Direction.OUTPUT, live=True
    ).select_related("topic")
    topics = {row.topic_id: row.topic for row in live}
    subjects = TopicSubject.objects.filter(topic_id__in=topics).values_list(
        "subject__public_id", flat=True
    )
    return [
        ("product", product.public_id),
        *(("port", port.public_id) for port in ports),
        *(("topic", topic.public_id) for topic in topics.values()),
        *(("subject", public_id) for public_id in set(subjects)),
        *(("consumergroup", public_id) for public_id in _groups(ports)),
    ]


def _groups(ports: Iterable[Port]) -> set[UUID]:
    names = {
        port.group_name
        for port in ports
        if port.group_name and port.direction == Port.Direction.INPUT and port.lifecycle == "active"
    }
    if not names:
        return set()
    live = ConsumerGroup.objects.filter(group_id__in=names, ended_at__isnull=True)
    return set(live.values_list("public_id", flat=True))

"""Who reads a product: what input ports declare beside the groups that really commit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from catalog.judging.measures import REASON_WORDS
from catalog.models import DataProduct, Port, PortTopic
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope
from mesh.people.models import ObjectScope
from streams.models import ConsumerGroup, GroupTopicLag


@dataclass(frozen=True, slots=True)
class Reader:
    """One reader of a product: a group, a product, or both. Ages are None where unknown."""

    group: str
    group_id: str
    topic: str
    product: str
    product_slug: str
    team: str
    declared: bool
    observed: bool
    status: str
    lag_records: int | None
    age_lo_s: int | None
    age_hi_s: int | None
    as_of: datetime | None
    moved_at: datetime | None
    unknown_reason: str


def readers_of(viewer: Principal, product: DataProduct) -> list[Reader]:
    """Readers with lag, slowest first; products the viewer may not see have no name here.

    Constant number of queries.
    """
    topics = PortTopic.objects.filter(port__product=product, direction="output")
    groups = scope(viewer, "streams.read", ConsumerGroup.objects.filter(ended_at__isnull=True))
    lags = GroupTopicLag.objects.filter(topic__in=topics.values("topic_id"), group__in=groups)
    rows = list(lags.select_related("group", "topic").defer("topic__configs"))
    declared = _declared(viewer, product)
    owners = _owners([row.group for row in rows])
    readers = [_observed(row, row.topic.name, declared, owners) for row in rows]
    seen = {reader.group for reader in readers}
    readers += [_silent(port) for name, port in declared.items() if name not in seen]
    return sorted(readers, key=_slowness)


def consumers_of(viewer: Principal, product: DataProduct) -> list[dict[str, Any]]:
    """readers_of() as JSON members."""
    return [
        {
            "group": reader.group,
            "group_id": reader.group_id or None,
            "topic": reader.topic,
            "product": reader.product_slug or None,
            "team": reader.team or None,
            "declared": reader.declared,
            "observed": reader.observed,
            "status": reader.status,
            "lag_records": reader.lag_records,
            "age_lo_seconds": reader.age_lo_s,
            "age_hi_seconds": reader.age_hi_s,
            "unknown_reason": reader.unknown_reason,
            "as_of": reader.as_of,
        }
        for reader in readers_of(viewer, product)
    ]


def _declared(viewer: Principal, product: DataProduct) -> dict[str, Port]:
    """Input ports on this product by group name (or by product where no group is named)."""
    shown = scope(viewer, "catalog.read", DataProduct.objects.all())
    ports = Port.objects.filter(direction="input", upstream__product=product, product__in=shown)
    return {
        port.group_name or f"product {port.product.slug}": port
        for port in ports.select_related("product__team")
    }


def _owners(groups: list[ConsumerGroup]) -> dict[object, ObjectScope]:
    rows = ObjectScope.objects.filter(
        kind="consumergroup", object_id__in=[group.public_id for group in groups]
    ).select_related("team")
    return {row.object_id: row for row in rows}


def _observed(
    row: GroupTopicLag, topic: str, declared: dict[str, Port], owners: dict[object, ObjectScope]
) -> Reader:
    port, owner = declared.get(row.group.group_id), owners.get(row.group.public_id)
    owner_team = owner.team.name if owner is not None and owner.team is not None else ""
    return Reader(
        group=row.group.group_id,
        group_id=str(row.group.public_id),
        topic=topic,
        product=port.product.name if port else "",
        product_slug=port.product.slug if port else owner.product_slug if owner else "",
        team=port.product.team.name if port else owner_team,
        declared=port is not None,
        observed=any(offset is not None for offset in row.committed),
        status=row.status,
        lag_records=row.lag_records,
        age_lo_s=row.age_lo_s,
        age_hi_s=row.age_hi_s,
        as_of=row.as_of,
        moved_at=row.moved_at,
        unknown_reason=REASON_WORDS.get(row.unknown_reason, row.unknown_reason),
    )


def _silent(port: Port) -> Reader:
    """A declared reader that no sweep has seen."""
    return Reader(
        group=port.group_name,
        group_id="",
        topic="",
        product=port.product.name,
        product_slug=port.product.slug,
        team=port.product.team.name,
        declared=True,
        observed=False,
        status="unknown",
        lag_records=None,
        age_lo_s=None,
        age_hi_s=None,
        as_of=None,
        moved_at=None,
        unknown_reason="no group of this name was seen" if port.group_name else "no group named",
    )


def _slowness(reader: Reader) -> tuple[int, int, str]:
    age = reader.age_lo_s if reader.age_lo_s is not None else -1
    return (0 if reader.observed else 1, -age, reader.group)

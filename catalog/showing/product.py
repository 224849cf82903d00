"""The head of a product's page and what all its tabs share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q

from catalog.actions.domains import domain_path
from catalog.models import (
    DataProduct,
    Incident,
    Port,
    PortTopic,
    Promise,
    Subscription,
    TopicSubject,
)
from catalog.queries.consumers import Reader, readers_of
from catalog.queries.lookup import product_of
from catalog.showing.words import Badge, health_badge
from mesh.audit.principal import Principal
from mesh.people.authz.decide import Resource
from mesh.people.authz.doors import may, owned_resource, scope
from schemas.models import SchemaVersion
from streams.models import Cluster, Topic, TopicState

TABS = ("overview", "schema", "lineage", "consumers", "promises", "changes")
TAB_WORDS = {
    "overview": "Overview", "schema": "Schema", "lineage": "Lineage", "consumers": "Consumers",
    "promises": "Promises", "changes": "Changes",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class PlacedTopic:
    """A port's topic with its log, subjects and newest versions."""

    port: Port
    topic: Topic
    cluster: Cluster
    state: TopicState | None
    is_live: bool
    key_versions: tuple[SchemaVersion, ...]
    value_versions: tuple[SchemaVersion, ...]


@dataclass(frozen=True, slots=True)
class ProductHead:
    """What every tab of a product needs."""

    product: DataProduct
    resource: Resource
    badge: Badge
    crumbs: tuple[dict[str, str], ...]
    tabs: tuple[dict[str, object], ...]
    placed: tuple[PlacedTopic, ...]
    inputs: tuple[Port, ...]
    promises: tuple[Promise, ...]
    readers: tuple[Reader, ...]
    sees_streams: bool
    incidents: tuple[Incident, ...]
    is_subscribed: bool
    may_edit: bool
    stale_since: datetime | None
    stale_cluster: str
    stale_cause: str

    @property
    def slug(self) -> str:
        return self.product.slug

    @property
    def state_words(self) -> str:
        """ "active since 3 Feb 2026", "draft"."""
        since = self.product.activated_at
        if self.product.lifecycle == "active" and since is not None:
            return f"active since {since.day} {since:%b %Y}"
        return self.product.lifecycle


def product_head(viewer: Principal, slug: str, tab: str) -> ProductHead:
    """The head of a product's page. Raises NotFound. Constant number of queries."""
    product = product_of(viewer, slug)
    resource = owned_resource("product", product)
    placed = placed_topics(product)
    promises = tuple(
        Promise.objects.filter(port__product=product, ended_at__isnull=True)
        .select_related("now", "port__product__domain")
        .order_by("port_id", "property", "consumer")
    )
    sees_streams = may(viewer, "streams.read")
    readers = tuple(readers_of(viewer, product)) if sees_streams else ()
    incidents = tuple(
        Incident.objects.filter(product=product, resolved_at__isnull=True).order_by("-number")
    )
    silent = next((one.cluster for one in placed if one.cluster.state == "unreachable"), None)
    return ProductHead(
        product=product,
        resource=resource,
        badge=health_badge(product.health),
        crumbs=_crumbs(product),
        tabs=_tabs(product, tab, readers, promises, placed),
        placed=placed,
        inputs=_inputs(viewer, product),
        promises=promises,
        readers=readers,
        sees_streams=sees_streams,
        incidents=incidents,
        is_subscribed=viewer.user_pk is not None
        and Subscription.objects.filter(user_id=viewer.user_pk, product=product).exists(),
        may_edit=may(viewer, "product.edit", resource),
        stale_since=silent.state_since if silent else None,
        stale_cluster=silent.name if silent else "",
        stale_cause=(silent.state_detail or silent.state_reason) if silent else "",
    )


def placed_topics(product: DataProduct) -> tuple[PlacedTopic, ...]:
    """Topics of the output ports with what is known of them."""
    rows = list(
        PortTopic.objects.filter(port__product=product, direction="output")
        .select_related("port", "topic__cluster__environment", "topic__log")
        .order_by("port_id", "pk")
    )
    bound = list(
        TopicSubject.objects.filter(topic_id__in=[row.topic_id for row in rows]).select_related(
            "subject"
        )
    )
    newest = {
        version.subject_id: version
        for version in SchemaVersion.objects.filter(
            subject_id__in=[row.subject_id for row in bound], deleted_at__isnull=True
        )
        .select_related("subject__check_result", "schema_id")
        .order_by("subject_id", "-version")
        .distinct("subject_id")
    }

    def versions(topic_id: int, side: str) -> tuple[SchemaVersion, ...]:
        mine = [row for row in bound if row.topic_id == topic_id and row.side == side]
        return tuple(newest[row.subject_id] for row in mine if row.subject_id in newest)

    return tuple(
        PlacedTopic(
            port=row.port,
            topic=row.topic,
            cluster=row.topic.cluster,
            state=getattr(row.topic, "log", None),
            is_live=row.live,
            key_versions=versions(row.topic_id, "key"),
            value_versions=versions(row.topic_id, "value"),
        )
        for row in rows
    )


def _inputs(viewer: Principal, product: DataProduct) -> tuple[Port, ...]:
    seen = scope(viewer, "catalog.read", DataProduct.objects.all())
    ports = Port.objects.filter(product=product, direction="input").filter(
        Q(upstream__isnull=True) | Q(upstream__product__in=seen)
    )
    return tuple(ports.select_related("upstream__product"))


def _crumbs(product: DataProduct) -> tuple[dict[str, str], ...]:
    path = domain_path(product.domain)[::-1]
    return (
        {"label": "Catalog", "href": "/search"},
        *({"label": domain.name, "href": f"/domains/{domain.slug}"} for domain in path),
        {"label": product.name},
    )


def _tabs(
    product: DataProduct,
    tab: str,
    readers: Sequence[Reader],
    promises: Sequence[Promise],
    placed: Sequence[PlacedTopic],
) -> tuple[dict[str, object], ...]:
    versions = [version.version for one in placed for version in one.value_versions]
    counts: Mapping[str, Any] = {
        "consumers": len(readers),
        "promises": len(promises),
        "schema": max(versions, default=""),
    }
    return tuple(
        {
            "label": TAB_WORDS[name],
            "href": f"/products/{product.slug}" + ("" if name == "overview" else f"/{name}"),
            "count": counts.get(name, ""),
            "current": name == tab,
        }
        for name in TABS
    )

"""Reads of the lineage room: who feeds whom, who reads a topic, what a schema change breaks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

from django.db.models import Q, QuerySet

from lineage.errors import NodeNotFound
from lineage.models import Edge, Node, Run
from lineage.permission import hidden_nodes, shut_keys
from lineage.reading.graphs import Neighbourhood, around
from lineage.reading.impact import Impact, impact_of
from lineage.reading.proofs import EdgePage, edge_page
from lineage.reading.readers import Consumer, consumers, topics_of_subject
from lineage.reading.walk import DEEPEST, Truncation, walk
from mesh.audit.principal import SYSTEM, Principal
from mesh.people.authz.doors import scope

ProductHops = tuple[str, int]  # product id, hops


@dataclass(frozen=True, slots=True)
class ReachedProduct:
    """A product up or down the stream and how many steps away; both axes of its nearest flow."""

    product_id: str
    slug: str
    hops: int
    declared: bool
    observed: bool


@dataclass(frozen=True, slots=True)
class ReachedProducts:
    """All products in one direction; cut only with a reason."""

    root: str
    products: tuple[ReachedProduct, ...]
    complete: bool
    truncated: tuple[Truncation, ...]


def node_of(viewer: Principal, root: str) -> Node:
    """A node by its id, or a product by slug or id. Raises NodeNotFound, also for hidden ones."""
    node = _node(viewer, root)
    if hidden_nodes(viewer, [node]):
        raise NodeNotFound
    return node


def _node(viewer: Principal, root: str) -> Node:
    """The node, before anybody asked whether its owner is hidden."""
    known = Q(kind=Node.Kind.PRODUCT, key=root) | Q(kind=Node.Kind.PRODUCT, label=root)
    if _is_uuid(root):
        known |= Q(public_id=root)
    rows = scope(viewer, "lineage.read", Node.objects.filter(known, ended_at__isnull=True))
    node = rows.order_by("-pk").first()
    if node is None:
        raise NodeNotFound
    return node


def product_slug(viewer: Principal, root: str) -> str:
    """The slug of a product, or of the product that owns a node. Raises NodeNotFound."""
    node = node_of(viewer, root)
    slug = node.label if node.kind == Node.Kind.PRODUCT else node.owner_label
    if not slug:
        raise NodeNotFound
    return slug


def neighbourhood(
    viewer: Principal, root: str, up: int = 1, down: int = 1, *, beyond: bool = True
) -> Neighbourhood:
    """Positioned graph and table around a product, or around the product that owns a node.

    `root`: slug, product id or node id. Raises NodeNotFound. Three queries per hop, six beside.
    `beyond` looks one hop further, to say truly whether the depth cut anything.
    """
    node = _node(viewer, root)  # around() looks whether it is hidden
    if node.kind != Node.Kind.PRODUCT and node.owner_key:
        hidden = hidden_nodes(viewer, [node])
        if hidden:
            raise NodeNotFound
        node = node_of(viewer, node.owner_key)
    return around(viewer, node, min(up, DEEPEST), min(down, DEEPEST), beyond=beyond)


def upstream_products(
    product_id: UUID | str, *, depth: int = DEEPEST, viewer: Principal = SYSTEM
) -> list[ProductHops]:
    """Products that feed this one, by declaration or proof, nearest first; possible ones left out."""
    return _products(viewer, str(product_id), "up", depth)


def downstream_products(
    product_id: UUID | str, *, depth: int = DEEPEST, viewer: Principal = SYSTEM
) -> list[ProductHops]:
    """Products that this one feeds, by declaration or proof, nearest first; possible ones left out."""
    return _products(viewer, str(product_id), "down", depth)


def reach(viewer: Principal, root: str, direction: str) -> ReachedProducts:
    """Products that a product feeds (downstream) or is fed by, nearest first. Raises NodeNotFound."""
    node = node_of(viewer, root)
    key = node.key if node.kind == Node.Kind.PRODUCT else node.owner_key
    found = walk(key, "up" if direction == "upstream" else "down", DEEPEST, certain=True)
    nearest: dict[str, ReachedProduct] = {}
    cut = list(found.truncated)
    ends = [flow.src if direction == "upstream" else flow.dst for flow in found.flows]
    hidden = _hidden_keys(viewer, [end.node for end in ends])
    slugs = _slugs(end.key for end in ends if end.is_product)
    for flow, end in zip(found.flows, ends, strict=True):
        if end.is_product and end.key != key and end.node.pk not in hidden:
            known = nearest.get(end.key)
            nearest[end.key] = ReachedProduct(
                end.key,
                slugs.get(end.key, ""),
                found.hops[end.key],
                flow.declared or bool(known and known.declared),
                flow.observed > 0 or bool(known and known.observed),
            )
    if hidden:
        cut.append(Truncation("permission"))
    products = sorted(nearest.values(), key=lambda one: (one.hops, one.slug))
    return ReachedProducts(str(node.public_id), tuple(products), not cut, tuple(cut))


def consumers_of_topics(topic_ids: Sequence[int], *, viewer: Principal = SYSTEM) -> list[Consumer]:
    """Who reads these topics (primary keys), surest first."""
    return _anonymised(consumers(viewer, topic_ids))


def readers_of_subject(viewer: Principal, subject_name: str) -> list[Consumer]:
    """Who reads the topics that a subject describes."""
    return _anonymised(consumers(viewer, topics_of_subject(subject_name)))


def impact(
    viewer: Principal, subject_name: str, text: str, references: Iterable[Any] = ()
) -> Impact:
    """What registering `text` under the subject does to every reader; writes nothing.

    Raises InvalidSchemaText, InvalidReference, SubjectMissing (hidden).
    """
    return impact_of(viewer, subject_name, text, references)


def edge_of(viewer: Principal, public_id: UUID | str) -> EdgePage:
    """One edge with its proofs. Raises NodeNotFound when it or one of its ends is hidden."""
    return edge_page(edge_row(viewer, public_id))


def edge_row(viewer: Principal, public_id: UUID | str) -> Edge:
    """The row of an edge. Raises NodeNotFound when it or one of its ends is hidden."""
    rows = scope(viewer, "lineage.read", Edge.objects.select_related("src", "dst"))
    edge = rows.filter(public_id=public_id).first()
    if edge is None or hidden_nodes(viewer, [edge.src, edge.dst]):
        raise NodeNotFound
    return edge


def runs(viewer: Principal, job: str = "") -> QuerySet[Run]:
    """OpenLineage runs with their job; runs that touch what is hidden from the viewer are left out."""
    rows = scope(viewer, "lineage.read", Run.objects.select_related("job"))
    shut = shut_keys(viewer)
    if shut:
        touching = Q(src__owner_key__in=shut) | Q(dst__owner_key__in=shut)
        touching |= Q(src__key__in=shut) | Q(dst__key__in=shut)
        edges = Edge.objects.filter(touching)
        rows = rows.exclude(job__in=edges.values("src")).exclude(job__in=edges.values("dst"))
    return rows.filter(Q(job__key=f"job:{job}") | Q(job__label=job)) if job else rows


def unresolved_datasets(viewer: Principal) -> int:
    """Datasets in Kafka namespaces that no known cluster answers to: kept, but in no product lineage."""
    rows = Node.objects.filter(kind=Node.Kind.DATASET, resolved=False, ended_at__isnull=True)
    return scope(viewer, "lineage.read", rows).count()


def _products(viewer: Principal, key: str, direction: str, depth: int) -> list[ProductHops]:
    found = walk(key, "up" if direction == "up" else "down", depth, certain=True)
    products = {
        end.key: end.node for flow in found.flows for end in (flow.src, flow.dst) if end.is_product
    }
    hidden = _hidden_keys(viewer, products.values())
    reached = [
        (product, hops)
        for product, hops in found.hops.items()
        if product in products and product != key and products[product].pk not in hidden
    ]
    return sorted(reached, key=lambda pair: (pair[1], pair[0]))


def _hidden_keys(viewer: Principal, nodes: Iterable[Node]) -> set[int]:
    return set() if viewer.kind == "system" else hidden_nodes(viewer, nodes)


def _anonymised(rows: Iterable[Consumer]) -> list[Consumer]:
    """Nobody outside learns the team of a restricted reader."""
    return [replace(row, team_id=0) if row.restricted else row for row in rows]


def _slugs(keys: Iterable[str]) -> dict[str, str]:
    rows = Node.objects.filter(kind=Node.Kind.PRODUCT, key__in=set(keys))
    return dict(rows.values_list("key", "label"))


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return len(text) == 36

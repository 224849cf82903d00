"""A product's lineage: the small drawing of its first page, and the tab with its table."""

from __future__ import annotations

from dataclasses import dataclass, replace

from catalog.models import DataProduct
from catalog.showing.words import HEALTH
from lineage.errors import NodeNotFound
from lineage.explorer.excerpt import Excerpt, excerpt
from lineage.queries import neighbourhood
from lineage.reading.cuts import cut_words
from lineage.reading.graphs import GraphEdge, GraphNode
from mesh.audit.principal import Principal
from mesh.people.authz.doors import may, scope

SIGN_IN = "Sign in to see where the data flows."
NOTHING = "Nothing is known yet: lineage starts when the product is active."


@dataclass(frozen=True, slots=True)
class Graph:
    """One step each way as a small drawing; `reason` says why there is none, `cuts` what is left out."""

    nodes: tuple[GraphNode, ...] = ()
    edges: tuple[GraphEdge, ...] = ()
    reason: str = ""
    cuts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineageTab:
    """The tab; `reason` says why there is nothing to draw."""

    excerpt: Excerpt | None = None
    reason: str = ""


def lineage_of(viewer: Principal, product: DataProduct) -> Graph:
    """One step up and down; products carry their domain's stripe and health."""
    if not may(viewer, "lineage.read"):
        return Graph(reason=SIGN_IN)
    try:
        found = neighbourhood(viewer, str(product.public_id), 1, 1, beyond=False)
    except NodeNotFound:
        return Graph(reason=NOTHING)
    ids = [node.product_id for node in found.nodes if node.kind == "product" and node.product_id]
    rows = DataProduct.objects.filter(public_id__in=ids).select_related("domain")
    seen = {str(row.public_id): row for row in scope(viewer, "catalog.read", rows)}
    nodes = [_drawn(node, seen.get(node.product_id)) for node in found.nodes]
    cuts = tuple(dict.fromkeys(cut_words(cut) for cut in found.truncated))
    return Graph(tuple(nodes), found.edges, cuts=cuts)


def _drawn(node: GraphNode, product: DataProduct | None) -> GraphNode:
    if product is None:
        return node
    state, word = HEALTH.get(product.health, ("", ""))
    shown = state if state in ("bad", "warn") else ""
    sub = "this product" if node.focus else node.sub
    return replace(
        node,
        name=product.name,
        domain=product.domain.slug,
        state=shown,
        sub=f"{sub} · {word.lower()}" if shown else sub,
        href="" if node.focus else f"/products/{product.slug}",
    )


def lineage_tab(viewer: Principal, product: DataProduct) -> LineageTab:
    """As many steps each way as fit the page, with each line of the drawing in a table."""
    if not may(viewer, "lineage.read"):
        return LineageTab(reason=SIGN_IN)
    try:
        found = excerpt(viewer, product.slug)
    except NodeNotFound:
        return LineageTab(reason=NOTHING)
    return LineageTab(found if found.rows else None)

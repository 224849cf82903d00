"""Which product stands in the middle: by an address, or by words somebody typed."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Q

from lineage.models import Node
from lineage.permission import hidden_nodes
from lineage.queries import node_of
from lineage.reading.flows import end_of, live_edges
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope

OFFERED = 12


@dataclass(frozen=True, slots=True)
class Focus:
    """The product in the middle, and the node of it or beside it that was really meant."""

    root: Node
    beside: str = ""


def focus_of(viewer: Principal, named: str) -> Focus | None:
    """The product of an address; of a node nobody owns, a neighbour. Raises NodeNotFound.

    None when nothing is known to flow into or out of a node that nobody owns.
    """
    node = node_of(viewer, named)
    if node.kind == Node.Kind.PRODUCT:
        return Focus(node)
    if node.owner_key:
        return Focus(node_of(viewer, node.owner_key))
    for edge in live_edges().filter(Q(src=node) | Q(dst=node)).order_by("-observed", "pk"):
        end = end_of(edge.src if edge.dst_id == node.pk else edge.dst)
        if end.is_product and not hidden_nodes(viewer, [end.node]):
            return Focus(node_of(viewer, end.key), str(node.public_id))
    return None


def offered(viewer: Principal, words: str) -> list[str]:
    """Short names of products that hold the words, the exact one alone."""
    wanted = "-".join(words.lower().split())
    products = Node.objects.filter(kind=Node.Kind.PRODUCT, ended_at__isnull=True)
    rows = scope(viewer, "lineage.read", products.filter(label__icontains=wanted))
    found = list(rows.order_by("label")[: OFFERED * 2])
    hidden = hidden_nodes(viewer, found)
    names = [node.label for node in found if node.pk not in hidden]
    return [wanted] if wanted in names else names[:OFFERED]

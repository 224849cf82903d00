"""Who may see a node and who may declare a flow: answered by mesh.people.authz alone."""

from __future__ import annotations

from collections.abc import Iterable

from lineage.models import Node
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.decide import Resource, can_see
from mesh.people.authz.doors import from_scope, judge, require
from mesh.people.models import ObjectScope

SCOPED_KINDS = ("topic", "product")


def hidden_nodes(viewer: Principal, nodes: Iterable[Node]) -> set[int]:
    """Nodes whose object or owning product is restricted and not the viewer's. One query."""
    rows = list(nodes)
    keys = {node.key for node in rows if node.kind in SCOPED_KINDS}
    keys |= {node.owner_key for node in rows if node.owner_key}
    restricted = ObjectScope.objects.filter(
        kind__in=SCOPED_KINDS, object_id__in=keys, visibility="restricted"
    )
    shut = {str(row.object_id) for row in restricted if not can_see(viewer, from_scope(row))}
    return {node.pk for node in rows if node.key in shut or node.owner_key in shut}


def shut_keys(viewer: Principal) -> set[str]:
    """Ids of all restricted topics and products that the viewer may not see."""
    restricted = ObjectScope.objects.filter(kind__in=SCOPED_KINDS, visibility="restricted")
    return {str(row.object_id) for row in restricted if not can_see(viewer, from_scope(row))}


def resource_of_node(node: Node) -> Resource:
    """A node is judged as its owning product, else as the topic or product it stands for."""
    object_ids = [node.owner_key] if node.owner_key else []
    if node.kind in SCOPED_KINDS:
        object_ids.append(node.key)
    scopes = ObjectScope.objects.filter(kind__in=SCOPED_KINDS, object_id__in=object_ids)
    row = scopes.order_by("kind").first()
    if row is None:
        return Resource("node", str(node.public_id), label=node.label)
    return from_scope(row, label=node.label)


def require_either_end(by: Principal, src: Node, dst: Node) -> None:
    """The team of one end may declare; an end that nobody answers for gives no right."""
    ends = [resource_of_node(src), resource_of_node(dst)]
    if any(not can_see(by, end) for end in ends):
        raise NotFound
    allowed = [end for end in ends if judge(by, "lineage.declare", end).allow]
    require(by, "lineage.declare", allowed[0] if allowed else ends[1])

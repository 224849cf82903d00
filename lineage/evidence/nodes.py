"""Nodes by their keys: found or made, many at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from lineage.models import Node
from streams.models import Cluster, Topic

LONGEST_KEY = 800
LONGEST_LABEL = 300


@dataclass(frozen=True, slots=True)
class NodeSpec:
    """What is known of a node before it has a row."""

    kind: str
    key: str
    label: str
    resolved: bool = True

    @property
    def identity(self) -> tuple[str, str]:
        return self.kind, self.key


def topic_spec(topic: Topic) -> NodeSpec:
    """One node per incarnation of a topic."""
    return NodeSpec(Node.Kind.TOPIC, str(topic.public_id), topic.name)


def group_spec(cluster: Cluster, group_id: str) -> NodeSpec:
    """The application behind a consumer group."""
    return NodeSpec(Node.Kind.APPLICATION, f"group:{cluster.public_id}/{group_id}", group_id)


def service_spec(name: str) -> NodeSpec:
    """The application behind a registry principal."""
    return NodeSpec(Node.Kind.APPLICATION, f"service:{name}", name)


def job_spec(namespace: str, name: str) -> NodeSpec:
    """The application behind an OpenLineage job."""
    return NodeSpec(Node.Kind.APPLICATION, _short(f"job:{namespace}/{name}"), name[:LONGEST_LABEL])


def dataset_spec(namespace: str, name: str, *, resolved: bool = True) -> NodeSpec:
    """A table, file or external system; `resolved` is false for a topic of an unknown cluster."""
    label = name[-LONGEST_LABEL:]
    return NodeSpec(Node.Kind.DATASET, _short(f"{namespace}/{name}"), label, resolved)


def product_spec(product_id: UUID | str, slug: str) -> NodeSpec:
    """A product; it lives in the room above and is known by its id."""
    return NodeSpec(Node.Kind.PRODUCT, str(product_id), slug)


def _short(key: str) -> str:
    """Keys longer than the column keep their beginning and end in a digest."""
    if len(key) <= LONGEST_KEY:
        return key
    return key[: LONGEST_KEY - 65] + "#" + hashlib.sha256(key.encode()).hexdigest()


def nodes_for(specs: Iterable[NodeSpec]) -> dict[tuple[str, str], Node]:
    """The rows of all specs by (kind, key), made where missing. Costs at most two queries."""
    wanted = {spec.identity: spec for spec in specs}
    found = _found(list(wanted))
    missing = [wanted[identity] for identity in sorted(wanted.keys() - found.keys())]
    if missing:
        Node.objects.bulk_create(
            [
                Node(
                    kind=spec.kind,
                    key=spec.key,
                    label=spec.label[:LONGEST_LABEL],
                    resolved=spec.resolved,
                )
                for spec in missing
            ],
            ignore_conflicts=True,
        )
        found.update(_found([spec.identity for spec in missing]))
    return found


def node_for(spec: NodeSpec) -> Node:
    """The row of one spec."""
    return nodes_for([spec])[spec.identity]


def topic_nodes(topic_ids: Sequence[int]) -> dict[int, Node]:
    """Nodes of topics by the topics' primary keys."""
    topics = list(Topic.objects.filter(pk__in=topic_ids))
    nodes = nodes_for([topic_spec(topic) for topic in topics])
    return {topic.pk: nodes[topic_spec(topic).identity] for topic in topics}


def _found(identities: Sequence[tuple[str, str]]) -> dict[tuple[str, str], Node]:
    keys = [key for _, key in identities]
    wanted = set(identities)
    rows = Node.objects.filter(key__in=keys)
    return {(row.kind, row.key): row for row in rows if (row.kind, row.key) in wanted}

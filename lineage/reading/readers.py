"""Who reads a topic: applications with evidence, and input ports that say so."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from lineage.models import Edge, Node, SubjectTopic
from lineage.permission import hidden_nodes
from lineage.reading.flows import live_edges
from lineage.reading.graphs import RESTRICTED_NAME
from lineage.reading.words import Freshness, application_word, edge_words, freshness, group_of
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope, ServiceAccount
from streams.models import Topic


@dataclass(frozen=True, slots=True)
class Consumer:
    """One reader of one topic. `group` is a consumer group's id, empty for other programs.

    `owner_id` is the id of the product that declares the group; team 0 = nobody is known.
    A restricted reader keeps its evidence and loses every name.
    """

    topic_id: int
    topic: str
    name: str
    kind: str
    group: str
    node_id: str
    owner_id: str
    owner_slug: str
    team_id: int
    declared: bool
    observed: bool
    confidence: float
    words: str
    strength: str
    last_seen: datetime | None
    edge_id: str
    restricted: bool = False


@dataclass(frozen=True, slots=True)
class _Known:
    """Facts about readers, loaded once for all of them."""

    topics: dict[str, tuple[int, str]]
    teams: dict[str, int]  # product id -> team
    services: dict[str, int]  # service account name -> team
    hidden: set[int]
    fresh: Freshness


def consumers(viewer: Principal, topic_ids: Sequence[int]) -> list[Consumer]:
    """Readers of the topics, surest first. Constant number of queries.

    A team's service account that fetched the schema is left out where a group of the same team
    reads the same topic: it is the same program seen twice. So is the topic's own producer.
    """
    topics = {
        str(public_id): (pk, name)
        for pk, public_id, name in Topic.objects.filter(pk__in=topic_ids).values_list(
            "pk", "public_id", "name"
        )
    }
    edges = list(live_edges().filter(kind="reads", src__kind=Node.Kind.TOPIC, src__key__in=topics))
    known = _known(viewer, topics, edges)
    rows = [_consumer(edge, known) for edge in edges]
    by_team = {(row.topic_id, row.team_id) for row in rows if row.group and row.team_id}
    own = {(topics[edge.src.key][0], known.teams.get(edge.src.owner_key, 0)) for edge in edges}
    kept = [
        row
        for row in rows
        if row.group or not row.team_id or (row.topic_id, row.team_id) not in by_team | own
    ]
    return sorted(kept, key=lambda row: (-row.confidence, row.name))


def topics_of_subject(subject_name: str) -> list[int]:
    """Primary keys of the live topics that a subject describes."""
    keys = SubjectTopic.objects.filter(
        subject_name=subject_name, topic__ended_at__isnull=True
    ).values_list("topic__key", flat=True)
    return list(
        Topic.objects.filter(public_id__in=set(keys), ended_at__isnull=True).values_list(
            "pk", flat=True
        )
    )


def _known(viewer: Principal, topics: dict[str, tuple[int, str]], edges: Sequence[Edge]) -> _Known:
    owners = {node.owner_key for edge in edges for node in (edge.src, edge.dst) if node.owner_key}
    scopes = ObjectScope.objects.filter(kind="product", object_id__in=owners)
    names = {edge.dst.label for edge in edges if edge.dst.key.startswith("service:")}
    return _Known(
        topics,
        {str(row.object_id): row.team_id or 0 for row in scopes},
        dict(ServiceAccount.objects.filter(name__in=names).values_list("name", "team_id")),
        hidden_nodes(viewer, _nodes(edges)),
        freshness(edges),
    )


def _nodes(edges: Iterable[Edge]) -> list[Node]:
    return [node for edge in edges for node in (edge.src, edge.dst)]


def _consumer(edge: Edge, known: _Known) -> Consumer:
    node, (topic_pk, topic_name) = edge.dst, known.topics[edge.src.key]
    words = edge_words([edge], edge.observed, known.fresh)
    shut = node.pk in known.hidden
    team = known.teams.get(node.owner_key, 0)
    if node.key.startswith("service:"):
        team = known.services.get(node.label, 0)
    return Consumer(
        topic_id=topic_pk,
        topic=topic_name,
        name=RESTRICTED_NAME if shut else node.label,
        kind=application_word(node),
        group="" if shut else group_of(node),
        node_id="" if shut else str(node.public_id),
        owner_id="" if shut else node.owner_key,
        owner_slug="" if shut else node.owner_label,
        team_id=team,
        declared=edge.declared,
        observed=edge.observed > 0,
        confidence=edge.observed,
        words=words.text,
        strength=words.strength,
        last_seen=words.last_seen,
        edge_id="" if shut else str(edge.public_id),
        restricted=shut,
    )

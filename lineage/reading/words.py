"""Evidence in words: what was seen, when, how sure that makes us."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from lineage.graph.confidence import confidence_word
from lineage.models import Edge, Node
from mesh.kernel import clock
from mesh.kernel.wording import age
from streams.models import GroupTopicLag

SEEN = {
    "offsets_moved": "commits moved",
    "group_assignment": "members hold its partitions, seen",
    "connect_active": "a connector used it",
    "connect_configured": "a connector is configured for it, seen",
    "streams_topics": "its internal topics were seen",
    "registry_register": "registered its schema",
    "registry_lookup": "looked up its schema",
    "registry_fetch": "fetched its schema",
    "openlineage_run": "a run reported it",
    "openlineage_facet": "a run stated it",
    "openlineage_many": "a run with many inputs reported it",
    "producer_state": "a producer wrote to it",
    "acl": "may do so, read",
    "field_match": "fields match, compared",
    "declaration": "declared",
}
GROUP = "group:"
Freshness = Mapping[tuple[str, str], datetime]  # topic key, application key -> newest movement


@dataclass(frozen=True, slots=True)
class EvidenceWords:
    """How sure, in words: "commits moved 4 s ago (strong)"; empty strength when only declared."""

    text: str
    strength: str
    last_seen: datetime | None


def freshness(edges: Iterable[Edge]) -> dict[tuple[str, str], datetime]:
    """When commits moved last, as streams knows it sweep by sweep. One query."""
    reads = [edge for edge in edges if edge.best_source == "offsets_moved"]
    if not reads:
        return {}
    rows = GroupTopicLag.objects.filter(
        topic__public_id__in={edge.src.key for edge in reads}, moved_at__isnull=False
    ).values_list("topic__public_id", "group__cluster__public_id", "group__group_id", "moved_at")
    return {
        (str(topic), f"{GROUP}{cluster}/{group}"): moved
        for topic, cluster, group, moved in rows
        if moved is not None
    }


def seen_at(edge: Edge, fresh: Freshness) -> datetime:
    """The newest sighting of an edge."""
    moved = fresh.get((edge.src.key, edge.dst.key))
    return max(edge.last_seen, moved) if moved else edge.last_seen


def edge_words(edges: Iterable[Edge], observed: float, fresh: Freshness) -> EvidenceWords:
    """The best observed edge in words; "declared only" when nobody saw it."""
    seen = [edge for edge in edges if edge.observed > 0]
    if not seen:
        return EvidenceWords("declared, not observed", "", None)
    best = max(seen, key=lambda edge: (edge.observed, seen_at(edge, fresh)))
    moment, word = seen_at(best, fresh), str(confidence_word(observed))
    said = SEEN.get(best.best_source, best.best_source)
    return EvidenceWords(f"{said} {age(moment, now=clock.now())} ({word})", word, moment)


def group_of(node: Node) -> str:
    """The consumer group behind an application node, empty for others."""
    return node.key.partition("/")[2] if node.key.startswith(GROUP) else ""


def application_word(node: Node) -> str:
    """What kind of program a node is."""
    prefix = node.key.partition(":")[0]
    words = {"group": "consumer group", "service": "service account", "job": "job"}
    return words.get(prefix, "application")

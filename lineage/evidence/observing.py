"""What lower rooms saw, as sightings: groups whose commits move, members, registry use."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lineage.evidence.coverage import REGISTRY, cluster_scope
from lineage.evidence.nodes import group_spec, nodes_for, service_spec, topic_spec
from lineage.evidence.sightings import Sighting
from lineage.graph.sources import SOURCES
from lineage.models import Evidence, Node, SubjectTopic
from mesh.kernel.database import database_now
from mesh.people.models import ServiceAccount
from schemas.models import RegistryAccess, SchemaVersion
from streams.models import Cluster, ConsumerGroup, Topic

MOVED, ASSIGNED = "offsets_moved", "group_assignment"
WRITE_EVERY = timedelta(minutes=5)  # a moving pair is written this often, not with every sweep
SERVICE = "service:"
RECENT_LIMIT = 2_000  # rows of registry use looked at again in one go
NOT_PROGRAMS = frozenset({"tooling", "ui", "ci", "mirror", "tributary"})
SOURCE_OF_ACTION = {
    "register": ("registry_register", Evidence.Kind.WRITES),
    "lookup": ("registry_lookup", Evidence.Kind.WRITES),
    "fetch": ("registry_fetch", Evidence.Kind.READS),
}


# -- consumer groups ------------------------------------------------------------------------------


def moved_sightings(pairs: Iterable[Sequence[int]]) -> list[Sighting]:
    """Groups whose commit moved on a topic, by (group, topic) primary keys."""
    return _group_sightings([(pair[0], pair[1]) for pair in pairs], MOVED)


def assigned_sightings(cluster_id: int) -> list[Sighting]:
    """Members that hold partitions: a hint of reading, weaker than a commit that moves."""
    names: set[tuple[int, str]] = set()
    groups = ConsumerGroup.objects.filter(cluster_id=cluster_id, ended_at__isnull=True)
    for group in groups.exclude(members=[]):
        for member in group.members:
            names |= {(group.pk, str(pair[0])) for pair in member.get("assignments") or []}
    topics = dict(
        Topic.objects.filter(
            cluster_id=cluster_id, ended_at__isnull=True, name__in={name for _, name in names}
        ).values_list("name", "pk")
    )
    return _group_sightings([(pk, topics[name]) for pk, name in names if name in topics], ASSIGNED)


def _group_sightings(pairs: Sequence[tuple[int, int]], source: str) -> list[Sighting]:
    groups = ConsumerGroup.objects.select_related("cluster").in_bulk([pair[0] for pair in pairs])
    topics = Topic.objects.filter(is_internal=False).in_bulk([pair[1] for pair in pairs])
    known = [(groups[one], topics[two]) for one, two in pairs if one in groups and two in topics]
    nodes = nodes_for(
        [
            *(group_spec(group.cluster, group.group_id) for group, _ in known),
            *(topic_spec(topic) for _, topic in known),
        ]
    )
    now = database_now()
    sightings = [
        Sighting(
            nodes[topic_spec(topic).identity],
            nodes[group_spec(group.cluster, group.group_id).identity],
            Evidence.Kind.READS,
            source,
            now,
            coverage=cluster_scope(group.cluster_id),
        )
        for group, topic in known
    ]
    return _due(sightings, now)


def _due(sightings: Sequence[Sighting], now: datetime) -> list[Sighting]:
    """Sightings whose evidence was not written in the last few minutes."""
    if not sightings:
        return []
    fresh = set(
        Evidence.objects.filter(
            ended_at__isnull=True,
            source=sightings[0].source,
            src__in=[sighting.src.pk for sighting in sightings],
            last_seen__gt=now - WRITE_EVERY,
        ).values_list("src_id", "dst_id")
    )
    return [one for one in sightings if (one.src.pk, one.dst.pk) not in fresh]


# -- registry use ---------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Use:
    """One program, one kind of use, one topic; `share` splits an id that several topics have."""

    service: str
    action: str
    topic: Node
    share: float
    access: RegistryAccess


def access_sightings(access_ids: Sequence[int]) -> list[Sighting]:
    """Programs that registered, looked up or fetched a schema, on the topics of its subjects.

    Only service accounts count: people, tools and anonymous callers say nothing about data flow.
    """
    rows = RegistryAccess.objects.filter(pk__in=access_ids)
    return _access_sightings(list(rows))


def subject_sightings(subject_name: str) -> list[Sighting]:
    """The same for all recorded use of one subject, for when a topic was bound to it later."""
    numbers = SchemaVersion.objects.filter(subject__name=subject_name).values("schema_id__number")
    direct = RegistryAccess.objects.filter(subject_name=subject_name)
    by_id = RegistryAccess.objects.filter(subject_name="", schema_number__in=numbers)
    return _access_sightings([*direct, *by_id])


def _access_sightings(rows: Sequence[RegistryAccess]) -> list[Sighting]:
    rows = [row for row in rows if row.action in SOURCE_OF_ACTION]
    services = service_names(row.principal for row in rows)
    rows = [row for row in rows if row.principal in services]
    subjects = _subjects_of(rows)
    topics = _topics_of({name for names in subjects.values() for name in names})
    uses: list[_Use] = []
    for row in rows:
        found = {node.pk: node for name in subjects[row.pk] for node in topics.get(name, [])}
        uses += [
            _Use(services[row.principal], row.action, node, 1 / len(found), row)
            for node in found.values()
        ]
    nodes = nodes_for([service_spec(use.service) for use in uses])
    return [_use_sighting(use, nodes[service_spec(use.service).identity]) for use in uses]


def service_names(principals: Iterable[str]) -> dict[str, str]:
    """Names of the service accounts among registry principals, tools left out."""
    ids = {text.removeprefix(SERVICE): text for text in principals if text.startswith(SERVICE)}
    rows = ServiceAccount.objects.filter(public_id__in=[key for key in ids if len(key) == 36])
    return {ids[str(row.public_id)]: row.name for row in rows if row.purpose not in NOT_PROGRAMS}


def _subjects_of(rows: Sequence[RegistryAccess]) -> dict[int, set[str]]:
    """Subject names of each row; a fetch by id alone means every subject that has the id."""
    numbers = {row.schema_number for row in rows if not row.subject_name}
    by_number: dict[int, set[str]] = {}
    pairs = SchemaVersion.objects.filter(
        schema_id__number__in=numbers, schema_id__context__name="."
    ).values_list("schema_id__number", "subject__name")
    for number, name in pairs:
        by_number.setdefault(number, set()).add(name)
    return {
        row.pk: {row.subject_name} if row.subject_name else by_number.get(row.schema_number, set())
        for row in rows
    }


def _topics_of(subject_names: set[str]) -> dict[str, list[Node]]:
    found: dict[str, list[Node]] = {}
    rows = SubjectTopic.objects.filter(
        subject_name__in=subject_names, topic__ended_at__isnull=True
    ).select_related("topic")
    for row in rows:
        found.setdefault(row.subject_name, []).append(row.topic)
    return found


def _use_sighting(use: _Use, service: Node) -> Sighting:
    source, kind = SOURCE_OF_ACTION[use.action]
    writes = kind == Evidence.Kind.WRITES
    return Sighting(
        service if writes else use.topic,
        use.topic if writes else service,
        kind,
        source,
        use.access.last_seen,
        strength=SOURCES[source].strength * use.share,
        detail={"subject": use.access.subject_name, "schema_id": use.access.schema_number},
        coverage=REGISTRY,
        first_at=use.access.first_seen,
    )


# -- what a lost wake-up left behind --------------------------------------------------------------


def unknown_topics() -> list[int]:
    """Live topics that have no node yet."""
    known = Node.objects.filter(kind=Node.Kind.TOPIC).values_list("key", flat=True)
    live = Topic.objects.filter(ended_at__isnull=True, is_internal=False)
    have = set(known)
    return [
        pk for pk, public_id in live.values_list("pk", "public_id") if str(public_id) not in have
    ]


def recent_access_sightings() -> list[Sighting]:
    """Registry use of the last hour."""
    since = database_now() - timedelta(hours=1)
    rows = RegistryAccess.objects.filter(last_seen__gt=since).order_by("-last_seen")
    return _access_sightings(list(rows[:RECENT_LIMIT]))


def live_clusters(slot: int) -> list[tuple[object, ...]]:
    """One call per cluster that is looked at."""
    return [(pk,) for pk in Cluster.objects.exclude(state="suspended").values_list("pk", flat=True)]

"""Topics and groups of a snapshot as rows; what is missing ends only on positive evidence."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from mesh.audit.actions import audited
from mesh.kernel.numbers import whole_number
from streams.kafka import read
from streams.kafka.agent import Connection
from streams.kafka.results import Known, Reason, Snapshot, TopicConfigs, TopicView, Unknown
from streams.models import Cluster, ConsumerGroup, Topic

MISSES_TO_END = 2
KEPT_CONFIGS = (
    *("retention.ms", "retention.bytes", "cleanup.policy", "min.insync.replicas", "segment.ms"),
    *("message.timestamp.type", "max.message.bytes", "compression.type", "delete.retention.ms"),
    *("min.compaction.lag.ms", "max.compaction.lag.ms", "unclean.leader.election.enable"),
)


@dataclass(slots=True)
class Found:
    """Live topics by name and groups by id after discovery, and which topics are new."""

    topics: dict[str, Topic] = field(default_factory=dict)
    groups: dict[str, ConsumerGroup] = field(default_factory=dict)
    changed_topics: list[int] = field(default_factory=list)


@audited
def discover(cluster: Cluster, snapshot: Snapshot, now: datetime) -> Found:
    """Write what the snapshot says of topics and groups. A cause of no audit row: sweeps stand for their facts."""
    found = Found()
    _topics(cluster, snapshot, now, found)
    _groups(cluster, snapshot, now, found)
    return found


def _topics(cluster: Cluster, snapshot: Snapshot, now: datetime, found: Found) -> None:
    rows = {topic.name: topic for topic in cluster.topics.filter(ended_at__isnull=True)}
    found.topics = rows
    if not isinstance(snapshot.topics, Known):
        return
    touched: list[Topic] = []
    for view in snapshot.topics.value:
        if view.problem is not None:
            continue
        topic_id = _topic_id(snapshot, view.name)
        topic = rows.get(view.name)
        if (
            topic is not None
            and topic_id
            and topic.kafka_topic_id
            and topic.kafka_topic_id != topic_id
        ):
            Topic.objects.filter(pk=topic.pk).update(ended_at=now)
            topic = None
        if topic is None:
            topic = Topic.objects.create(
                cluster=cluster, name=view.name, is_internal=_internal(view)
            )
            rows[view.name] = topic
            found.changed_topics.append(topic.pk)
        _fill(topic, view, topic_id, snapshot.configs.get(view.name), now)
        touched.append(topic)
    Topic.objects.bulk_update(
        touched,
        [
            "kafka_topic_id", "partitions", "replication_factor", "leaderless", "under_min_isr",
            "configs", "configs_at", "last_seen", "missed",
        ],
    )  # fmt: skip
    seen = {view.name for view in snapshot.topics.value}
    missing = [topic.pk for name, topic in rows.items() if name not in seen]
    for topic_pk in missing:
        topic = next(row for row in rows.values() if row.pk == topic_pk)
        topic.missed += 1
        topic.save(update_fields=["missed"])


def _topic_id(snapshot: Snapshot, name: str) -> str:
    detail = snapshot.details.get(name)
    return (detail.value.topic_id or "") if isinstance(detail, Known) else ""


def _internal(view: TopicView) -> bool:
    return view.internal or view.name.startswith("__") or view.name == "_schemas"


def _fill(topic: Topic, view: TopicView, topic_id: str, configs: object, now: datetime) -> None:
    topic.kafka_topic_id = topic_id or topic.kafka_topic_id
    topic.partitions, topic.replication_factor = view.partitions, view.replication
    topic.leaderless = len(view.leaderless)
    topic.last_seen, topic.missed = now, 0
    if isinstance(configs, Known) and isinstance(configs.value, TopicConfigs):
        topic.configs = stored_configs(configs.value)
        topic.configs_at = now
    minimum = str(topic.configs.get("min.insync.replicas", {}).get("value", "1"))
    topic.under_min_isr = len(view.under_min_isr(whole_number(minimum) or 1))


def stored_configs(configs: TopicConfigs) -> dict[str, dict[str, object]]:
    """The entries worth keeping: everything set on the topic, and the effective common ones."""
    return {
        entry.name: {"value": entry.value, "source": entry.source, "is_default": entry.is_default}
        for entry in configs.entries
        if entry.source == "DYNAMIC_TOPIC_CONFIG" or entry.name in KEPT_CONFIGS
    }


def _groups(cluster: Cluster, snapshot: Snapshot, now: datetime, found: Found) -> None:
    rows = {group.group_id: group for group in cluster.groups.filter(ended_at__isnull=True)}
    found.groups = rows
    listed = (
        {view.group_id: view for view in snapshot.groups.value.groups}
        if isinstance(snapshot.groups, Known)
        else {}
    )
    for group_id, view in listed.items():
        if group_id not in rows and not group_id.startswith("tributary-"):
            rows[group_id] = ConsumerGroup.objects.create(
                cluster=cluster,
                group_id=group_id,
                state=view.state,
                kind=view.type.lower(),
                is_simple=view.simple,
            )
    for group_id, group in rows.items():
        _fill_group(group, group_id, snapshot, now)
        group.missed = (
            0 if group_id in listed else group.missed + (1 if _complete(cluster, snapshot) else 0)
        )
    ConsumerGroup.objects.bulk_update(
        list(rows.values()),
        [
            "state",
            "kind",
            "is_simple",
            "members",
            "members_at",
            "unknown_reason",
            "last_seen",
            "missed",
        ],
    )


def _fill_group(group: ConsumerGroup, group_id: str, snapshot: Snapshot, now: datetime) -> None:
    detail, commit = snapshot.members.get(group_id), snapshot.committed.get(group_id)
    if isinstance(detail, Known):
        group.state, group.kind, group.is_simple = (
            detail.value.state,
            detail.value.type.lower(),
            detail.value.simple,
        )
        group.members = [
            {
                "member_id": member.member_id,
                "client_id": member.client_id,
                "host": member.host,
                "assignments": [list(place) for place in member.assignments],
            }
            for member in detail.value.members
        ]
        group.members_at = group.last_seen = now
    unknown = next((answer for answer in (commit, detail) if isinstance(answer, Unknown)), None)
    group.unknown_reason = unknown.reason.value if unknown is not None else ""


def _complete(cluster: Cluster, snapshot: Snapshot) -> bool:
    """Only an answer from as many brokers as ever seen, with every coordinator led, proves absence."""
    probe = snapshot.probe
    return (
        isinstance(probe, Known)
        and len(probe.value.brokers) >= cluster.brokers_ever
        and isinstance(snapshot.groups, Known)
        and not snapshot.groups.value.problems
        and snapshot.coverage["groups"].ratio >= 1
    )


def proven_gone(
    connection: Connection, cluster: Cluster, deadline_s: float
) -> tuple[list[int], list[int]]:
    """Topics and groups that were missing twice and that the broker, asked by name, does not have."""
    topics = list(cluster.topics.filter(ended_at__isnull=True, missed__gte=MISSES_TO_END))
    groups = list(cluster.groups.filter(ended_at__isnull=True, missed__gte=MISSES_TO_END))
    gone_topics: list[int] = []
    gone_groups: list[int] = []
    if topics:
        details: Mapping[str, object] = read.topic_details(
            connection, [t.name for t in topics], deadline_s=deadline_s
        )
        for topic in topics:
            answer = details.get(topic.name)
            if isinstance(answer, Unknown) and answer.reason is Reason.NOT_FOUND:
                gone_topics.append(topic.pk)
    if groups:
        described = read.group_details(
            connection, [g.group_id for g in groups], deadline_s=deadline_s
        )
        for group in groups:
            state = described.get(group.group_id)
            if (
                isinstance(state, Known)
                and state.value.state.upper() == "DEAD"
                and not state.value.members
            ):
                gone_groups.append(group.pk)
    return gone_topics, gone_groups

"""Facts for the floors above: what is known of topics and lags, with the reason where it is not."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from mesh.kernel.numbers import whole_number
from streams.models import Cluster, ConsumerGroup, GroupTopicLag, Topic


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """One topic's newest answers. `unknown_reason` is empty only when every end was answered.

    The newest append happened in (advanced_after, advanced_before]; None = not seen yet.
    """

    topic_id: int
    name: str
    cluster_state: str
    as_of: datetime | None
    unknown_reason: str
    partitions: int
    log_start: tuple[int | None, ...]
    log_end: tuple[int | None, ...]
    advanced_after: datetime | None
    advanced_before: datetime | None
    records_per_second: float | None
    leaderless: int
    under_min_isr: int
    retention_ms: int | None  # -1 = unlimited, None = not known
    cleanup_policy: str
    first_seen: datetime


@dataclass(frozen=True, slots=True)
class LagFacts:
    """Current lag of one group on one topic. Ages in whole seconds; high -1 = no upper bound."""

    topic_id: int
    group_name: str
    status: str
    age_lo_s: int | None
    age_hi_s: int | None
    lag_records: int | None
    unknown_reason: str
    as_of: datetime
    cluster_state: str


def topic_facts(topic_ids: Collection[int]) -> dict[int, TopicFacts]:
    """Facts of many topics. One query."""
    rows = Topic.objects.filter(pk__in=topic_ids).select_related("cluster", "log")
    return {topic.pk: _topic(topic) for topic in rows}


def _topic(topic: Topic) -> TopicFacts:
    log = getattr(topic, "log", None)
    retention = str(topic.configs.get("retention.ms", {}).get("value", ""))
    reason = "NOT_SWEPT" if log is None else log.unknown_reason
    if topic.ended_at is not None:
        reason = "NOT_FOUND"
    elif not reason and topic.cluster.state == Cluster.State.UNREACHABLE:
        reason = topic.cluster.state_reason or "UNREACHABLE"
    return TopicFacts(
        topic_id=topic.pk,
        name=topic.name,
        cluster_state=topic.cluster.state,
        as_of=None if log is None else log.answered_at,
        unknown_reason=reason,
        partitions=topic.partitions,
        log_start=tuple(log.log_start) if log else (),
        log_end=tuple(log.log_end) if log else (),
        advanced_after=log.advanced_after if log else None,
        advanced_before=log.advanced_before if log else None,
        records_per_second=log.records_per_second if log else None,
        leaderless=topic.leaderless,
        under_min_isr=topic.under_min_isr,
        retention_ms=whole_number(retention),
        cleanup_policy=str(topic.configs.get("cleanup.policy", {}).get("value", "")),
        first_seen=topic.first_seen,
    )


def lag_facts(topic_ids: Collection[int]) -> dict[tuple[int, str], LagFacts]:
    """Facts of every live group on many topics, by (topic, group name). One query."""
    rows = GroupTopicLag.objects.filter(
        topic_id__in=topic_ids, topic__ended_at__isnull=True, group__ended_at__isnull=True
    ).select_related("group__cluster")
    return {
        (row.topic_id, row.group.group_id): LagFacts(
            topic_id=row.topic_id,
            group_name=row.group.group_id,
            status=row.status,
            age_lo_s=row.age_lo_s,
            age_hi_s=row.age_hi_s,
            lag_records=row.lag_records,
            unknown_reason=row.unknown_reason,
            as_of=row.as_of,
            cluster_state=row.group.cluster.state,
        )
        for row in rows
    }


def live_topic(cluster: Cluster, name: str) -> Topic | None:
    """The present incarnation of a topic, as far as we know."""
    return Topic.objects.filter(cluster=cluster, name=name, ended_at__isnull=True).first()


def group_ids_of_topics(topic_ids: Collection[int]) -> dict[int, list[ConsumerGroup]]:
    """Live groups that ever committed to each topic. One query."""
    found: dict[int, list[ConsumerGroup]] = {}
    rows = GroupTopicLag.objects.filter(topic_id__in=topic_ids, group__ended_at__isnull=True)
    for row in rows.select_related("group").order_by("group__group_id"):
        found.setdefault(row.topic_id, []).append(row.group)
    return found

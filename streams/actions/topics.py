"""Topics as rows: what apply created, what upper rooms want watched, what a sample found."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from mesh.audit.actions import announce, audited, record
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from streams.models import Cluster, Topic, TopicSamplingRun, Watch
from streams.signals import topics_changed


@dataclass(frozen=True, slots=True)
class WatchRow:
    """One thing to judge: a bound (seconds) for a group on a topic, or sampling of a topic."""

    topic_id: int
    group_name: str = ""
    bound_s: float | None = None
    sampling: bool = False


@audited
def record_topic(
    cluster: Cluster,
    name: str,
    *,
    kafka_topic_id: str,
    partitions: int,
    replication_factor: int,
    configs: Mapping[str, object],
    by: Principal,
) -> Topic:
    """The row of a topic that was just created or read back on the broker. Idempotent."""
    now = database_now()
    live = Topic.objects.select_for_update(no_key=True).filter(
        cluster=cluster, name=name, ended_at__isnull=True
    )
    topic = live.first()
    if (
        topic is not None
        and topic.kafka_topic_id
        and kafka_topic_id
        and topic.kafka_topic_id != kafka_topic_id
    ):
        live.update(ended_at=now)
        topic = None
    members = {
        "kafka_topic_id": kafka_topic_id,
        "partitions": partitions,
        "replication_factor": replication_factor,
        "configs": dict(configs),
        "configs_at": now,
        "last_seen": now,
    }
    if topic is None:
        topic = Topic.objects.create(cluster=cluster, name=name, origin="applied", **members)
        record("topic_recorded", topic, by=by, after={"partitions": partitions})
    else:
        for key, value in members.items():
            setattr(topic, key, value)
        topic.save(update_fields=list(members))
    announce(topics_changed, topic_ids=[topic.pk])
    return topic


@audited
def set_watches(product_id: UUID, rows: Sequence[WatchRow], *, by: Principal) -> None:
    """Replace what one product wants watched; repetition changes nothing."""
    wanted = {(row.topic_id, row.group_name): row for row in rows}
    for watch in (
        Watch.objects.select_for_update(no_key=True).filter(product_id=product_id).order_by("pk")
    ):
        row = wanted.pop((watch.topic_id, watch.group_name), None)
        if row is None:
            watch.delete()
        elif (watch.bound_s, watch.sampling) != (row.bound_s, row.sampling):
            watch.bound_s, watch.sampling = row.bound_s, row.sampling
            watch.save(update_fields=["bound_s", "sampling"])
    Watch.objects.bulk_create(
        [
            Watch(product_id=product_id, topic_id=row.topic_id, group_name=row.group_name,
                  bound_s=row.bound_s, sampling=row.sampling)
            for row in wanted.values()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


@audited
def record_sampling(
    topic_id: int,
    *,
    outcome: str,
    reason: str,
    records: int,
    findings: Sequence[Mapping[str, object]],
    by: Principal,
) -> TopicSamplingRun:
    """Keep what one look at real records found; never a payload. Audited as a payload read."""
    run = TopicSamplingRun.objects.create(
        topic_id=topic_id,
        outcome=outcome,
        reason=reason,
        records=records,
        findings=[dict(f) for f in findings],
    )
    record(
        "topic_sampled",
        run,
        by=by,
        after={"topic": topic_id, "records": records, "outcome": outcome},
    )
    return run

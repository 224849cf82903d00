"""Recording a sweep: one transaction, idempotent per slot, guarded by the fencing number."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from mesh.audit.actions import announce, audited
from mesh.kernel.database import database_now
from streams.actions.discovery import Found
from streams.kafka.results import Answer, ClusterProbe, Known, Snapshot, Unknown
from streams.lag.model import Status
from streams.models import (
    Cluster,
    ConsumerGroup,
    GroupTopicLag,
    LagSample,
    OffsetEvent,
    Sweep,
    Topic,
    TopicSample,
    TopicState,
)
from streams.signals import groups_moved, swept, topics_changed
from streams.sweeping.judging import OFFSET_EVENTS, Judged, ages
from streams.sweeping.logs import log_states

KEEP_SAMPLES = timedelta(hours=48)
NO_COMMIT = -1  # stored form of "the group has no commit here"; NULL means unknown


@dataclass(frozen=True, slots=True)
class Recording:
    """Everything one sweep found."""

    cluster: Cluster
    sweep: Sweep
    snapshot: Snapshot
    found: Found
    judged: list[tuple[int, Judged]]
    now: datetime


@audited
def record_sweep(recording: Recording) -> Sweep | None:
    """Write samples, current states, events and the cluster's state; None when the slot was taken over."""
    sweep = _still_ours(recording.sweep)
    if sweep is None:
        return None
    snapshot, now = recording.snapshot, recording.now
    states, samples = log_states(recording.found, snapshot, now)
    TopicSample.objects.bulk_create(samples, ignore_conflicts=True)
    TopicState.objects.bulk_create(
        states,
        update_conflicts=True,
        unique_fields=["topic"],
        update_fields=[
            "log_start", "log_end", "asked_at", "answered_at", "advanced_after", "advanced_before",
            "records_per_second", "unknown_reason",
        ],
    )  # fmt: skip
    moved = _write_lags(recording)
    _cluster_answered(recording)
    _finish(sweep, snapshot, recording.sweep.counts)
    announce(swept, cluster_id=recording.cluster.pk, sweep_id=sweep.pk)
    if moved:
        announce(groups_moved, pairs=moved)
    if recording.found.changed_topics:
        announce(topics_changed, topic_ids=recording.found.changed_topics)
    return sweep


def _still_ours(sweep: Sweep) -> Sweep | None:
    row = Sweep.objects.select_for_update(no_key=True).get(pk=sweep.pk)
    return None if row.fence != sweep.fence or row.finished_at is not None else row


def _write_lags(recording: Recording) -> list[list[int]]:
    current = {
        (lag.group_id, lag.topic_id): lag
        for lag in GroupTopicLag.objects.select_for_update(no_key=True)
        .filter(group__cluster=recording.cluster)
        .order_by("pk")
    }
    moved: list[list[int]] = []
    rows: list[tuple[GroupTopicLag, Judged]] = []
    for group_pk, judged in recording.judged:
        key = (group_pk, judged.reading.topic.pk)
        lag = current.get(key) or GroupTopicLag(
            group_id=group_pk, topic=judged.reading.topic, status=""
        )
        if _fill(lag, judged, recording.now):
            moved.append([group_pk, judged.reading.topic.pk])
        rows.append((lag, judged))
    known = {lag.pk for lag in current.values()}
    GroupTopicLag.objects.bulk_create([lag for lag, _ in rows if lag.pk not in known])
    GroupTopicLag.objects.bulk_update([lag for lag, _ in rows if lag.pk in known], LAG_COLUMNS)
    LagSample.objects.bulk_create(
        [_sample(lag, judged, recording.now) for lag, judged in rows], ignore_conflicts=True
    )
    OffsetEvent.objects.bulk_create(
        [event for lag, judged in rows for event in _events(lag, judged, recording.now)],
        ignore_conflicts=True,
    )
    return moved


LAG_COLUMNS = [
    "committed", "lag", "partition_status", "status", "status_counts", "status_since", "lag_records",
    "covered_partitions", "partitions", "age_lo_s", "age_hi_s", "trend", "catch_up_s", "moved_at",
    "unknown_reason", "reasons", "memory", "as_of",
]  # fmt: skip


def _fill(lag: GroupTopicLag, judged: Judged, now: datetime) -> bool:
    """Set the current state; True when a commit moved forward since the last sweep."""
    headline = judged.headline
    lag.committed = [_stored(value) for value in judged.reading.committed]
    lag.lag = [verdict.lag if isinstance(verdict.lag, int) else None for verdict in judged.verdicts]
    lag.partition_status = [str(verdict.status) for verdict in judged.verdicts]
    if lag.status != headline.status:
        lag.status, lag.status_since = str(headline.status), now
    lag.status_counts = {str(status): count for status, count in headline.counts.items()}
    lag.lag_records = headline.lag_records if isinstance(headline.lag_records, int) else None
    lag.covered_partitions, lag.partitions = headline.covered, headline.partitions
    lag.age_lo_s, lag.age_hi_s = ages(headline)
    lag.trend, lag.catch_up_s = judged.trend, judged.catch_up_s
    lag.unknown_reason = judged.reading.unknown_reason
    worst = headline.worst_partition
    lag.reasons = list(judged.verdicts[worst].reasons)[:5] if worst is not None else []
    lag.memory, lag.as_of = judged.memory, now
    if judged.moved:
        lag.moved_at = now
    return bool(judged.moved)


def _stored(value: object) -> int | None:
    return NO_COMMIT if value is None else (value if isinstance(value, int) else None)


def _sample(lag: GroupTopicLag, judged: Judged, now: datetime) -> LagSample:
    return LagSample(
        lag_of=lag,
        sweep_at=now,
        committed=lag.committed,
        lag=lag.lag,
        lag_records=lag.lag_records,
        age_lo_s=lag.age_lo_s,
        age_hi_s=lag.age_hi_s,
        status=lag.status,
    )


def _events(lag: GroupTopicLag, judged: Judged, now: datetime) -> list[OffsetEvent]:
    events = []
    for partition, verdict in enumerate(judged.verdicts):
        for status in {verdict.status, *verdict.sub} & set(OFFSET_EVENTS):
            committed = judged.reading.committed[partition]
            events.append(
                OffsetEvent(
                    lag_of=lag,
                    at=now,
                    kind=OFFSET_EVENTS[status],
                    partition=partition,
                    from_offset=committed if isinstance(committed, int) else None,
                    lost=verdict.lost if status is Status.DATA_LOST else verdict.rewind or None,
                )
            )
    return events


def _cluster_answered(recording: Recording) -> None:
    cluster, snapshot = recording.cluster, recording.snapshot
    cluster.refresh_from_db()
    complete = all(part.ratio >= 1 for part in snapshot.coverage.values())
    state = Cluster.State.REACHABLE if complete else Cluster.State.DEGRADED
    probe = snapshot.probe
    if isinstance(probe, Known):
        cluster.broker_count = len(probe.value.brokers)
        cluster.brokers_ever = max(cluster.brokers_ever, cluster.broker_count)
        known_id = probe.value.kafka_cluster_id
        if cluster.kafka_cluster_id and known_id and cluster.kafka_cluster_id != known_id:
            state = Cluster.State.SUSPENDED
        cluster.kafka_cluster_id = cluster.kafka_cluster_id or known_id
    reasons = sorted({reason for part in snapshot.coverage.values() for reason in part.reasons})
    _set_state(cluster, state, ",".join(reasons)[:32], "", recording.now)
    if state == Cluster.State.SUSPENDED:
        cluster.state_reason = "CLUSTER_REPLACED"
        cluster.state_detail = (
            "The address answers with another cluster id. Confirm it or restore the old one."
        )
    cluster.last_answer_at = cluster.last_sweep_at = recording.now
    cluster.save(update_fields=CLUSTER_COLUMNS)


CLUSTER_COLUMNS = [
    "state", "state_reason", "state_detail", "state_since", "broker_count", "brokers_ever", "kafka_cluster_id",
    "last_answer_at", "last_sweep_at", "updated_at",
]  # fmt: skip


def _set_state(cluster: Cluster, state: str, reason: str, detail: str, now: datetime) -> None:
    if cluster.state != state:
        cluster.state, cluster.state_since = state, now
    cluster.state_reason, cluster.state_detail = reason, detail


def _finish(sweep: Sweep, snapshot: Snapshot, counts: dict[str, object]) -> None:
    sweep.coverage = {kind: round(part.ratio, 4) for kind, part in snapshot.coverage.items()}
    sweep.reasons = {
        f"{kind}:{reason}": count
        for kind, part in snapshot.coverage.items()
        for reason, count in part.reasons.items()
    }
    sweep.counts = {
        **counts,
        **{
            kind: {"answered": part.answered, "expected": part.expected}
            for kind, part in snapshot.coverage.items()
        },
        "cpu_ms": snapshot.cpu_ms,
    }
    sweep.outcome, sweep.finished_at = "done", database_now()
    sweep.duration_ms = int((sweep.finished_at - sweep.started_at).total_seconds() * 1000)
    sweep.save(
        update_fields=["coverage", "reasons", "counts", "outcome", "finished_at", "duration_ms"]
    )


@audited
def record_unreachable(sweep: Sweep, why: Answer[ClusterProbe]) -> Sweep | None:
    """Nobody answered: everything of this cluster is UNKNOWN from now on, with the reason; no sample is written."""
    row = _still_ours(sweep)
    if row is None:
        return None
    now = database_now()
    reason = why.reason.value if isinstance(why, Unknown) else "UNREACHABLE"
    detail = why.detail if isinstance(why, Unknown) else ""
    cluster = Cluster.objects.select_for_update(no_key=True).get(pk=sweep.cluster_id)
    _set_state(cluster, Cluster.State.UNREACHABLE, reason, detail[:300], now)
    cluster.last_sweep_at = now
    cluster.save(
        update_fields=[
            "state",
            "state_reason",
            "state_detail",
            "state_since",
            "last_sweep_at",
            "updated_at",
        ]
    )
    lags = GroupTopicLag.objects.filter(group__cluster=cluster)
    lags.exclude(status=Status.UNKNOWN).update(status_since=now)
    lags.update(status=str(Status.UNKNOWN), unknown_reason=reason, trend="", catch_up_s=None)
    TopicState.objects.filter(topic__cluster=cluster).update(unknown_reason=reason)
    ConsumerGroup.objects.filter(cluster=cluster, ended_at__isnull=True).update(
        unknown_reason=reason
    )
    row.outcome, row.finished_at = "failed", now
    row.coverage = dict.fromkeys(("topics", "groups", "commits", "members", "ends"), 0.0)
    row.reasons = {f"probe:{reason}": 1}
    row.duration_ms = int((now - row.started_at).total_seconds() * 1000)
    row.save(update_fields=["outcome", "finished_at", "coverage", "reasons", "duration_ms"])
    announce(swept, cluster_id=cluster.pk, sweep_id=row.pk)
    return row


@audited
def end_missing(cluster: Cluster, topic_ids: list[int], group_ids: list[int]) -> None:
    """End topics and groups that the broker, asked by name, does not have."""
    now = database_now()
    Topic.objects.filter(pk__in=topic_ids, ended_at__isnull=True).update(ended_at=now)
    ConsumerGroup.objects.filter(pk__in=group_ids, ended_at__isnull=True).update(ended_at=now)
    announce(topics_changed, topic_ids=topic_ids)


@audited
def forget_old_samples() -> None:
    """Drop raw samples older than two days and sweeps older than a week."""
    now = database_now()
    LagSample.objects.filter(sweep_at__lt=now - KEEP_SAMPLES).delete()
    TopicSample.objects.filter(sweep_at__lt=now - KEEP_SAMPLES).delete()
    Sweep.objects.filter(started_at__lt=now - timedelta(days=7)).delete()

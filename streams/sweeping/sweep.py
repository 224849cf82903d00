"""One sweep of one cluster: claim the slot, ask, judge, probe, record (docs/sweeps.md)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from django.db import transaction

from mesh.kernel.database import database_now
from streams.actions.discovery import Found, discover, proven_gone
from streams.actions.sweeps import Recording, end_missing, record_sweep, record_unreachable
from streams.connections import connection_of
from streams.kafka import read
from streams.kafka.agent import Connection
from streams.kafka.results import Known, Position, ProbeAnswer, Snapshot, Unknown
from streams.lag.model import LagRules
from streams.models import Cluster, GroupTopicLag, Sweep, Watch
from streams.sweeping.judging import Judged, Reading, judge, reading_of, wants_probe
from streams.sweeping.windows import TopicPast, lag_pasts, merged, older_pasts, topic_pasts

log = structlog.get_logger(__name__)
SWEEP_DEADLINE_S = 45.0  # leaves 15 s of the 60 s hard limit for judging and recording
ALL_DETAILS_EVERY = timedelta(minutes=5)
CONFIGS_EVERY = timedelta(minutes=10)
PROBES_PER_SWEEP = 200
PROBE_DEADLINE_S = 3.0


Probes = dict[int, ProbeAnswer | Unknown]  # by partition


@dataclass(slots=True)
class Look:
    """What one sweep carries from step to step."""

    cluster: Cluster
    sweep: Sweep
    connection: Connection
    now: datetime
    deadline_s: float


def sweep_cluster(cluster_id: int, slot: int) -> Sweep | None:
    """Sweep unless somebody else has this slot. Returns the Sweep row, or None."""
    cluster = Cluster.objects.select_related("environment").filter(pk=cluster_id).first()
    if cluster is None or cluster.state == Cluster.State.SUSPENDED:
        return None
    sweep = claim(cluster, slot)
    if sweep is None:
        return None
    deadline_s = min(max(0.8 * cluster.sweep_interval_s, 4.0), SWEEP_DEADLINE_S)
    look = Look(cluster, sweep, connection_of(cluster), database_now(), deadline_s)
    snapshot = ask(look)
    if isinstance(snapshot.probe, Unknown) and not isinstance(snapshot.topics, Known):
        return record_unreachable(sweep, snapshot.probe)
    return _judge_and_record(look, snapshot)


def claim(cluster: Cluster, slot: int) -> Sweep | None:
    """Insert the slot's row, or take one whose lease ran out, with a new fencing number."""
    with transaction.atomic():
        now = database_now()
        lease = now + timedelta(seconds=SWEEP_DEADLINE_S + 15)
        sweep, made = Sweep.objects.select_for_update(no_key=True).get_or_create(
            cluster=cluster, slot=slot, defaults={"lease_until": lease, "started_at": now}
        )
        if made:
            return sweep
        if sweep.finished_at is not None or (sweep.lease_until and sweep.lease_until > now):
            return None
        sweep.fence, sweep.lease_until, sweep.started_at = sweep.fence + 1, lease, now
        sweep.save(update_fields=["fence", "lease_until", "started_at"])
        return sweep


def ask(look: Look) -> Snapshot:
    """One round with the broker: new topics by id at once, everything now and then."""
    cluster, now = look.cluster, look.now
    topics = cluster.topics.filter(ended_at__isnull=True)
    oldest = topics.order_by("configs_at").values_list("configs_at", flat=True).first()
    newest_full = (
        cluster.sweeps.filter(counts__details=True)
        .order_by("-slot")
        .values_list("started_at", flat=True)
    )
    last_full = newest_full.first()
    full = last_full is None or now - last_full > ALL_DETAILS_EVERY
    wants = read.Wants(
        expected_groups=list(
            cluster.groups.filter(ended_at__isnull=True).values_list("group_id", flat=True)
        ),
        known_topics=list(topics.exclude(kafka_topic_id="").values_list("name", flat=True)),
        all_details=full,
        configs=full or oldest is None or now - oldest > CONFIGS_EVERY,
    )
    snapshot = read.snapshot(
        look.connection, wants, deadline_s=look.deadline_s, base_ms=int(now.timestamp() * 1000)
    )
    look.sweep.counts = {"details": full and isinstance(snapshot.topics, Known)}
    return snapshot


def _judge_and_record(look: Look, snapshot: Snapshot) -> Sweep | None:
    found = discover(look.cluster, snapshot, look.now)
    readings = _readings(snapshot, found)
    judged = _judge_all(look, found, readings)
    recording = Recording(look.cluster, look.sweep, snapshot, found, judged, look.now)
    sweep = record_sweep(recording)
    gone = proven_gone(look.connection, look.cluster, min(look.deadline_s, 5.0))
    if any(gone):
        end_missing(look.cluster, *gone)
    return sweep


def _readings(snapshot: Snapshot, found: Found) -> list[tuple[int, Reading]]:
    """Every group on every topic it ever committed to or is assigned."""
    known = {
        (lag.group_id, lag.topic_id)
        for lag in GroupTopicLag.objects.filter(
            group__in=list(found.groups.values()), topic__ended_at__isnull=True
        )
    }
    names = {topic.pk: name for name, topic in found.topics.items()}
    readings: list[tuple[int, Reading]] = []
    for group_id, group in found.groups.items():
        topics = {
            names[topic_pk]
            for group_pk, topic_pk in known
            if group_pk == group.pk and topic_pk in names
        }
        commit, detail = snapshot.committed.get(group_id), snapshot.members.get(group_id)
        if isinstance(commit, Known):
            topics |= {
                place[0] for place, offset in commit.value.offsets.items() if offset is not None
            }
        if isinstance(detail, Known):
            topics |= {place[0] for member in detail.value.members for place in member.assignments}
        readings += [
            (group.pk, reading_of(snapshot, group_id, found.topics[name]))
            for name in sorted(topics & set(found.topics))
        ]
    return readings


def _judge_all(
    look: Look, found: Found, readings: list[tuple[int, Reading]]
) -> list[tuple[int, Judged]]:
    interval = look.cluster.sweep_interval_s
    current = {
        (lag.group_id, lag.topic_id): lag
        for lag in GroupTopicLag.objects.filter(group__in=list(found.groups.values()))
    }
    topic_ids = [topic.pk for topic in found.topics.values()]
    recent = topic_pasts(topic_ids, look.now, interval)
    pasts = merged(recent, older_pasts(_far_behind(readings, recent), look.now, interval))
    samples = lag_pasts([lag.pk for lag in current.values()], look.now, interval)
    bounds = {
        (w.topic_id, w.group_name): w.bound_s for w in Watch.objects.filter(topic_id__in=topic_ids)
    }

    former = _former_lags(look.cluster, readings)

    def once(group_pk: int, reading: Reading, probes: Probes) -> Judged:
        lag = current.get((group_pk, reading.topic.pk)) or former.get(
            (group_pk, reading.topic.name)
        )
        reading.succeeded = (group_pk, reading.topic.name) in former
        bound = bounds.get((reading.topic.pk, reading.group_id))
        rules = LagRules(
            sweep_ms=interval * 1000, bound_ms=None if bound is None else int(bound * 1000)
        )
        is_current = lag is not None and lag.topic_id == reading.topic.pk
        past = samples.get(lag.pk, []) if lag is not None and is_current else []
        return judge(reading, lag, past, pasts.get(reading.topic.pk), rules, probes)

    judged = [(group_pk, once(group_pk, reading, {})) for group_pk, reading in readings]
    answers = _probe(look, judged)
    return [
        (group_pk, once(group_pk, one.reading, answers[index]) if index in answers else one)
        for index, (group_pk, one) in enumerate(judged)
    ]


def _former_lags(
    cluster: Cluster, readings: list[tuple[int, Reading]]
) -> dict[tuple[int, str], GroupTopicLag]:
    """What was known of each group on an earlier topic of the same name, newest incarnation last."""
    names = {reading.topic.name for _, reading in readings}
    rows = GroupTopicLag.objects.filter(
        group__cluster=cluster, topic__name__in=names, topic__ended_at__isnull=False
    ).select_related("topic")
    return {(row.group_id, row.topic.name): row for row in rows.order_by("topic__ended_at")}


def _far_behind(readings: list[tuple[int, Reading]], recent: dict[int, TopicPast]) -> set[int]:
    """Topics where some commit lies before the oldest recent reading of the log end."""
    far: set[int] = set()
    for _, reading in readings:
        past = recent.get(reading.topic.pk)
        if past is None or not past.rows:
            continue
        oldest = past.rows[0][4]
        for partition, committed in enumerate(reading.committed):
            end = oldest[partition] if partition < len(oldest) else None
            if isinstance(committed, int) and end is not None and committed < end:
                far.add(reading.topic.pk)
    return far


def _probe(look: Look, judged: list[tuple[int, Judged]]) -> dict[int, Probes]:
    """Ask the record probes that judging wants, at most PROBES_PER_SWEEP."""
    wanted: dict[Position, int] = {}
    askers: list[tuple[int, int, Position]] = []
    for index, (_, one) in enumerate(judged):
        for partition in wants_probe(one):
            committed = one.reading.committed[partition]
            place = (one.reading.topic.name, partition)
            if (
                isinstance(committed, int)
                and len(askers) < PROBES_PER_SWEEP
                and wanted.get(place, committed) == committed
            ):
                wanted[place] = committed
                askers.append((index, partition, place))
    if not wanted or not look.cluster.record_probe:
        return {}
    answers = read.first_record_at(look.connection, wanted, deadline_s=PROBE_DEADLINE_S)
    result: dict[int, Probes] = {}
    for index, partition, place in askers:
        answer = answers[place]
        result.setdefault(index, {})[partition] = (
            answer.value if isinstance(answer, Known) else answer
        )
    return result


def slots_of(slot: int) -> list[tuple[object, ...]]:
    """The sweeps due in a tick of five seconds: one call per cluster whose interval divides it."""
    del slot
    now_s = database_now().timestamp()
    clusters = Cluster.objects.exclude(state=Cluster.State.SUSPENDED).order_by("pk")
    return [(cluster.pk, int(now_s // cluster.sweep_interval_s)) for cluster in clusters]

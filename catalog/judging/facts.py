"""What was measured of the topics of a cluster, loaded for all promises in a few queries."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.db.models import BigIntegerField, Count, F, Func, IntegerField, Q, Value
from django.db.models.functions import Cast

from catalog.judging.looks import SETTLING, Look, settling
from streams.models import Cluster, GroupTopicLag, Sweep, Topic, TopicSample, TopicState

AVAILABILITY_WINDOW_S = 3600  # of an availability promise that names no window
WINDOW_LIMIT_S = 48 * 3600  # samples are kept this long


@dataclass(frozen=True, slots=True)
class Slots:
    """How many looks at a topic there were in a window, and how many found it complete."""

    known: int
    complete: int
    settling: int = 0  # not counted: the broker was just coming back
    settles_now: bool = False


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything judging needs; nothing here asks the database again."""

    now: datetime
    silence: str  # why nothing of this cluster is known now; "" when it answered
    states: dict[int, TopicState] = field(default_factory=dict)
    lags: dict[tuple[int, str], GroupTopicLag] = field(default_factory=dict)
    slots: dict[tuple[int, int], Slots] = field(default_factory=dict)  # (topic, window)
    starts: dict[tuple[int, int], TopicSample] = field(default_factory=dict)  # (topic, window)


def silence_of(cluster: Cluster, sweep: Sweep | None, now: datetime) -> str:
    """A sentence that says why the cluster's present state is unknown, or ""."""
    if cluster.state == Cluster.State.SUSPENDED:
        return (
            f"Cluster {cluster.name} is suspended: {cluster.state_detail or cluster.state_reason}"
        )
    if cluster.state == Cluster.State.UNREACHABLE or (sweep and sweep.outcome == "failed"):
        reason = cluster.state_detail or cluster.state_reason or "no answer"
        return f"Cluster {cluster.name} has not answered since {cluster.state_since:%H:%M:%S}: {reason}"
    if sweep is None:
        last = cluster.last_sweep_at
        since = f"since {last:%H:%M:%S}" if last is not None else "yet"
        return f"Nobody looked at cluster {cluster.name} {since}."
    return ""


def load(
    cluster: Cluster,
    sweep: Sweep | None,
    topics: Sequence[Topic],
    *,
    now: datetime,
    groups: Iterable[str],
    availability_windows: Iterable[int],
    rate_windows: Iterable[int],
) -> Facts:
    """The facts about these topics; silent clusters cost no query."""
    silence = silence_of(cluster, sweep, now)
    if silence:
        return Facts(now, silence)
    ids = [topic.pk for topic in topics]
    states = {row.topic_id: row for row in TopicState.objects.filter(topic_id__in=ids)}
    lags = GroupTopicLag.objects.filter(
        topic_id__in=ids, group__group_id__in=set(groups), group__ended_at__isnull=True
    ).select_related("group")
    return Facts(
        now,
        "",
        states,
        {(row.topic_id, row.group.group_id): row for row in lags},
        _slots(cluster, topics, set(availability_windows), now),
        _starts(ids, set(rate_windows), now),
    )


def _slots(
    cluster: Cluster, topics: Sequence[Topic], windows: set[int], now: datetime
) -> dict[tuple[int, int], Slots]:
    """Looks per topic and window: two queries per distinct window."""
    found: dict[tuple[int, int], Slots] = {}
    for window_s in windows:
        since = now - timedelta(seconds=min(window_s, WINDOW_LIMIT_S))
        looks = _looks(cluster, since)
        left_out = settling(looks, timedelta(seconds=cluster.sweep_interval_s))
        counted = [look.ended for look in looks if look.answered and look not in left_out]
        aside = Q(pk=None)
        for look in left_out:
            aside |= Q(sweep_at__range=(look.began, look.ended))
        first_null = Func(
            F("log_end"),
            Cast(Value(None), BigIntegerField()),
            function="array_position",
            output_field=IntegerField(),
        )
        counts = dict(
            TopicSample.objects.filter(topic__in=topics, sweep_at__gte=since)
            .exclude(aside)
            .annotate(first_null=first_null)
            .values("topic_id")
            .annotate(complete=Count("pk", filter=Q(first_null__isnull=True)))
            .values_list("topic_id", "complete")
        )
        for topic in topics:
            first = max(since, topic.first_seen)
            known = len(counted) - bisect_left(counted, first)
            found[topic.pk, window_s] = Slots(
                known,
                min(counts.get(topic.pk, 0), known),
                sum(look.ended >= first for look in left_out),
                bool(left_out) and looks[-1] is left_out[-1],
            )
    return found


def _looks(cluster: Cluster, since: datetime) -> list[Look]:
    """Ended looks since then, and those before that tell whether it began in a silence; oldest first."""
    ended = Sweep.objects.filter(cluster=cluster, finished_at__isnull=False)
    rows = ended.filter(finished_at__gte=since - 2 * SETTLING).order_by("finished_at")
    return [
        Look(began, ended_at, outcome == "done", coverage.get("ends", 1) >= 1)
        for began, ended_at, outcome, coverage in rows.values_list(
            "started_at", "finished_at", "outcome", "coverage"
        )
        if ended_at is not None and outcome in ("done", "failed")
    ]


def _starts(
    topic_ids: Sequence[int], windows: set[int], now: datetime
) -> dict[tuple[int, int], TopicSample]:
    """The oldest sample of each topic inside each window: one query per distinct window."""
    found: dict[tuple[int, int], TopicSample] = {}
    for window_s in windows:
        since = now - timedelta(seconds=min(window_s, WINDOW_LIMIT_S))
        rows = TopicSample.objects.filter(topic_id__in=topic_ids, sweep_at__gte=since)
        for row in rows.order_by("topic_id", "sweep_at").distinct("topic_id"):
            found[row.topic_id, window_s] = row
    return found

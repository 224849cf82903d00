"""Lists and pages of the streams room as frozen view models."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import Count, Q, QuerySet

from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.errors import NotFound
from mesh.kernel.wording import grouped, interval
from mesh.people.authz.doors import may, scope
from mesh.people.models import ObjectScope
from streams.lag.model import Severity, Status
from streams.models import (
    Cluster,
    ConsumerGroup,
    GroupTopicLag,
    OffsetEvent,
    Sweep,
    Topic,
    TopicState,
)

STATE_OF_SEVERITY = {
    Severity.OK: "ok",
    Severity.GREY: "unknown",
    Severity.INFO: "info",
    Severity.WARNING: "warn",
    Severity.ERROR: "bad",
    Severity.CRITICAL: "bad",
}
REASON_WORDS = {
    "TIMEOUT": "the broker did not answer in time",
    "UNREACHABLE": "no broker can be reached",
    "AUTH": "the broker refused our credentials",
    "DENIED": "we may not read this; a right is missing",
    "NOT_FOUND": "the broker does not know it any more",
    "RETRIABLE": "the broker was busy moving a leader",
    "UNSUPPORTED": "this broker cannot tell",
    "PROTOCOL": "the answer could not be understood",
    "CANCELLED": "the question ended before this was asked",
    "CRASHED": "the client process ended in mid-question",
    "NO_COORDINATOR": "the group's coordinator does not answer",
    "NOT_SWEPT": "no sweep has looked yet",
}


def reason_words(reason: str) -> str:
    """A reason code as a sentence part."""
    return (
        REASON_WORDS.get(reason.split(",")[0], reason.lower().replace("_", " ")) if reason else ""
    )


@dataclass(frozen=True, slots=True)
class Owner:
    """Who answers for a topic or group; empty when nobody does."""

    product: str = ""
    team: str = ""


@dataclass(frozen=True, slots=True)
class LagRow:
    """One group on one topic, ready to draw."""

    group: str
    group_href: str
    topic: str
    topic_href: str
    cluster: str
    state: str
    status: str
    words: str
    lag_words: str
    coverage: str
    age_words: str
    age_lo_s: int | None
    age_hi_s: int | None
    bound_s: float | None
    trend: str
    catch_up: str
    members: int | None
    owner: Owner
    reason: str
    as_of: datetime
    is_stale: bool
    since: datetime


def owners_of(kind: str, ids: list[UUID]) -> dict[UUID, Owner]:
    """Owners by public id. One query."""
    rows = ObjectScope.objects.filter(kind=kind, object_id__in=ids).select_related("team")
    return {
        row.object_id: Owner(row.product_slug, row.team.name if row.team else "") for row in rows
    }


def lags_visible(viewer: Principal) -> QuerySet[GroupTopicLag]:
    """Lags on live topics and groups that the viewer may see."""
    topics = scope(viewer, "streams.read", Topic.objects.filter(ended_at__isnull=True))
    return GroupTopicLag.objects.filter(
        topic__in=topics, group__ended_at__isnull=True
    ).select_related("group__cluster", "topic")


def lag_rows(lags: list[GroupTopicLag]) -> list[LagRow]:
    """View models of lags; owner from the topic. Two queries whatever the number of rows."""
    from streams.models import Watch

    owners = owners_of("topic", [lag.topic.public_id for lag in lags])
    watches = Watch.objects.filter(topic__in={lag.topic_id for lag in lags}, bound_s__isnull=False)
    bounds = {(watch.topic_id, watch.group_name): watch.bound_s for watch in watches}
    return [
        _lag_row(
            lag,
            owners.get(lag.topic.public_id, Owner()),
            bounds.get((lag.topic_id, lag.group.group_id)),
        )
        for lag in lags
    ]


def _lag_row(lag: GroupTopicLag, owner: Owner, bound: float | None) -> LagRow:
    status = Status(lag.status or "unknown")
    cluster = lag.group.cluster
    stale = clock.now() - lag.as_of > timedelta(seconds=3 * cluster.sweep_interval_s + 5)
    covered = "" if lag.covered_partitions == lag.partitions else (
        f"over {lag.covered_partitions} of {lag.partitions} partitions"
    )  # fmt: skip
    unknown = status is Status.UNKNOWN
    return LagRow(
        group=lag.group.group_id,
        group_href=f"/consumer-groups/{lag.group.public_id}",
        topic=lag.topic.name,
        topic_href=f"/topics/{lag.topic.public_id}",
        cluster=cluster.name,
        state="stale" if stale and not unknown else STATE_OF_SEVERITY[status.severity],
        status=str(status),
        words=status.words,
        lag_words="not measured"
        if lag.lag_records is None or unknown
        else grouped(lag.lag_records),
        coverage="" if unknown else covered,
        age_words=age_words(lag),
        age_lo_s=None if unknown else lag.age_lo_s,
        age_hi_s=None if unknown or lag.age_hi_s is None or lag.age_hi_s < 0 else lag.age_hi_s,
        bound_s=bound,
        trend=lag.trend,
        catch_up=_catch_up(lag),
        members=None if lag.group.unknown_reason else len(lag.group.members),
        owner=owner,
        reason=reason_words(lag.unknown_reason) or "; ".join(lag.reasons[:1]),
        as_of=lag.as_of,
        is_stale=stale,
        since=lag.status_since,
    )


def age_words(lag: GroupTopicLag) -> str:
    """The time lag in words: '0 s', '3–4 min', 'at least 2 h', 'not measured'."""
    if lag.status == Status.UNKNOWN or lag.age_lo_s is None:
        return "not measured"
    if lag.age_hi_s is None or lag.age_hi_s < 0:
        return f"at least {interval(lag.age_lo_s, lag.age_lo_s)}"
    return interval(lag.age_lo_s, lag.age_hi_s)


def _catch_up(lag: GroupTopicLag) -> str:
    if lag.catch_up_s is not None:
        return f"caught up in {interval(lag.catch_up_s, lag.catch_up_s)}"
    return "not catching up" if lag.trend == "rising" else ""


@dataclass(frozen=True, slots=True)
class StreamsPage:
    """The list of groups and topics with its sentence and facets."""

    headline: str
    rest: str
    rows: list[LagRow]
    states: list[dict[str, Any]]
    clusters: list[Cluster]


def streams_page(viewer: Principal, *, status: str = "", q: str = "") -> StreamsPage:
    """Every group on every topic, worst first."""
    lags = list(lags_visible(viewer)[:2000])
    words = q.lower()
    if words:
        lags = [
            lag
            for lag in lags
            if words in lag.group.group_id.lower() or words in lag.topic.name.lower()
        ]
    rows = sorted(lag_rows(lags), key=lambda row: (-_rank(row.status), row.group, row.topic))
    counts = Counter(row.state for row in rows)
    shown = [row for row in rows if not status or row.state == status]
    names = {
        "bad": "Behind or stopped",
        "warn": "At risk",
        "unknown": "Unknown",
        "stale": "Stale",
        "ok": "On time",
        "info": "Other",
    }
    states: list[dict[str, Any]] = [
        {"label": "All", "count": len(rows), "href": "/streams", "current": not status}
    ]
    states += [
        {
            "label": label,
            "state": state,
            "count": counts[state],
            "href": f"/streams?state={state}",
            "current": status == state,
        }
        for state, label in names.items()
        if counts[state]
    ]
    headline, rest = _headline(rows, counts, filtered=bool(words))
    clusters = list(
        scope(
            viewer, "cluster.read", Cluster.objects.select_related("environment").order_by("name")
        )
    )
    return StreamsPage(headline, rest, shown, states, clusters)


def _rank(status: str) -> int:
    return Status(status).severity.rank


def _headline(rows: list[LagRow], counts: Counter[str], *, filtered: bool) -> tuple[str, str]:
    readers = len({row.group for row in rows})
    if not rows:
        return ("No reader matches." if filtered else "No consumer group reads a topic yet."), ""
    if counts["unknown"] == len(rows):
        return (
            f"Nothing is known about {readers} readers",
            f"now: {rows[0].reason or 'the cluster does not answer'}.",
        )
    bad = counts["bad"]
    if bad:
        verb = "reader needs" if bad == 1 else "readers need"
        return f"{bad} of {len(rows)} {verb} help now.", f"{counts['ok']} are on time."
    return (
        f"All {counts['ok']} measured readers are on time.",
        f"{counts['unknown']} unknown." if counts["unknown"] else "",
    )


@dataclass(frozen=True, slots=True)
class PartitionCell:
    """One partition of the strip."""

    number: int
    state: str
    value: str
    records: str
    word: str


@dataclass(frozen=True, slots=True)
class GroupPage:
    """One consumer group: its topics, partitions, members, events."""

    group: ConsumerGroup
    rows: list[LagRow]
    chosen: LagRow | None
    chosen_lag: GroupTopicLag | None
    partitions: list[PartitionCell]
    members: list[dict[str, Any]]
    events: list[OffsetEvent]
    owner: Owner


def group_page(viewer: Principal, public_id: UUID, topic_name: str = "") -> GroupPage:
    """Raises NotFound. Constant number of queries."""
    group = (
        scope(viewer, "streams.read", ConsumerGroup.objects.select_related("cluster"))
        .filter(public_id=public_id)
        .first()
    )
    if group is None:
        raise NotFound
    lags = list(lags_visible(viewer).filter(group=group).order_by("topic__name"))
    rows = lag_rows(lags)
    worst = max(
        range(len(rows)),
        key=lambda i: (rows[i].topic == topic_name, _rank(rows[i].status)),
        default=None,
    )
    chosen = lags[worst] if worst is not None else None
    members = [
        {
            **member,
            "places": ", ".join(f"{place[0]} {place[1]}" for place in member["assignments"])
            or "none",
        }
        for member in group.members
    ]
    return GroupPage(
        group=group,
        rows=rows,
        chosen=rows[worst] if worst is not None else None,
        chosen_lag=chosen,
        partitions=_cells(chosen) if chosen else [],
        members=members,
        events=list(
            OffsetEvent.objects.filter(lag_of__in=lags)
            .select_related("lag_of__topic")
            .order_by("-at")[:20]
        ),
        owner=owners_of("consumergroup", [group.public_id]).get(group.public_id, Owner()),
    )


def _cells(lag: GroupTopicLag) -> list[PartitionCell]:
    cells = []
    for number, word in enumerate(lag.partition_status):
        status = Status(word)
        records = lag.lag[number] if number < len(lag.lag) else None
        cells.append(
            PartitionCell(
                number,
                STATE_OF_SEVERITY[status.severity],
                "not measured" if records is None else grouped(records),
                "" if records is None else grouped(records),
                status.words,
            )
        )
    return cells


@dataclass(frozen=True, slots=True)
class TopicPage:
    """One topic: settings with their source, log, readers, owner."""

    topic: Topic
    log: TopicState | None
    readers: list[LagRow]
    configs: list[dict[str, Any]]
    owner: Owner
    records: int | None
    reason: str
    is_stale: bool


def topic_page(viewer: Principal, public_id: UUID) -> TopicPage:
    """Raises NotFound. Constant number of queries."""
    topics = scope(
        viewer, "streams.read", Topic.objects.select_related("cluster__environment", "log")
    )
    topic = topics.filter(public_id=public_id).first()
    if topic is None:
        raise NotFound
    log = getattr(topic, "log", None)
    pairs = list(zip(log.log_start, log.log_end, strict=False)) if log else []
    known = bool(pairs) and all(start is not None and end is not None for start, end in pairs)
    configs = [
        {"name": name, "own": entry.get("source") == "DYNAMIC_TOPIC_CONFIG", **entry}
        for name, entry in sorted(topic.configs.items())
    ]
    stale = bool(
        log
        and log.answered_at
        and clock.now() - log.answered_at
        > timedelta(seconds=3 * topic.cluster.sweep_interval_s + 5)
    )
    return TopicPage(
        topic=topic,
        log=log,
        readers=lag_rows(list(lags_visible(viewer).filter(topic=topic))),
        configs=configs,
        owner=owners_of("topic", [topic.public_id]).get(topic.public_id, Owner()),
        records=sum((end or 0) - (start or 0) for start, end in pairs) if known else None,
        reason=reason_words(log.unknown_reason if log else "NOT_SWEPT"),
        is_stale=stale,
    )


@dataclass(frozen=True, slots=True)
class ClusterRow:
    """A cluster with what its last sweep covered."""

    cluster: Cluster
    state: str
    words: str
    reason: str
    topics: int
    groups: int
    sweep: Sweep | None
    coverage: list[dict[str, Any]]
    may_sweep: bool


CLUSTER_STATES = {
    "new": ("info", "Not looked at yet"),
    "reachable": ("ok", "Answers"),
    "degraded": ("warn", "Answers in part"),
    "unreachable": ("bad", "Does not answer"),
    "suspended": ("bad", "Suspended"),
}


def cluster_rows(viewer: Principal, public_id: UUID | None = None) -> list[ClusterRow]:
    """Clusters with coverage. Two queries whatever their number."""
    clusters = scope(
        viewer, "cluster.read", Cluster.objects.select_related("environment").order_by("name")
    )
    if public_id is not None:
        clusters = clusters.filter(public_id=public_id)
    clusters = clusters.annotate(
        topic_count=Count(
            "topics", Q(topics__ended_at__isnull=True, topics__is_internal=False), distinct=True
        ),
        group_count=Count("groups", Q(groups__ended_at__isnull=True), distinct=True),
    )
    newest = {
        sweep.cluster_id: sweep
        for sweep in Sweep.objects.filter(finished_at__isnull=False)
        .order_by("cluster_id", "-slot")
        .distinct("cluster_id")
    }
    allowed = may(viewer, "cluster.sweep")
    return [_cluster_row(cluster, newest.get(cluster.pk), allowed) for cluster in clusters]


def _cluster_row(cluster: Any, sweep: Sweep | None, allowed: bool) -> ClusterRow:
    state, words = CLUSTER_STATES[cluster.state]
    coverage = [
        {"kind": kind, "ratio": ratio, "counts": (sweep.counts.get(kind) if sweep else None) or {}}
        for kind, ratio in (sweep.coverage.items() if sweep else ())
    ]
    reason = cluster.state_detail or reason_words(cluster.state_reason)
    return ClusterRow(
        cluster,
        state,
        words,
        reason,
        cluster.topic_count,
        cluster.group_count,
        sweep,
        coverage,
        allowed,
    )

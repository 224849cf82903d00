"""Lists and pages of the streams room as frozen view models."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.wording import grouped, interval
from mesh.people.authz.doors import scope
from mesh.people.models import ObjectScope
from mesh.people.products import product_names
from streams.lag.model import Severity, Status
from streams.models import (
    Cluster,
    GroupTopicLag,
    Topic,
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
    product_name: str = ""


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
    """Owners by public id. Two queries."""
    rows = list(ObjectScope.objects.filter(kind=kind, object_id__in=ids).select_related("team"))
    names = product_names([row.product_slug for row in rows])
    return {
        row.object_id: Owner(
            row.product_slug,
            row.team.name if row.team else "",
            names.get(row.product_slug, row.product_slug),
        )
        for row in rows
    }


def lags_visible(viewer: Principal) -> QuerySet[GroupTopicLag]:
    """Lags on live topics and groups that the viewer may see."""
    topics = scope(viewer, "streams.read", Topic.objects.filter(ended_at__isnull=True))
    return GroupTopicLag.objects.filter(
        topic__in=topics, group__ended_at__isnull=True
    ).select_related("group__cluster", "topic")


def lag_rows(lags: list[GroupTopicLag]) -> list[LagRow]:
    """View models of lags; owner from the topic. Three queries whatever the number of rows."""
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

    @property
    def is_silent(self) -> bool:
        """Nothing is known and some cluster does not answer: nobody can say that nobody reads."""
        silent = (Cluster.State.UNREACHABLE, Cluster.State.SUSPENDED)
        return not self.rows and any(cluster.state in silent for cluster in self.clusters)


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
    rows = sorted(lag_rows(lags), key=lambda row: (-status_rank(row.status), row.group, row.topic))
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
    clusters = list(
        scope(
            viewer, "cluster.read", Cluster.objects.select_related("environment").order_by("name")
        )
    )
    page = StreamsPage("", "", shown, states, clusters)
    headline, rest = _headline(rows, counts, filtered=bool(words), silent=page.is_silent)
    return replace(page, headline=headline, rest=rest)


def status_rank(status: str) -> int:
    return Status(status).severity.rank


def _headline(
    rows: list[LagRow], counts: Counter[str], *, filtered: bool, silent: bool = False
) -> tuple[str, str]:
    readers = len({row.group for row in rows})
    if not rows and silent:
        return "Who reads is not known: the broker does not answer.", ""
    if not rows:
        return ("No reader matches." if filtered else "No consumer group reads a topic yet."), ""
    if counts["unknown"] == len(rows):
        return (
            f"Nothing is known about {readers} readers",
            f"now: {rows[0].reason or 'the cluster does not answer'}.",
        )
    if counts["stale"] == len(rows):
        return (
            f"How {readers} readers stand now is not known.",
            "What is shown was measured before.",
        )
    bad = counts["bad"]
    if bad:
        noun, verb = "reader" if len(rows) == 1 else "readers", "needs" if bad == 1 else "need"
        return f"{bad} of {len(rows)} {noun} {verb} help now.", f"{counts['ok']} are on time."
    return (
        f"All {counts['ok']} measured readers are on time.",
        f"{counts['unknown']} unknown." if counts["unknown"] else "",
    )

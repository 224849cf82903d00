"""Clusters with what their last sweep covered."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Q

from mesh.audit.principal import Principal
from mesh.people.authz.doors import may, scope
from streams.models import Cluster, Sweep
from streams.queries.lists import reason_words


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
    unanswered: list[dict[str, Any]]
    may_sweep: bool


COVERED = {
    "ends": "log ends", "groups": "groups described", "topics": "topics and settings",
    "commits": "committed offsets", "members": "group members",
}  # fmt: skip
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


def _unanswered(name: str) -> str:
    """What was asked and why there is no answer: "log ends: the broker did not answer in time"."""
    asked, _, reason = name.rpartition(":")
    words = reason_words(reason)
    return f"{COVERED.get(asked, asked)}: {words}" if asked and asked != "probe" else words


def _cluster_row(cluster: Any, sweep: Sweep | None, allowed: bool) -> ClusterRow:
    state, words = CLUSTER_STATES[cluster.state]
    coverage = [
        {
            "kind": kind,
            "words": COVERED.get(kind, kind),
            "ratio": ratio if sweep and sweep.counts.get(kind) else None,  # not asked is not none
            "counts": (sweep.counts.get(kind) if sweep else None) or {},
        }
        for kind, ratio in (sweep.coverage.items() if sweep else ())
    ]
    unanswered = [
        {"words": _unanswered(name), "count": count}
        for name, count in (sweep.reasons.items() if sweep else ())
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
        unanswered,
        allowed,
    )

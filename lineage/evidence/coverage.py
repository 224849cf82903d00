"""Clocks of covered time: they run while somebody really looks, so a gap ages no evidence."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Count

from lineage.models import CoverageClock
from streams.models import Cluster, Sweep

REGISTRY, OPENLINEAGE = "registry", "openlineage"
TICK_S = 60
LONGEST_STEP_S = 3 * TICK_S  # a longer pause means that we were not there


def cluster_scope(cluster_id: int) -> str:
    """The clock of what sweeps of one cluster see."""
    return f"cluster:{cluster_id}"


def clocks_of(scopes: Iterable[str]) -> dict[str, float]:
    """Covered seconds by scope; clocks that do not run yet start at 0."""
    wanted = sorted({scope for scope in scopes if scope})
    if not wanted:
        return {}
    CoverageClock.objects.bulk_create(
        [CoverageClock(scope=scope) for scope in wanted], ignore_conflicts=True
    )
    rows = CoverageClock.objects.filter(scope__in=wanted)
    return dict(rows.values_list("scope", "covered_s"))


def advance_clocks(now: datetime) -> None:
    """Add what was covered since the last tick: answered sweeps, and our own running time."""
    clocks_of([REGISTRY, OPENLINEAGE])
    for clock in CoverageClock.objects.select_for_update(no_key=True).order_by("pk"):
        elapsed = max(0.0, (now - clock.ticked_at).total_seconds())
        if clock.scope.startswith("cluster:"):
            gained = _swept_seconds(int(clock.scope.partition(":")[2]), clock.ticked_at, elapsed)
        else:
            gained = elapsed if elapsed <= LONGEST_STEP_S else 0.0
        clock.covered_s += gained
        clock.ticked_at = now
        clock.save(update_fields=["covered_s", "ticked_at"])


def _swept_seconds(cluster_id: int, since: datetime, elapsed: float) -> float:
    """Each answered sweep covers one interval of its cluster, never more than really passed."""
    cluster = Cluster.objects.filter(pk=cluster_id).first()
    if cluster is None:
        return 0.0
    answered = Sweep.objects.filter(
        cluster_id=cluster_id, outcome="done", finished_at__gt=since
    ).aggregate(count=Count("pk"))["count"]
    return float(min(elapsed, answered * cluster.sweep_interval_s))

"""Lag over time as columns for a chart: UNKNOWN and gaps stay null, spikes survive thinning."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta

from mesh.audit.principal import Principal
from mesh.kernel.errors import InvalidInput
from mesh.people.authz.doors import require
from streams.models import GroupTopicLag, LagSample, OffsetEvent, Sweep, Watch

POINTS_MAX = 2000
RANGE_MAX = timedelta(days=400)


@dataclass(frozen=True, slots=True)
class LagSeries:
    """Columns of equal length: seconds since the epoch, time lag low and high (s), records."""

    t: list[int] = field(default_factory=list)
    lo: list[int | None] = field(default_factory=list)
    hi: list[int | None] = field(default_factory=list)
    records: list[int | None] = field(default_factory=list)
    bound: float | None = None
    coverage: list[list[float]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    as_of: str | None = None
    step_seconds: int = 5


def lag_series(
    lag: GroupTopicLag, *, since: datetime, until: datetime, points: int, viewer: Principal
) -> LagSeries:
    """The series of one group on one topic. Three queries. Raises InvalidInput for a bad range."""
    require(viewer, "streams.read", lag.topic)
    if until <= since or until - since > RANGE_MAX:
        raise InvalidInput(
            "The range must end after it begins and span at most 400 days.", pointer="?from"
        )
    points = max(10, min(points, POINTS_MAX))
    rows = list(
        LagSample.objects.filter(lag_of=lag, sweep_at__gte=since, sweep_at__lte=until).order_by(
            "sweep_at"
        )
    )
    step = lag.group.cluster.sweep_interval_s
    series = LagSeries(bound=_bound(lag), step_seconds=step, as_of=lag.as_of.isoformat())
    _columns(series, _thinned(rows, points), step)
    for event in OffsetEvent.objects.filter(lag_of=lag, at__gte=since, at__lte=until).order_by(
        "at"
    )[:100]:
        label = f"{event.kind.replace('_', ' ')}, partition {event.partition}"
        series.events.append(
            {"t": int(event.at.timestamp()), "kind": event.kind, "label": label, "href": ""}
        )
    failed = Sweep.objects.filter(
        cluster=lag.group.cluster, outcome="failed", started_at__gte=since, started_at__lte=until
    )
    for started in failed.order_by("started_at").values_list("started_at", flat=True)[:500]:
        series.coverage.append([started.timestamp(), started.timestamp() + step, 0.0])
    return series


def _bound(lag: GroupTopicLag) -> float | None:
    watches = Watch.objects.filter(
        topic=lag.topic, group_name=lag.group.group_id, bound_s__isnull=False
    )
    return watches.order_by("bound_s").values_list("bound_s", flat=True).first()


def _thinned(rows: list[LagSample], points: int) -> list[LagSample]:
    """At most `points` rows: of each bucket the one with the largest lag, so that spikes survive."""
    if len(rows) <= points:
        return rows
    size = -(-len(rows) // points)
    buckets = [rows[start : start + size] for start in range(0, len(rows), size)]
    return [
        max(bucket, key=lambda row: row.lag_records if row.lag_records is not None else -1)
        for bucket in buckets
    ]


def _columns(series: LagSeries, rows: list[LagSample], step: int) -> None:
    previous: int | None = None
    for row in rows:
        moment = int(row.sweep_at.timestamp())
        if previous is not None and moment - previous > 3 * step and len(rows) < POINTS_MAX:
            _append(series, previous + step, None, None, None)  # a gap stays a gap
        high = None if row.age_hi_s is None or row.age_hi_s < 0 else row.age_hi_s
        _append(
            series,
            moment,
            row.age_lo_s,
            high if high is not None else row.age_lo_s,
            row.lag_records,
        )
        previous = moment


def _append(
    series: LagSeries, moment: int, lo: int | None, hi: int | None, records: int | None
) -> None:
    series.t.append(moment)
    series.lo.append(lo)
    series.hi.append(hi)
    series.records.append(records)

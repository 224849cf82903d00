"""What was measured around an incident, as columns for a chart."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta

from catalog.models import Incident, Verdict
from catalog.sla.model import BaseUnit
from mesh.kernel import clock

AROUND = timedelta(minutes=30)
POINTS = 1000
TIMED = ("freshness", "consumerLatency")


@dataclass(frozen=True, slots=True)
class IncidentSeries:
    """Columns of equal length: seconds since the epoch, the measured interval's ends in seconds."""

    t: list[int] = field(default_factory=list)
    lo: list[float | None] = field(default_factory=list)
    hi: list[float | None] = field(default_factory=list)
    records: list[None] = field(default_factory=list)
    bound: float | None = None
    coverage: list[list[float]] = field(default_factory=list)
    events: list[dict[str, object]] = field(default_factory=list)
    as_of: str | None = None
    step_seconds: int = 5
    unit: str = "seconds"


def has_series(incident: Incident) -> bool:
    """Was a time measured that a chart can show?"""
    promise = incident.promise
    return (
        promise is not None
        and promise.property in TIMED
        and promise.base_unit == BaseUnit.SECONDS.value
    )


def incident_series(incident: Incident) -> IncidentSeries:
    """From half an hour before the start to half an hour after the end. The viewer was shown it.

    Unknown looks are gaps. Of too many looks those with the largest values stay. One query;
    judgements are kept for 48 hours, so an old incident has an empty series.
    """
    until = min((incident.resolved_at or clock.now()) + AROUND, clock.now())
    rows = list(
        Verdict.objects.filter(
            promise=incident.promise_id,
            slot_at__range=(incident.started_at - AROUND, until),
        ).order_by("slot_at")
    )
    size = -(-len(rows) // POINTS) or 1
    kept = [
        max(rows[first : first + size], key=lambda row: row.value_lo or 0.0)
        for first in range(0, len(rows), size)
    ]
    series = IncidentSeries(bound=incident.promise.magnitude if incident.promise else None)
    for row in kept:
        series.t.append(int(row.slot_at.timestamp()))
        series.lo.append(row.value_lo)
        series.hi.append(row.value_lo if row.value_hi is None else row.value_hi)
        series.records.append(None)
    for label, moment in (
        ("started", incident.started_at),
        ("detected", incident.detected_at),
        ("acknowledged", incident.acknowledged_at),
        ("closed", incident.resolved_at),
    ):
        if moment is not None:
            at = int(moment.timestamp())
            series.events.append({"t": at, "kind": label, "label": label, "href": ""})
    return series

"""Incidents: opened and closed by conditions in the database, so that two judges never do it twice."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction

from catalog import signals
from catalog.errors import IncidentClosed
from catalog.models import DataProduct, Incident, IncidentNote, Promise
from catalog.suspects import suspects_of
from mesh.audit.actions import announce, audited, outbox, record
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import InvalidInput
from mesh.people.authz.doors import require

WORDS = 4000


@dataclass(frozen=True, slots=True)
class Breach:
    """What broke, whose it is, since when, and how that is known."""

    kind: str
    target_key: str
    product: DataProduct
    title: str
    started_at: datetime
    promise: Promise | None = None
    worst_value: float | None = None
    evidence: Mapping[str, object] = field(default_factory=dict)


@audited
def open_incident(breach: Breach) -> Incident | None:
    """Open an incident unless one is open for this kind and target; the new one, or None."""
    suspects = suspects_of(breach.product, breach.started_at)
    try:
        with transaction.atomic():
            incident = Incident.objects.create(
                kind=breach.kind,
                target_key=breach.target_key,
                product=breach.product,
                promise=breach.promise,
                title=breach.title[:300],
                started_at=breach.started_at,
                worst_value=breach.worst_value,
                evidence=dict(breach.evidence),
                suspects=suspects,
            )
    except IntegrityError:
        return None
    words = str(breach.evidence.get("reason") or breach.title)
    _note(incident, SYSTEM.label, "opened", words)
    record("incident_opened", incident, by=SYSTEM, after={"title": incident.title})
    outbox("incident_opened", incident, teams=(breach.product.team_id,), number=incident.number)
    announce(signals.incident_opened, incident_number=incident.number)
    return incident


@audited
def close_incident(incident: Incident, words: str) -> bool:
    """Resolve an open incident; False when somebody else did."""
    rows = Incident.objects.filter(pk=incident.pk, resolved_at__isnull=True)
    if not rows.update(resolved_at=database_now()):
        return False
    _note(incident, SYSTEM.label, "resolved", words)
    record("incident_resolved", incident, by=SYSTEM, after={"title": incident.title})
    outbox("incident_resolved", incident, teams=(incident.product.team_id,), number=incident.number)
    announce(signals.incident_closed, incident_number=incident.number)
    return True


def worsen(incident: Incident, evidence: Mapping[str, object], value: float | None) -> None:
    """Keep the newest evidence, the worst value and the suspects of an open incident."""
    limit, comparator = evidence.get("limit"), evidence.get("comparator")
    worst = incident.worst_value
    if value is not None and isinstance(limit, int | float):
        is_worse = worst is None or (value < worst if comparator == ">=" else value > worst)
        worst = value if is_worse else worst
    suspects = suspects_of(incident.product, incident.started_at)
    Incident.objects.filter(pk=incident.pk, resolved_at__isnull=True).update(
        worst_value=worst,
        evidence={**evidence, "first": incident.evidence.get("first", _first(incident))},
        suspects=suspects or incident.suspects,
    )


def _first(incident: Incident) -> dict[str, Any]:
    """What was measured when the incident opened."""
    names = ("measured", "value", "as_of")
    return {name: incident.evidence.get(name) for name in names}


@audited
def acknowledge_incident(number: int, *, by: Principal) -> Incident:
    """Say that somebody looks after it; repeatable. Raises NotAllowed, IncidentClosed."""
    incident = Incident.objects.select_for_update(no_key=True, of=("self",)).get(pk=number)
    require(by, "incident.acknowledge", incident)
    if incident.resolved_at is not None:
        raise IncidentClosed(
            f"Incident {number} ended at {incident.resolved_at:%Y-%m-%d %H:%M} UTC."
        )
    if incident.acknowledged_at is None:
        incident.acknowledged_at, incident.acknowledged_by = database_now(), by.label
        incident.save(update_fields=["acknowledged_at", "acknowledged_by"])
        _note(incident, by.label, "acknowledged", f"{by.label} looks after it.")
        record("incident_acknowledged", incident, by=by)
        outbox("incident_acknowledged", incident, number=number)
    return incident


@audited
def add_note(number: int, words: str, *, by: Principal) -> IncidentNote:
    """Add a line to the timeline. Raises NotAllowed, InvalidInput."""
    incident = Incident.objects.get(pk=number)
    require(by, "incident.acknowledge", incident)
    if not words.strip() or len(words) > WORDS or "\x00" in words:
        raise InvalidInput(f"A note has 1 to {WORDS} characters.", pointer="/words")
    note = _note(incident, by.label, "note", words.strip())
    record("incident_noted", incident, by=by)
    return note


def _note(incident: Incident, actor: str, kind: str, words: str) -> IncidentNote:
    return IncidentNote.objects.create(incident=incident, actor=actor, kind=kind, words=words)

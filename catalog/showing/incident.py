"""The page of an incident, and the list of incidents."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from django.db.models import Count, Q
from django.utils.dateparse import parse_datetime

from catalog.models import Incident, IncidentNote
from catalog.queries.incident_series import has_series
from catalog.queries.incidents import IncidentPage, incident_list, incident_page
from catalog.showing.before import changed_before
from catalog.showing.changes import Change
from catalog.showing.words import strip
from catalog.sla.model import BaseUnit
from catalog.sla.words import value_words
from mesh.audit.principal import Principal
from mesh.kernel import clock
from mesh.kernel.paging import Keyset, page_of
from mesh.kernel.wording import absolute, coarse, interval
from mesh.people.authz.doors import may

NOTE_ICONS = {
    "opened": "circle-x",
    "acknowledged": "circle-check",
    "resolved": "circle-check",
    "note": "message-square",
}
NOTE_WORDS = {"opened": "Opened", "acknowledged": "Acknowledged", "resolved": "Closed"}
NOTE_STATES = {"opened": "bad", "resolved": "ok"}
CELLS = 60


@dataclass(frozen=True, slots=True)
class Shown:
    """Everything an incident's page shows."""

    page: IncidentPage
    crumbs: tuple[dict[str, str], ...]
    state: str
    label: str
    headline: str
    facts: tuple[dict[str, Any], ...]
    measured: str
    limit: str
    words: tuple[str, ...]
    values: tuple[float | None, ...]
    suspects: tuple[dict[str, Any], ...]
    events: tuple[dict[str, Any], ...]
    before: tuple[Change, ...]
    chart: str  # address of the measured series; "" when no time was measured
    findings: tuple[dict[str, Any], ...]
    may_acknowledge: bool

    @property
    def incident(self) -> Incident:
        return self.page.incident


def incident_shown(viewer: Principal, reference: str) -> Shown:
    """The page. Raises NotFound."""
    page = incident_page(viewer, reference)
    incident = page.incident
    state, label = _state(incident)
    end = incident.resolved_at or clock.now()
    lasted = coarse((end - incident.started_at).total_seconds())
    return Shown(
        page=page,
        crumbs=(
            {"label": "Promises", "href": "/promises"},
            {"label": "Incidents", "href": "/incidents"},
            {"label": f"Incident {incident.number}"},
        ),
        state=state,
        label=label,
        headline=f"Lasted {lasted}." if incident.resolved_at else f"Going on for {lasted}.",
        facts=_facts(incident),
        measured=_measured(incident.evidence),
        limit=_limit(incident.evidence),
        words=tuple(strip([verdict.word for verdict in page.verdicts], CELLS)),
        values=tuple(verdict.value_lo for verdict in page.verdicts[-CELLS:]),
        suspects=tuple(
            {**row, "at": parse_datetime(str(row["since"])), "href": f"/products/{row['slug']}"}
            for row in page.suspects
        ),
        events=tuple(_event(note) for note in reversed(page.notes)),
        before=changed_before(viewer, incident),
        chart=f"/incidents/{incident.number}/series"
        if page.verdicts and has_series(incident)
        else "",
        findings=tuple(incident.evidence.get("findings") or ()),
        may_acknowledge=may(viewer, "incident.acknowledge", incident),
    )


def _state(incident: Incident) -> tuple[str, str]:
    if incident.resolved_at is not None:
        return "ok", "Resolved"
    return ("warn", "Acknowledged") if incident.acknowledged_at else ("bad", "Open")


def _measured(evidence: Mapping[str, Any]) -> str:
    """The newest measurement of the breach, times as an interval."""
    low, high = (*(evidence.get("measured") or ()), None, None)[:2]
    if evidence.get("unit") == BaseUnit.SECONDS.value and isinstance(low, int | float):
        return interval(low, high)
    return str(evidence.get("value") or "")


def _limit(evidence: Mapping[str, Any]) -> str:
    limit = evidence.get("limit")
    if not isinstance(limit, int | float):
        return ""
    return value_words(float(limit), BaseUnit(evidence.get("unit") or ""))


def _facts(incident: Incident) -> tuple[dict[str, Any], ...]:
    evidence = incident.evidence
    rows: list[dict[str, Any]] = [
        {
            "label": "Product",
            "value": incident.product.name,
            "href": f"/products/{incident.product.slug}",
        },
        {
            "label": "Team",
            "value": incident.product.team.name,
            "href": f"/teams/{incident.product.team.slug}",
        },
        {
            "label": "Started",
            "value": "",
            "at": incident.started_at,
            "second": absolute(incident.started_at),
        },
        {"label": "Detected", "value": "", "at": incident.detected_at},
    ]
    if incident.acknowledged_at:
        rows.append(
            {
                "label": "Acknowledged",
                "value": "",
                "at": incident.acknowledged_at,
                "second": incident.acknowledged_by,
            }
        )
    if incident.resolved_at:
        rows.append({"label": "Resolved", "value": "", "at": incident.resolved_at})
    if evidence.get("topic"):
        href = f"/topics/{evidence['topic_id']}" if evidence.get("topic_id") else ""
        rows.append({"label": "Topic", "value": evidence["topic"], "href": href})
    if evidence.get("group"):
        rows.append({"label": "Group", "value": evidence["group"]})
    if evidence.get("subject"):
        rows.append(
            {
                "label": "Subject",
                "value": evidence["subject"],
                "href": f"/subjects/{evidence['subject_id']}",
            }
        )
    if evidence.get("as_of"):
        rows.append({"label": "Measured", "value": "", "at": parse_datetime(evidence["as_of"])})
    return tuple(rows)


def _event(note: IncidentNote) -> dict[str, Any]:
    return {
        "title": NOTE_WORDS.get(note.kind, note.actor),
        "text": note.words,
        "icon": NOTE_ICONS.get(note.kind, "circle-dot"),
        "state": NOTE_STATES.get(note.kind, ""),
        "at": note.at,
        "second": note.actor if note.kind in NOTE_WORDS else "",
        "href": "",
    }


@dataclass(frozen=True, slots=True)
class IncidentRow:
    """An incident in the list."""

    incident: Incident
    state: str
    label: str
    lasted: str
    suspects: int


@dataclass(frozen=True, slots=True)
class IncidentBoard:
    """Everything /incidents shows."""

    headline: str
    states: tuple[dict[str, Any], ...]
    rows: tuple[IncidentRow, ...]
    total: int
    next: str
    chosen: str


def incident_board(viewer: Principal, asked: Mapping[str, str]) -> IncidentBoard:
    """Incidents, newest first, narrowed by state."""
    chosen = asked.get("state", "open")
    everything = incident_list(viewer, {})
    counts = everything.aggregate(
        open=Count("pk", filter=Q(resolved_at__isnull=True)),
        resolved=Count("pk", filter=Q(resolved_at__isnull=False)),
    )
    rows = incident_list(viewer, {"state": chosen} if chosen in ("open", "resolved") else {})
    page = page_of(rows, Keyset("number", descending=True, id_column="number"), asked)
    now = clock.now()
    return IncidentBoard(
        headline=_board_headline(counts["open"]),
        states=(
            {
                "label": "Open",
                "state": "bad",
                "count": counts["open"],
                "href": "/incidents",
                "current": chosen == "open",
            },
            {
                "label": "Resolved",
                "state": "ok",
                "count": counts["resolved"],
                "href": "/incidents?state=resolved",
                "current": chosen == "resolved",
            },
            {
                "label": "All",
                "count": counts["open"] + counts["resolved"],
                "href": "/incidents?state=all",
                "current": chosen == "all",
            },
        ),
        rows=tuple(_listed(incident, now) for incident in page.rows),
        total=counts.get(chosen, counts["open"] + counts["resolved"]),
        next=f"/incidents?{urlencode({'state': chosen, 'cursor': page.next_cursor})}"
        if page.next_cursor
        else "",
        chosen=chosen,
    )


def _board_headline(count: int) -> str:
    if not count:
        return "No incident is open."
    return "1 incident is open now." if count == 1 else f"{count} incidents are open now."


def _listed(incident: Incident, now: datetime) -> IncidentRow:
    end = incident.resolved_at or now
    lasted = coarse((end - incident.started_at).total_seconds())
    return IncidentRow(incident, *_state(incident), lasted, len(incident.suspects))

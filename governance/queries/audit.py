"""The audit trail as its readers may see it."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import Q, QuerySet

from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.people.authz.doors import may, require

FILTERS = {
    "actor": "actor_label__icontains",
    "action": "action",
    "room": "room",
    "outcome": "outcome",
    "object_kind": "object_kind",
    "object_id": "object_id",
    "object": "object_label__icontains",
    "request": "request_number",
}


def audit_events(viewer: Principal, chosen: Mapping[str, str]) -> QuerySet[AuditEvent]:
    """Events that match: all of them for governance and auditors, else those of one's teams.

    A filter whose value cannot match gives no rows. Raises NotAllowed.
    """
    require(viewer, "audit.read_object")
    rows = AuditEvent.objects.all()
    if not may(viewer, "audit.read"):
        rows = rows.filter(_own(viewer))
    for name, column in FILTERS.items():
        value = chosen.get(name, "").strip()[:200]
        if not value or "\x00" in value:
            continue
        if name == "request" and not (value.isdigit() and len(value) < 18):
            return rows.none()
        rows = rows.filter(**{column: value})
    return rows


def _own(viewer: Principal) -> Q:
    """Events of the viewer's teams, and what the viewer did; a platform steward or admin sees all teams."""
    if viewer.has_platform_role("steward", "platform_admin"):
        return ~Q(team_id="") | Q(actor_id=viewer.id)
    teams = [str(team) for team in viewer.team_ids()]
    return Q(team_id__in=teams) | Q(actor_id=viewer.id)

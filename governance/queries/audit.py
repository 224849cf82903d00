"""The audit trail as its readers may see it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from governance.queries.words import EVENT_WORDS
from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.kernel.numbers import whole_number
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


ACTORS = {"user": "person", "service": "service account", "system": "by itself"}
WAYS = {"session": "on the web", "api_key": "with a key", "basic": "with a password"}
KINDS = {
    "apikey": "key", "changerequest": "change request", "dataproduct": "product", "user": "person",
    "serviceaccount": "service account", "topicsamplingrun": "sample",
}  # fmt: skip
NAMES = ("topic", "subject", "port", "policy", "consumergroup")  # what is set in type of its own


NAMED = {f"request {words}": action for action, words in EVENT_WORDS.items()}


@dataclass(frozen=True, slots=True)
class TrailWords:
    """An event of the trail as people say it."""

    what: str
    by: str
    kind: str
    is_name: bool


def trail_words(event: AuditEvent) -> TrailWords:
    """ "Incident opened", "person, on the web", "change request"."""
    ways = (
        ACTORS.get(event.actor_kind, event.actor_kind),
        WAYS.get(event.auth_method, event.auth_method),
    )
    return TrailWords(
        _said(event.action).capitalize(),
        ", ".join(word for word in ways if word),
        KINDS.get(event.object_kind, event.object_kind),
        event.object_kind in NAMES,
    )


def _said(action: str) -> str:
    if action in EVENT_WORDS:
        return f"request {EVENT_WORDS[action]}"
    return action.replace("_", " ").replace(".", " ")


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
        if name == "request" and whole_number(value) is None:
            return rows.none()
        if name == "action":  # as the page says it, or as the trail keeps it
            wanted = NAMED.get(value.lower(), value)
            rows = rows.filter(
                action__iregex=rf"^{re.escape(wanted).replace(chr(92) + ' ', '[_. ]')}$"
            )
        else:
            rows = rows.filter(**{column: value})
    return rows


def _own(viewer: Principal) -> Q:
    """Events of the viewer's teams, and what the viewer did; a platform steward or admin sees all teams."""
    if viewer.has_platform_role("steward", "platform_admin"):
        return ~Q(team_id="") | Q(actor_id=viewer.id)
    teams = [str(team) for team in viewer.team_ids()]
    return Q(team_id__in=teams) | Q(actor_id=viewer.id)

"""What happened to a product, newest first: people's acts, schema versions, incidents."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from catalog.models import DataProduct, Incident
from catalog.showing.product import PlacedTopic
from mesh.audit.models import AuditEvent
from schemas.models import SchemaVersion

ACTIONS = {
    "product_created": ("plus", "Product drafted"),
    "product_edited": ("pencil", "Product changed"),
    "product_activated": ("circle-check", "Product made active"),
    "port_created": ("plug", "Port added"),
    "port_bound": ("plug", "Port put on a topic"),
    "subject_bound": ("code", "Schema put on a topic"),
    "promise_made": ("target", "Promise made"),
    "promise_changed": ("target", "Promise changed"),
    "promise_ended": ("target", "Promise ended"),
    "incident_acknowledged": ("circle-check", "Incident acknowledged"),
}
MEMBERS = {
    "slug": "",
    "group_name": "consumer group",
    "base_unit": "unit",
    "side": "",
    "name": "",
    "direction": "",
}  # others name themselves; these speak for themselves
SHOWN = 100


@dataclass(frozen=True, slots=True)
class Change:
    """A line of the timeline."""

    title: str
    at: datetime
    icon: str
    state: str = ""
    text: str = ""
    second: str = ""
    href: str = ""


def changes(product: DataProduct, placed: Sequence[PlacedTopic]) -> tuple[Change, ...]:
    """The newest changes of a product. Three queries."""
    events = AuditEvent.objects.filter(
        product_id=str(product.public_id), action__in=ACTIONS, outcome="done"
    ).order_by("-id")[:SHOWN]
    subjects = {v.subject_id for one in placed for v in (*one.key_versions, *one.value_versions)}
    versions = (
        SchemaVersion.objects.filter(subject_id__in=subjects)
        .select_related("subject")
        .order_by("-created_at")[:SHOWN]
    )
    incidents = Incident.objects.filter(product=product).order_by("-number")[:SHOWN]
    found = [
        *map(of_event, events),
        *map(of_version, versions),
        *(change for incident in incidents for change in _incident(incident)),
    ]
    return tuple(sorted(found, key=lambda change: change.at, reverse=True)[:SHOWN])


def of_event(event: AuditEvent) -> Change:
    """A line for an act of people; its action is one of ACTIONS."""
    icon, title = ACTIONS[event.action]
    request = f"/governance/requests/{event.request_number}" if event.request_number else ""
    by = event.actor_label
    if event.request_number and not by.startswith("request #"):
        by = f"{by}, request #{event.request_number}"
    return Change(
        title,
        event.at,
        icon,
        text=_words(event.change),
        second=_because(by, event.reason),
        href=request,
    )


def _because(by: str, reason: str) -> str:
    return f"{by}: {reason}" if reason else by


def _words(change: dict[str, list[object]]) -> str:
    """What changed, shortly: "tier silver → gold, purpose"."""
    parts = []
    said = [(MEMBERS.get(name, name), pair) for name, pair in change.items() if any(pair)]
    for name, pair in said[:4]:
        before, after = ("" if each is None else str(each) for each in (*pair, "", "")[:2])
        short = len(before) <= 40 and len(after) <= 60
        if name == "words":
            parts.append(f"{before} → {after}" if before and after else after or before)
        elif short:
            parts.append((f"{name} {before} → {after}" if before else f"{name} {after}").strip())
        else:
            parts.append(name)
    return ", ".join(parts)


def of_version(version: SchemaVersion) -> Change:
    """A line for a registered version; its subject was loaded with it."""
    return Change(
        f"Version {version.version} of {version.subject.name}",
        version.created_at,
        "code",
        second=version.created_by_label,
        href=f"/subjects/{version.subject.public_id}",
    )


def _incident(incident: Incident) -> list[Change]:
    href = f"/incidents/{incident.number}"
    lines = [
        Change(
            "Incident opened",
            incident.started_at,
            "circle-x",
            "bad",
            incident.title,
            f"incident {incident.number}",
            href,
        )
    ]
    if incident.resolved_at is not None:
        lines.append(
            Change(
                "Incident closed",
                incident.resolved_at,
                "circle-check",
                "ok",
                incident.title.replace(" is broken", " is kept again"),
                f"incident {incident.number}",
                href,
            )
        )
    return lines

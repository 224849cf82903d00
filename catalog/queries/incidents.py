"""Incidents as lists and pages; suspects that the viewer may not see have no name."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet

from catalog.models import DataProduct, Incident, IncidentNote, Verdict
from lineage.queries import downstream_products
from mesh.audit.principal import Principal
from mesh.kernel.errors import NotFound
from mesh.people.authz.doors import scope
from mesh.people.models import Team

STATES = ("open", "acknowledged", "resolved")
POINTS = 240  # judgements drawn on an incident's page


@dataclass(frozen=True, slots=True)
class IncidentPage:
    """Everything one incident's page shows."""

    incident: Incident
    team: Team
    notes: tuple[IncidentNote, ...]
    verdicts: tuple[Verdict, ...]
    suspects: tuple[Mapping[str, Any], ...]
    hidden_suspects: int
    hit: tuple[tuple[DataProduct, int], ...]
    hidden_hit: int


def incident_list(viewer: Principal, chosen: Mapping[str, str]) -> QuerySet[Incident]:
    """Incidents of visible products, narrowed by state, kind, product (slug) and team (slug)."""
    products = scope(viewer, "incident.read", DataProduct.objects.all())
    rows = Incident.objects.filter(product__in=products).select_related(
        "product__team", "product__domain", "promise"
    )
    match chosen.get("state"):
        case "open":
            rows = rows.filter(resolved_at__isnull=True)
        case "acknowledged":
            rows = rows.filter(resolved_at__isnull=True, acknowledged_at__isnull=False)
        case "resolved":
            rows = rows.filter(resolved_at__isnull=False)
        case _:
            pass
    if chosen.get("kind"):
        rows = rows.filter(kind=chosen["kind"])
    if chosen.get("product"):
        rows = rows.filter(product__slug=chosen["product"])
    if chosen.get("team"):
        rows = rows.filter(product__team__slug=chosen["team"])
    return rows


def incident_of(viewer: Principal, reference: str) -> Incident:
    """One incident by number or public id, its suspects as the viewer may see them."""
    rows = incident_list(viewer, {})
    if reference.isascii() and reference.isdigit() and len(reference) < 16:
        found = rows.filter(pk=int(reference)).first()
    else:
        try:
            found = rows.filter(public_id=uuid.UUID(reference)).first()
        except ValueError:
            found = None
    if found is None:
        raise NotFound
    return censored(viewer, [found])[0]


def censored(viewer: Principal, incidents: list[Incident]) -> list[Incident]:
    """The same incidents without the names of suspects the viewer may not see. One query."""
    named = {row["product"] for incident in incidents for row in incident.suspects}
    seen = _visible(viewer, named)
    for incident in incidents:
        incident.suspects = [
            row if row["product"] in seen
            else {"hops": row["hops"], "since": row["since"], "restricted": True}
            for row in incident.suspects
        ]  # fmt: skip
    return incidents


def incident_page(viewer: Principal, reference: str) -> IncidentPage:
    """The page of an incident. Raises NotFound."""
    incident = incident_of(viewer, reference)
    downstream = downstream_products(incident.product.public_id, viewer=viewer)
    hops = {str(public_id): count for public_id, count in downstream}
    rows = DataProduct.objects.filter(public_id__in=hops).select_related("domain", "team")
    hit = list(scope(viewer, "catalog.read", rows))
    hit.sort(key=lambda product: (hops[str(product.public_id)], product.slug))
    suspects = tuple(row for row in incident.suspects if not row.get("restricted"))
    verdicts: list[Verdict] = []
    if incident.promise is not None:
        newest = Verdict.objects.filter(promise=incident.promise).order_by("-slot_at")
        if incident.resolved_at is not None:
            newest = newest.filter(slot_at__lte=incident.resolved_at)
        verdicts = list(newest[:POINTS])[::-1]
    return IncidentPage(
        incident,
        incident.product.team,
        tuple(incident.notes.order_by("at", "pk")),
        tuple(verdicts),
        suspects,
        len(incident.suspects) - len(suspects),
        tuple((product, hops[str(product.public_id)]) for product in hit),
        len(hops) - len(hit),
    )


def _visible(viewer: Principal, public_ids: set[str]) -> set[str]:
    rows = DataProduct.objects.filter(public_id__in=public_ids)
    seen = scope(viewer, "catalog.read", rows).values_list("public_id", flat=True)
    return {str(public_id) for public_id in seen}

"""Lists of products."""

from __future__ import annotations

from collections.abc import Mapping

from django.db.models import QuerySet

from catalog.models import DataProduct
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope

COLUMNS = {
    "team": "team__slug",
    "domain": "domain__slug",
    "tier": "tier",
    "lifecycle": "lifecycle",
    "health": "health",
}


def product_list(viewer: Principal, chosen: Mapping[str, str]) -> QuerySet[DataProduct]:
    """Visible products, narrowed by team, domain, tier, lifecycle and health."""
    rows = scope(viewer, "catalog.read", DataProduct.objects.select_related("team", "domain"))
    wanted = {column: chosen[name] for name, column in COLUMNS.items() if chosen.get(name)}
    return rows.filter(**wanted)

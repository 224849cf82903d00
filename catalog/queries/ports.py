"""Ports with their topics and subjects."""

from __future__ import annotations

from collections.abc import Iterable

from django.db.models import QuerySet

from catalog.models import DataProduct, Port
from mesh.audit.principal import Principal
from mesh.people.authz.doors import scope


def port_list(viewer: Principal) -> QuerySet[Port]:
    """Visible ports with everything their representation needs; constant number of queries."""
    rows = Port.objects.select_related("product", "upstream__product").prefetch_related(
        "topics__topic__cluster", "topics__topic__topic_subjects__subject"
    )
    return scope(viewer, "catalog.read", rows)


def visible_products(viewer: Principal, product_ids: Iterable[int]) -> set[int]:
    """Which of these products the viewer may see."""
    rows = DataProduct.objects.filter(pk__in=set(product_ids))
    return set(scope(viewer, "catalog.read", rows).values_list("pk", flat=True))

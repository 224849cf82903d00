"""What the catalogue repeats by itself."""

from __future__ import annotations

from collections.abc import Sequence

from mesh.audit.schedule import every

DAY_S = 24 * 3600


def declare() -> None:
    """Periodic tasks."""
    every("catalog.push_ownership", DAY_S, _product_ids)


def _product_ids(slot: int) -> Sequence[tuple[object, ...]]:
    from catalog.models import DataProduct

    return [(pk,) for pk in DataProduct.objects.values_list("pk", flat=True)]

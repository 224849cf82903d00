"""What the catalogue repeats by itself."""

from __future__ import annotations

from collections.abc import Sequence

from mesh.audit.schedule import every

DAY_S = 24 * 3600
HOUR_S = 3600


def declare() -> None:
    """Periodic tasks."""
    every("catalog.push_ownership", DAY_S, _product_ids)
    every("catalog.rebuild_search", DAY_S, _search_kinds)
    every("catalog.index_missing", 30)
    every("catalog.claim_groups", 30)
    every("catalog.count_consumers", 30)
    every("catalog.judge_silent", 30)
    every("catalog.forget_verdicts", HOUR_S)


def _product_ids(slot: int) -> Sequence[tuple[object, ...]]:
    from catalog.models import DataProduct

    return [(pk,) for pk in DataProduct.objects.values_list("pk", flat=True)]


def _search_kinds(slot: int) -> Sequence[tuple[object, ...]]:
    from catalog.search.index import KINDS

    return [(kind, None) for kind in KINDS]

"""What the catalogue repeats by itself."""

from __future__ import annotations

from collections.abc import Sequence

from mesh.audit.runners import register_runner
from mesh.audit.schedule import every

DAY_S = 24 * 3600
HOUR_S = 3600
SAMPLE_S = 60


def declare() -> None:
    """Periodic tasks, and who does the jobs people ask for."""
    from catalog.actions.samples import KIND, run_sample

    register_runner(KIND, run_sample)
    every("catalog.sample_topic", SAMPLE_S, _sampled_topic_ids)
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


def _sampled_topic_ids(slot: int) -> Sequence[tuple[object, ...]]:
    from catalog.models import PortTopic

    rows = PortTopic.objects.filter(
        live=True, direction="output", port__product__sampling=True, topic__ended_at__isnull=True
    )
    return [(pk,) for pk in rows.values_list("topic_id", flat=True)]

"""How many consumer groups read each product; kept beside it for lists and search."""

from __future__ import annotations

from collections import defaultdict

from catalog.models import DataProduct, PortTopic
from mesh.audit.actions import audited, wake
from mesh.audit.principal import Principal
from streams.models import GroupTopicLag


@audited
def count_consumers(*, by: Principal) -> int:
    """Count groups with commits on each product's live topics; the number of products changed."""
    del by  # a count is no decision of anybody
    topics: dict[int, set[int]] = defaultdict(set)
    live = PortTopic.objects.filter(live=True, direction="output")
    for product_id, topic_id in live.values_list("port__product_id", "topic_id"):
        topics[topic_id].add(product_id)
    readers: dict[int, set[int]] = defaultdict(set)
    lags = GroupTopicLag.objects.filter(
        topic_id__in=topics, group__ended_at__isnull=True, moved_at__isnull=False
    )
    for group_id, topic_id in lags.values_list("group_id", "topic_id"):
        for product_id in topics[topic_id]:
            readers[product_id].add(group_id)
    changed = []
    for product in DataProduct.objects.order_by("pk").only("pk", "public_id", "consumer_count"):
        count = len(readers[product.pk])
        if count != product.consumer_count:
            DataProduct.objects.filter(pk=product.pk).update(consumer_count=count)
            changed.append(str(product.public_id))
    if changed:
        wake("catalog.rebuild_search", "product", changed)
    return len(changed)

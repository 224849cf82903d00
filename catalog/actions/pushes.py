"""What lower rooms cannot look up is pushed down to them: owners, watches, associations, inputs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from catalog.actions.ownership import write_scopes
from catalog.models import DataProduct, Port, PortTopic, Promise, TopicSubject
from catalog.sla.model import BaseUnit, Property
from lineage.actions import DeclaredInput, own_nodes
from mesh.audit.actions import audited
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope
from schemas.actions import AssociationEntry, replace_derived_associations
from streams.actions.topics import WatchRow, set_watches
from streams.models import ConsumerGroup, Topic


@audited
def push_down(product_id: int, *, by: Principal) -> None:
    """Tell the lower rooms what the product owns, declares and wants watched; repeatable."""
    product = (
        DataProduct.objects.select_for_update(no_key=True, of=("self",))
        .select_related("team", "domain")
        .filter(pk=product_id)
        .first()
    )
    if product is None:
        return
    write_scopes(product)
    topics = _live_topics(product)
    set_watches(product.public_id, _watches(product, topics), by=by)
    own_nodes(
        product.public_id,
        product.slug,
        [topic.pk for topic in topics],
        inputs=_inputs(product),
        by=by,
    )
    _associate(topics, by)


def _live_topics(product: DataProduct) -> list[Topic]:
    rows = PortTopic.objects.filter(
        port__product=product, direction="output", live=True
    ).select_related("topic__cluster")
    return [row.topic for row in rows]


def _watches(product: DataProduct, topics: Sequence[Topic]) -> list[WatchRow]:
    """Bounds of promised lags, and sampling where the product allows it."""
    bounds = Promise.objects.filter(
        port__product=product,
        ended_at__isnull=True,
        state="parsed",
        property=Property.CONSUMER_LATENCY.value,
        base_unit=BaseUnit.SECONDS.value,
    ).exclude(consumer="")
    ports = defaultdict(list)
    live = PortTopic.objects.filter(port__product=product, direction="output", live=True)
    for port_id, topic_id in live.values_list("port_id", "topic_id"):
        ports[port_id].append(topic_id)
    rows = [
        WatchRow(topic_id, promise.consumer, promise.magnitude)
        for promise in bounds
        for topic_id in ports[promise.port_id]
    ]
    if product.sampling:
        rows += [WatchRow(topic.pk, sampling=True) for topic in topics]
    return rows


def _inputs(product: DataProduct) -> list[DeclaredInput]:
    """What active input ports declare: the products read, and the groups that read their topics."""
    ports = Port.objects.filter(
        product=product, direction="input", lifecycle="active", upstream__isnull=False
    ).select_related("upstream__product")
    read = defaultdict(list)
    live = PortTopic.objects.filter(
        port__in=[port.upstream_id for port in ports], direction="output", live=True
    )
    for port_id, topic_id in live.values_list("port_id", "topic_id"):
        read[port_id].append(topic_id)
    return [
        DeclaredInput(
            port.public_id,
            port.upstream.product.public_id,
            port.upstream.product.slug,
            read[port.upstream.pk],
            port.group_name,
        )
        for port in ports
        if port.upstream is not None
    ]


def _associate(topics: Sequence[Topic], by: Principal) -> None:
    bound = defaultdict(list)
    for row in TopicSubject.objects.filter(topic__in=topics).select_related("subject"):
        bound[row.topic_id].append(row)
    for topic in topics:
        if not topic.cluster.kafka_cluster_id:
            continue
        replace_derived_associations(
            topic.cluster.kafka_cluster_id,
            topic.name,
            [
                AssociationEntry(row.side, row.subject.name, topic.kafka_topic_id)
                for row in bound[topic.pk]
            ],
            by=by,
        )


def unclaimed_group_products() -> list[int]:
    """Products whose input port names a group that has appeared but has no owner yet."""
    owned = ObjectScope.objects.filter(kind="consumergroup").values("object_id")
    names = ConsumerGroup.objects.filter(ended_at__isnull=True).exclude(public_id__in=owned)
    ports = Port.objects.filter(
        direction="input", lifecycle="active", group_name__in=names.values("group_id")
    )
    return sorted(set(ports.values_list("product_id", flat=True)))

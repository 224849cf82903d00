"""Which node a dataset name stands for: a topic of a known cluster, else a dataset of its own."""

from __future__ import annotations

from collections.abc import Iterable

from lineage.evidence.nodes import NodeSpec, dataset_spec, nodes_for, topic_spec
from lineage.models import Node
from lineage.openlineage.naming import DatasetName, kafka_address
from streams.models import ClusterAlias, Topic


def dataset_nodes(names: Iterable[DatasetName]) -> dict[DatasetName, Node]:
    """Nodes of datasets, made where missing. Constant number of queries.

    A Kafka namespace is a topic only where exactly one cluster answers to the address and has that
    topic now; otherwise the dataset is kept as unresolved, never guessed.
    """
    wanted = sorted(set(names))
    topics = _topics(wanted)
    specs = {name: _spec(name, topics) for name in wanted}
    nodes = nodes_for(specs.values())
    return {name: nodes[spec.identity] for name, spec in specs.items()}


def _spec(name: DatasetName, topics: dict[DatasetName, Topic]) -> NodeSpec:
    topic = topics.get(name)
    if topic is not None:
        return topic_spec(topic)
    return dataset_spec(name.namespace, name.name, resolved=not name.is_kafka)


def _topics(names: Iterable[DatasetName]) -> dict[DatasetName, Topic]:
    addresses = {name: kafka_address(name.namespace) for name in names if name.is_kafka}
    clusters = _clusters({address for address in addresses.values() if address})
    at = {name: clusters[address] for name, address in addresses.items() if address in clusters}
    rows = Topic.objects.filter(
        cluster_id__in=set(at.values()),
        name__in={name.name for name in at},
        ended_at__isnull=True,
    )
    by_place = {(row.cluster_id, row.name): row for row in rows}
    return {
        name: by_place[cluster, name.name]
        for name, cluster in at.items()
        if (cluster, name.name) in by_place
    }


def _clusters(addresses: set[str]) -> dict[str, int]:
    """The cluster of each address that exactly one cluster claims."""
    claims: dict[str, set[int]] = {}
    for address, cluster in ClusterAlias.objects.filter(address__in=addresses).values_list(
        "address", "cluster_id"
    ):
        claims.setdefault(address, set()).add(cluster)
    return {address: found.pop() for address, found in claims.items() if len(found) == 1}

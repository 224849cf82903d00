"""What stands on the brokers now, for the topics that a request names."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from streams.connections import connection_of
from streams.kafka import read
from streams.kafka.results import Answer, Known, Reason, TopicConfigs, TopicDetail, Unknown
from streams.models import Cluster

READ_S = 10.0


class BrokerSilent(Exception):
    """The broker did not tell; `reason` is fit to be shown."""

    def __init__(self, cluster: str, reason: str) -> None:
        super().__init__(f"{cluster}: {reason}")
        self.cluster, self.reason = cluster, reason


@dataclass(frozen=True, slots=True)
class LiveTopic:
    """A topic as the broker described it; `topic_id` '' where the broker gives none."""

    topic_id: str
    partitions: int
    replication_factor: int
    configs: Mapping[str, str] = field(default_factory=dict)

    def document(self) -> dict[str, object]:
        return {
            "topic_id": self.topic_id,
            "partitions": self.partitions,
            "replication_factor": self.replication_factor,
            "configs": dict(self.configs),
        }


@dataclass(frozen=True, slots=True)
class LiveCluster:
    """Brokers, names of topics, and the asked topics: None = proved absent."""

    cluster: Cluster
    brokers: int
    topic_names: frozenset[str]
    topics: Mapping[str, LiveTopic | None]


def read_cluster(cluster: Cluster, names: Iterable[str]) -> LiveCluster:
    """Ask for everything a plan needs. Raises BrokerSilent when something was not told."""
    connection = connection_of(cluster)
    probe = read.probe(connection)
    if isinstance(probe, Unknown):
        raise BrokerSilent(cluster.name, _said(probe))
    views = read.topics(connection, deadline_s=READ_S)
    if isinstance(views, Unknown):
        raise BrokerSilent(cluster.name, _said(views))
    return LiveCluster(
        cluster,
        len(probe.value.brokers),
        frozenset(view.name for view in views.value),
        read_topics(cluster, names),
    )


def read_topics(cluster: Cluster, names: Iterable[str]) -> dict[str, LiveTopic | None]:
    """Topics by name; absence is believed only when the broker says it by name."""
    asked = sorted(set(names))
    if not asked:
        return {}
    connection = connection_of(cluster)
    details = read.topic_details(connection, asked, deadline_s=READ_S)
    present = [name for name in asked if isinstance(details[name], Known)]
    configs = read.configs(connection, present, deadline_s=READ_S) if present else {}
    return {name: _topic(cluster, details[name], configs.get(name)) for name in asked}


def read_topic(cluster: Cluster, name: str) -> LiveTopic | None:
    """One topic. Raises BrokerSilent."""
    return read_topics(cluster, [name])[name]


def _topic(
    cluster: Cluster, detail: Answer[TopicDetail], configs: Answer[TopicConfigs] | None
) -> LiveTopic | None:
    if isinstance(detail, Unknown):
        if detail.reason is Reason.NOT_FOUND:
            return None
        raise BrokerSilent(cluster.name, _said(detail))
    if not isinstance(configs, Known):
        raise BrokerSilent(cluster.name, _said(configs))
    partitions = detail.value.partitions
    return LiveTopic(
        detail.value.topic_id or "",
        len(partitions),
        max((len(partition.replicas) for partition in partitions), default=0),
        {key: value for key, value in configs.value.dynamic.items() if value is not None},
    )


def _said(answer: Unknown | None) -> str:
    if answer is None:
        return "the broker did not answer"
    return answer.detail or answer.reason.value.lower().replace("_", " ")

"""Topics and the cluster: metadata, details by name, configurations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from confluent_kafka import TopicCollection
from confluent_kafka.admin import ConfigResource, ResourceType

from streams.kafka.client import reasons
from streams.kafka.client.session import CALL_S, Session
from streams.kafka.client.windows import Plan, ask_all
from streams.kafka.results import (
    Answer,
    BrokerView,
    ClusterProbe,
    ConfigView,
    Known,
    PartitionView,
    Reason,
    Rights,
    TopicConfigs,
    TopicDetail,
    TopicView,
    Unknown,
)

NAMES_PER_CALL = 100
NO_ID = "AAAAAAAAAAAAAAAAAAAAAA"
OFFSETS_TOPIC = "__consumer_offsets"
INTERNAL_NAMES = frozenset(
    {"_schemas", "connect-configs", "connect-offsets", "connect-status", "_connect-configs"}
)


def is_internal(name: str) -> bool:
    """Names that brokers, registries and frameworks keep for themselves."""
    return (
        name.startswith("__")
        or name in INTERNAL_NAMES
        or name.endswith(("-changelog", "-repartition"))
    )


def cluster(session: Session) -> ClusterProbe:
    """The cluster of the session's metadata."""
    told = session.metadata
    brokers = sorted(told.brokers.values(), key=lambda broker: broker.id)
    return ClusterProbe(
        str(told.cluster_id or ""),
        told.controller_id,
        tuple(BrokerView(broker.id, str(broker.host), broker.port) for broker in brokers),
    )


def views(session: Session) -> tuple[TopicView, ...]:
    """Every topic of the session's metadata, by name."""
    return tuple(_view(name, told) for name, told in sorted(session.metadata.topics.items()))


def _view(name: str, told: Any) -> TopicView:
    partitions = [told.partitions[number] for number in sorted(told.partitions)]
    return TopicView(
        name=name,
        partitions=len(partitions),
        replication=max((len(part.replicas) for part in partitions), default=0),
        leaderless=tuple(part.id for part in partitions if part.leader < 0),
        in_sync=tuple(len(part.isrs) for part in partitions),
        internal=is_internal(name),
        problem=reasons.reason_of(told.error) if told.error is not None else None,
    )


def rights(session: Session) -> Answer[Rights]:
    """The operations our principal may do on the cluster, as the brokers see it."""
    asked_ms = session.now_ms()
    wait_s = session.call_s()
    try:
        told = session.client.describe_cluster(
            include_authorized_operations=True, request_timeout=wait_s
        ).result(wait_s + 0.1)
    except Exception as error:
        return session.failure(error)
    operations = told.authorized_operations
    names = None if operations is None else tuple(sorted(each.name for each in operations))
    return session.stamped(Rights(names), asked_ms)


def may_list_groups(session: Session) -> Known[bool] | Unknown:
    """Whether an empty list of groups can be believed."""
    answer = rights(session)
    if isinstance(answer, Unknown):
        return answer
    operations = answer.value.cluster_operations or ()
    return Known("DESCRIBE" in operations, answer.asked_ms, answer.answered_ms)


def details(session: Session, names: Sequence[str]) -> Iterator[tuple[str, Answer[TopicDetail]]]:
    """Each topic asked by name; this is where absence and hidden names differ."""

    def start(chunk: Sequence[str]) -> Any:
        wait_s = session.call_s()
        return session.client.describe_topics(TopicCollection(list(chunk)), request_timeout=wait_s)

    session.names_seen.update(names)
    plan = Plan(start, lambda name, told: _detail(told), NAMES_PER_CALL, 8, CALL_S * 2)
    return ask_all(session, plan, names)


def _detail(told: Any) -> TopicDetail:
    topic_id = str(told.topic_id) if told.topic_id is not None else NO_ID
    return TopicDetail(
        name=told.name,
        topic_id=None if topic_id in ("", NO_ID) else topic_id,
        internal=bool(told.is_internal) or is_internal(told.name),
        partitions=tuple(
            PartitionView(
                part.id,
                part.leader.id if part.leader is not None and part.leader.id >= 0 else None,
                tuple(node.id for node in part.replicas),
                tuple(node.id for node in part.isr),
            )
            for part in sorted(told.partitions, key=lambda part: part.id)
        ),
    )


def configs(session: Session, names: Sequence[str]) -> Iterator[tuple[str, Answer[TopicConfigs]]]:
    """The configuration of each topic, defaults included."""

    def start(chunk: Sequence[str]) -> Any:
        resources = [ConfigResource(ResourceType.TOPIC, name) for name in chunk]
        futures = session.client.describe_configs(resources, request_timeout=session.call_s())
        return {resource.name: future for resource, future in futures.items()}

    session.names_seen.update(names)
    plan = Plan(start, _configs, NAMES_PER_CALL, 4, CALL_S * 2)
    return ask_all(session, plan, names)


def _configs(name: str, told: Any) -> TopicConfigs:
    entries = sorted(told.values(), key=lambda entry: str(entry.name))
    return TopicConfigs(name, tuple(_config(entry) for entry in entries))


def _config(entry: Any) -> ConfigView:
    source = entry.source
    return ConfigView(
        name=entry.name,
        value=None if entry.is_sensitive else entry.value,
        source=source.name if hasattr(source, "name") else _source_name(source),
        is_default=entry.is_default,
        sensitive=entry.is_sensitive,
        read_only=entry.is_read_only,
    )


def _source_name(number: int) -> str:
    from confluent_kafka.admin import ConfigSource

    try:
        return ConfigSource(number).name
    except ValueError:
        return "UNKNOWN_CONFIG"


def leaderless_offsets_partitions(session: Session) -> tuple[int, frozenset[int]]:
    """Partitions of the topic that keeps commits: how many, and which have no leader."""
    told = session.metadata.topics.get(OFFSETS_TOPIC)
    if told is None:
        return 0, frozenset()
    dead = frozenset(part.id for part in told.partitions.values() if part.leader < 0)
    return len(told.partitions), dead


def without_leader(reason: Reason = Reason.NO_COORDINATOR) -> Unknown:
    """The answer for a group whose commits nobody keeps at the moment."""
    return reasons.unknown(reason)

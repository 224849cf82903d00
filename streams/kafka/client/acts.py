"""The only calls that write to a broker: topics made, changed, grown, deleted."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from confluent_kafka import KafkaError, KafkaException, TopicCollection
from confluent_kafka.admin import (
    AlterConfigOpType,
    ConfigEntry,
    ConfigResource,
    NewPartitions,
    NewTopic,
    ResourceType,
)

from streams.kafka.client import reasons
from streams.kafka.client.session import Session
from streams.kafka.results import Acted, Outcome, Reason, Refused, Unknown

REQUEST_S = 15.0
OPERATION_S = 10.0
BROKER_TEXT_LIMIT = 300
REFUSALS = {
    KafkaError.TOPIC_ALREADY_EXISTS: ("topic_exists", "A topic with this name already exists."),
    KafkaError.INVALID_REPLICATION_FACTOR: (
        "replication_factor",
        "The cluster cannot keep that many replicas.",
    ),
    KafkaError.INVALID_PARTITIONS: (
        "partitions",
        "The broker refuses this number of partitions; it can only grow.",
    ),
    KafkaError.INVALID_CONFIG: ("config", "The broker refuses a configuration value."),
    KafkaError.POLICY_VIOLATION: ("broker_policy", "A policy of the cluster forbids this."),
    KafkaError.TOPIC_EXCEPTION: (
        "topic_name",
        "The broker refuses the name: letters, digits, dot, underscore and hyphen, at most 249, "
        "and no other topic that differs only in dot and underscore.",
    ),
    KafkaError.UNKNOWN_TOPIC_OR_PART: ("topic_missing", "The broker knows no topic of this name."),
    KafkaError.INVALID_REQUEST: ("request", "The broker refuses the request."),
    KafkaError.TOPIC_AUTHORIZATION_FAILED: (
        "not_authorized",
        "Our principal may not do this to the topic.",
    ),
    KafkaError.CLUSTER_AUTHORIZATION_FAILED: (
        "not_authorized",
        "Our principal may not do this on the cluster.",
    ),
    KafkaError.TOPIC_DELETION_DISABLED: ("deletion_disabled", "The cluster forbids deletion."),
    KafkaError.UNSUPPORTED_VERSION: ("unsupported", "The broker does not offer this act."),
}


def create_topic(session: Session, arguments: Mapping[str, Any]) -> Outcome:
    """Make one topic with partitions, replication factor and configs."""
    name = arguments["topic"]
    wanted = NewTopic(
        name,
        num_partitions=arguments["partitions"],
        replication_factor=arguments["replication_factor"],
        config=dict(arguments["configs"]),
    )
    return _act(
        session,
        lambda limits: session.client.create_topics(
            [wanted], validate_only=arguments["validate_only"], **limits
        ),
        waits_for_cluster=True,
    )


def alter_topic_configs(session: Session, arguments: Mapping[str, Any]) -> Outcome:
    """Set and unset the named keys only; everything else stays."""
    changes = [
        ConfigEntry(key, value, incremental_operation=AlterConfigOpType.SET)
        for key, value in arguments["set_values"].items()
    ] + [
        ConfigEntry(key, None, incremental_operation=AlterConfigOpType.DELETE)
        for key in arguments["unset"]
    ]
    resource = ConfigResource(ResourceType.TOPIC, arguments["topic"], incremental_configs=changes)
    return _act(
        session,
        lambda limits: session.client.incremental_alter_configs(
            [resource], validate_only=arguments["validate_only"], **limits
        ),
    )


def create_partitions(session: Session, arguments: Mapping[str, Any]) -> Outcome:
    """Grow a topic to a total number of partitions."""
    wanted = NewPartitions(arguments["topic"], arguments["partitions"])
    return _act(
        session,
        lambda limits: session.client.create_partitions(
            [wanted], validate_only=arguments["validate_only"], **limits
        ),
        waits_for_cluster=True,
    )


def delete_topic(session: Session, arguments: Mapping[str, Any]) -> Outcome:
    """Delete a topic if it still is the incarnation that was meant; Kafka deletes by name only."""
    name = arguments["topic"]
    standing = _topic_id(session, name)
    if isinstance(standing, Unknown | Refused):
        return standing
    if standing != arguments["topic_id"]:
        return Refused("topic_replaced", "Another topic now stands under this name.")
    return _act(
        session,
        lambda limits: session.client.delete_topics([name], **limits),
        waits_for_cluster=True,
    )


def _topic_id(session: Session, name: str) -> str | Unknown | Refused:
    wait_s = session.call_s()
    try:
        asked = session.client.describe_topics(TopicCollection([name]), request_timeout=wait_s)
        return str(asked[name].result(wait_s + 0.1).topic_id)
    except Exception as error:
        return _read_failure(session, error)


def _act(
    session: Session,
    call: Callable[[dict[str, float]], Mapping[Any, Any]],
    *,
    waits_for_cluster: bool = False,
) -> Outcome:
    asked_ms = session.now_ms()
    request_s = session.call_s(REQUEST_S)
    limits = {"request_timeout": request_s}
    if waits_for_cluster:
        limits["operation_timeout"] = min(OPERATION_S, request_s)
    try:
        futures = call(limits)
        for future in futures.values():
            future.result(request_s + 0.1)
    except Exception as error:
        return _read_failure(session, error)
    return Acted(asked_ms, session.now_ms())


def _read_failure(session: Session, error: Exception) -> Refused | Unknown:
    """A definite refusal of the broker, or Unknown: then the act may still happen."""
    if isinstance(error, ValueError | TypeError):
        session.note(error)
        return Refused("request", "The client library refuses the request.")
    if isinstance(error, KafkaException) and isinstance(error.args[0], KafkaError):
        told = error.args[0]
        if told.code() in REFUSALS:
            code, message = REFUSALS[told.code()]
            return Refused(code, message, _clean(told.str()))
        answer = session.failure(error)
        if answer.reason in (Reason.AUTH, Reason.DENIED):
            return Refused("not_authorized", answer.detail, _clean(told.str()))
        return answer
    return session.timeout() if isinstance(error, TimeoutError) else session.failure(error)


def _clean(text: object) -> str:
    shown = " ".join(str(text).split())
    return "".join(char for char in shown if char.isprintable())[:BROKER_TEXT_LIMIT]


ACTS: Mapping[str, Callable[[Session, Mapping[str, Any]], Outcome]] = {
    "create_topic": create_topic,
    "alter_topic_configs": alter_topic_configs,
    "create_partitions": create_partitions,
    "delete_topic": delete_topic,
}


def unsent(failure: Unknown) -> Unknown:
    """First contact failed, so nothing was sent."""
    return reasons.unknown(failure.reason, f"{failure.detail} Nothing was sent.")

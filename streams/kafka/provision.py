"""The only door through which brokers are changed; a time-out is Unknown: it may still happen."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from streams.kafka.agent import Connection, agent_for
from streams.kafka.results import Acted, Outcome, Reason, Refused, Unknown

ACT_S = 20.0  # 15 s for the request, the rest for a new child and its first contact


def create_topic(
    connection: Connection,
    topic: str,
    *,
    partitions: int,
    replication_factor: int,
    configs: Mapping[str, str] | None = None,
    validate_only: bool = False,
    deadline_s: float = ACT_S,
) -> Outcome:
    """Make a topic; the broker's answer says nothing yet about what stands: read it back."""
    arguments = {
        "topic": topic,
        "partitions": partitions,
        "replication_factor": replication_factor,
        "configs": dict(configs or {}),
        "validate_only": validate_only,
    }
    return _act(connection, "create_topic", arguments, deadline_s)


def alter_topic_configs(
    connection: Connection,
    topic: str,
    *,
    set_values: Mapping[str, str] | None = None,
    unset: Collection[str] = (),
    validate_only: bool = False,
    deadline_s: float = ACT_S,
) -> Outcome:
    """Set and unset the named keys; one bad entry makes the broker refuse them all."""
    if not set_values and not unset:
        return Refused("empty_change", "No configuration key is named.")
    both = sorted(set(set_values or ()) & set(unset))
    if both:
        return Refused("contradiction", f"{both[0]} is both set and unset.")
    arguments = {
        "topic": topic,
        "set_values": dict(set_values or {}),
        "unset": sorted(set(unset)),
        "validate_only": validate_only,
    }
    return _act(connection, "alter_topic_configs", arguments, deadline_s)


def create_partitions(
    connection: Connection,
    topic: str,
    *,
    partitions: int,
    validate_only: bool = False,
    deadline_s: float = ACT_S,
) -> Outcome:
    """Grow a topic to `partitions` in total; this cannot be undone."""
    arguments = {"topic": topic, "partitions": partitions, "validate_only": validate_only}
    return _act(connection, "create_partitions", arguments, deadline_s)


def delete_topic(
    connection: Connection, topic: str, *, topic_id: str, deadline_s: float = ACT_S
) -> Outcome:
    """Delete the incarnation with this id, and only that; Kafka offers no dry run of it."""
    if not topic_id:
        return Refused("topic_id_missing", "The id of the topic to delete is not known.")
    return _act(connection, "delete_topic", {"topic": topic, "topic_id": topic_id}, deadline_s)


def _act(
    connection: Connection, call: str, arguments: Mapping[str, object], deadline_s: float
) -> Outcome:
    outcome = agent_for(connection).ask(call, arguments, deadline_s=deadline_s)
    answer = outcome.single("answer")
    if isinstance(answer, Acted | Refused | Unknown):
        return answer
    return outcome.failure or Unknown(Reason.PROTOCOL, "The act ended without an answer.")

"""The only writer: what it says was done stands on the broker, and a refusal has a code of ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from streams.kafka import provision, read
from streams.kafka.results import Acted, Known, Outcome, Refused
from tests.broker import kafka_door as door

pytestmark = pytest.mark.broker


@pytest.fixture
def topic() -> Iterator[str]:
    name = door.make_topic("write", partitions=2, retention_ms="600000")
    yield name
    door.drop(name)


def create(name: str, partitions: int = 1, replicas: int = 1, **more: object) -> Outcome:
    return provision.create_topic(
        door.connection(),
        name,
        partitions=partitions,
        replication_factor=replicas,
        **more,  # type: ignore[arg-type]
    )


def code(outcome: Outcome) -> str:
    assert isinstance(outcome, Refused), outcome
    assert outcome.message
    return outcome.code


def dynamic(topic: str) -> dict[str, str | None]:
    told = read.configs(door.connection(), [topic])[topic]
    assert isinstance(told, Known), told
    return told.value.dynamic


def test_a_topic_is_made_as_asked() -> None:
    name = door.fresh("made")
    configs = {"retention.ms": "120000", "cleanup.policy": "compact"}
    assert isinstance(create(name, 3, configs=configs), Acted)
    door.until(lambda: door.topic_id(name))
    detail = read.topic_details(door.connection(), [name])[name]
    assert isinstance(detail, Known)
    assert len(detail.value.partitions) == 3
    assert dynamic(name) == configs
    assert code(create(name)) == "topic_exists"
    door.drop(name)


@pytest.mark.parametrize(
    ("name", "shape", "refusal"),
    [
        ("bad name", {}, "topic_name"),
        ("..", {}, "topic_name"),
        ("x" * 250, {}, "topic_name"),
        ("", {}, "topic_name"),
        ("door.refused", {"replicas": 99}, "replication_factor"),
        ("door.refused", {"partitions": 0}, "partitions"),
        ("door.refused", {"partitions": 10_001}, "broker_policy"),
        ("door.refused", {"configs": {"retention.ms": "soon"}}, "config"),
        ("door.refused", {"configs": {"no.such.key": "1"}}, "config"),
    ],
)
def test_what_the_broker_refuses_has_a_code_and_makes_nothing(
    name: str, shape: dict[str, object], refusal: str
) -> None:
    assert code(create(name, **shape)) == refusal  # type: ignore[arg-type]
    assert code(create(name, validate_only=True, **shape)) == refusal  # type: ignore[arg-type]
    assert door.topic_id("door.refused") is None


def test_a_dry_run_changes_nothing(topic: str) -> None:
    name = door.fresh("dry")
    assert isinstance(create(name, validate_only=True), Acted)
    assert door.topic_id(name) is None
    asked = provision.alter_topic_configs(
        door.connection(), topic, set_values={"retention.ms": "1"}, validate_only=True
    )
    assert isinstance(asked, Acted)
    assert dynamic(topic) == {"retention.ms": "600000"}
    asked = provision.create_partitions(door.connection(), topic, partitions=9, validate_only=True)
    assert isinstance(asked, Acted)
    detail = read.topic_details(door.connection(), [topic])[topic]
    assert isinstance(detail, Known)
    assert len(detail.value.partitions) == 2


def test_only_the_named_keys_change(topic: str) -> None:
    changed = provision.alter_topic_configs(
        door.connection(), topic, set_values={"max.message.bytes": "2000"}
    )
    assert isinstance(changed, Acted)
    expected = {"retention.ms": "600000", "max.message.bytes": "2000"}
    door.until(lambda: True if dynamic(topic) == expected else None)
    unset = provision.alter_topic_configs(door.connection(), topic, unset=["retention.ms"])
    assert isinstance(unset, Acted)
    door.until(lambda: True if dynamic(topic) == {"max.message.bytes": "2000"} else None)


def test_a_bad_value_refuses_the_whole_change(topic: str) -> None:
    refused = provision.alter_topic_configs(
        door.connection(),
        topic,
        set_values={"max.message.bytes": "2000", "retention.ms": "soon"},
    )
    assert code(refused) == "config"
    assert dynamic(topic) == {"retention.ms": "600000"}


def test_a_topic_that_is_not_there_is_named_missing() -> None:
    ghost = door.fresh("ghost")
    changed = provision.alter_topic_configs(
        door.connection(), ghost, set_values={"retention.ms": "1"}
    )
    grown = provision.create_partitions(door.connection(), ghost, partitions=3)
    deleted = provision.delete_topic(door.connection(), ghost, topic_id="anything")
    assert [code(each) for each in (changed, grown, deleted)] == ["topic_missing"] * 3


def test_partitions_only_grow(topic: str) -> None:
    grown = provision.create_partitions(door.connection(), topic, partitions=4)
    assert isinstance(grown, Acted)
    for count in (4, 1):
        refused = provision.create_partitions(door.connection(), topic, partitions=count)
        assert code(refused) == "partitions"


def test_only_the_meant_incarnation_is_deleted() -> None:
    name = door.make_topic("twice")
    first = door.topic_id(name)
    assert first
    assert isinstance(provision.delete_topic(door.connection(), name, topic_id=first), Acted)
    door.until(lambda: True if door.topic_id(name) is None else None)
    assert isinstance(create(name), Acted)
    second = door.until(lambda: door.topic_id(name))
    assert second != first
    late = provision.delete_topic(door.connection(), name, topic_id=first)
    assert code(late) == "topic_replaced"
    assert door.topic_id(name) == second
    door.drop(name)

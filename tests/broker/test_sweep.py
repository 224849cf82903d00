"""A sweep of a real broker: what it finds, how lag is judged, and what a dead broker leaves behind."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Iterator
from typing import Any

import pytest

from mesh.audit.principal import SYSTEM
from mesh.kernel import clock
from streams.actions.clusters import create_environment, define_cluster
from streams.kafka.agent import close_all
from streams.models import Cluster, GroupTopicLag, LagSample, Sweep, Topic, TopicState
from streams.queries.facts import topic_facts
from streams.sweeping.sweep import sweep_cluster

pytestmark = [pytest.mark.broker, pytest.mark.django_db(transaction=True)]


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    environment = create_environment("prod", name="Production", kind="prod", by=SYSTEM)
    settings = {
        "bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"],
        "security.protocol": "PLAINTEXT",
    }
    yield define_cluster(
        "real",
        environment=environment,
        client_settings=settings,
        by=SYSTEM,
        sweep_interval_s=5,
        record_probe=True,
    )
    close_all()


@pytest.fixture
def topic() -> Iterator[str]:
    from confluent_kafka.admin import AdminClient, NewTopic

    admin = AdminClient({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"]})
    name = f"sweep-{uuid.uuid4().hex[:10]}"
    admin.create_topics([NewTopic(name, 2, 1)])[name].result(10)
    yield name
    admin.delete_topics([name])[name].result(10)


def _produce(topic: str, count: int) -> None:
    from confluent_kafka import Producer

    producer = Producer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"]})
    for number in range(count):
        producer.produce(topic, key=str(number), value=b"x", partition=number % 2)
    assert producer.flush(10) == 0


def _commit(group: str, topic: str, offsets: dict[int, int]) -> None:
    from confluent_kafka import Consumer, TopicPartition

    consumer = Consumer({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"], "group.id": group})
    places = [TopicPartition(topic, partition, offset) for partition, offset in offsets.items()]
    consumer.commit(offsets=places, asynchronous=False)
    consumer.close()


_slot = iter(range(1, 10_000))


def _sweep(cluster: Cluster) -> Sweep:
    sweep = sweep_cluster(cluster.pk, next(_slot))
    assert sweep is not None
    return sweep


def _lag(group: str, topic: str) -> GroupTopicLag:
    return GroupTopicLag.objects.get(group__group_id=group, topic__name=topic)


def test_sweep_finds_topics_groups_and_exact_lag(cluster: Cluster, topic: str) -> None:
    group = f"reader-{topic}"
    _produce(topic, 10)
    _commit(group, topic, {0: 5, 1: 3})
    sweep = _sweep(cluster)
    assert sweep.outcome == "done" and set(sweep.coverage.values()) == {1.0}
    row = Topic.objects.get(name=topic)
    assert (row.partitions, row.replication_factor) == (2, 1) and row.kafka_topic_id
    assert row.configs["retention.ms"]["value"] == "604800000"
    lag = _lag(group, topic)
    assert lag.lag == [0, 2] and lag.lag_records == 2 and lag.covered_partitions == 2


def test_reader_at_the_end_is_on_time_and_falls_behind_when_records_come(
    cluster: Cluster, topic: str
) -> None:
    group = f"reader-{topic}"
    _produce(topic, 4)
    _commit(group, topic, {0: 2, 1: 2})
    _sweep(cluster)
    assert _lag(group, topic).status == "ok" and _lag(group, topic).age_hi_s == 0
    _produce(topic, 20)
    time.sleep(1.2)
    _sweep(cluster)
    lag = _lag(group, topic)
    assert lag.lag_records == 20 and lag.status == "warming"
    state = TopicState.objects.get(topic__name=topic)
    assert state.advanced_after is not None and state.advanced_before is not None
    assert state.advanced_after < state.advanced_before


def test_stopped_reader_is_found(cluster: Cluster, topic: str) -> None:
    group = f"reader-{topic}"
    _produce(topic, 4)
    _commit(group, topic, {0: 1, 1: 1})
    _sweep(cluster)
    lag = _lag(group, topic)
    long_ago = clock.now_ms() - 600_000
    for memory in lag.memory["partitions"].values():
        memory.update(still=long_ago, due=long_ago)
    lag.save(update_fields=["memory"])
    for _ in range(3):
        _sweep(cluster)
    assert _lag(group, topic).status == "stopped"


def test_same_slot_twice_leaves_the_same_rows(cluster: Cluster, topic: str) -> None:
    _produce(topic, 2)
    _commit(f"reader-{topic}", topic, {0: 1})
    slot = next(_slot)
    assert sweep_cluster(cluster.pk, slot) is not None
    before = LagSample.objects.count(), Sweep.objects.count()
    assert sweep_cluster(cluster.pk, slot) is None
    assert (LagSample.objects.count(), Sweep.objects.count()) == before


def test_dead_broker_is_unknown_everywhere_and_never_zero(cluster: Cluster, topic: str) -> None:
    group = f"reader-{topic}"
    _produce(topic, 4)
    _commit(group, topic, {0: 2, 1: 2})
    _sweep(cluster)
    samples = LagSample.objects.count()
    Cluster.objects.filter(pk=cluster.pk).update(
        settings={"bootstrap.servers": "127.0.0.1:9", "security.protocol": "PLAINTEXT"}
    )
    started = time.monotonic()
    sweep = _sweep(cluster)
    assert time.monotonic() - started < 10
    assert sweep.outcome == "failed" and set(sweep.coverage.values()) == {0.0}
    cluster.refresh_from_db()
    assert cluster.state == "unreachable" and cluster.state_reason == "UNREACHABLE"
    lag = _lag(group, topic)
    assert lag.status == "unknown" and lag.unknown_reason == "UNREACHABLE"
    assert LagSample.objects.count() == samples
    row = Topic.objects.get(name=topic)
    assert row.ended_at is None
    assert topic_facts([row.pk])[row.pk].unknown_reason == "UNREACHABLE"


def test_deleted_topic_ends_only_after_two_complete_answers_and_by_name(cluster: Cluster) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    admin: Any = AdminClient({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"]})
    name = f"sweep-{uuid.uuid4().hex[:10]}"
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
    _sweep(cluster)
    admin.delete_topics([name])[name].result(10)
    _sweep(cluster)
    assert Topic.objects.get(name=name).ended_at is None
    _sweep(cluster)
    assert Topic.objects.get(name=name).ended_at is not None


def test_recreated_topic_is_a_new_incarnation(cluster: Cluster) -> None:
    from confluent_kafka.admin import AdminClient, NewTopic

    admin: Any = AdminClient({"bootstrap.servers": os.environ["KAFKA_BOOTSTRAP"]})
    name = f"sweep-{uuid.uuid4().hex[:10]}"
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
    _sweep(cluster)
    admin.delete_topics([name])[name].result(10)
    time.sleep(0.5)
    admin.create_topics([NewTopic(name, 1, 1)])[name].result(10)
    Sweep.objects.filter(cluster=cluster).update(counts={})  # ask every topic for its id again
    _sweep(cluster)
    rows = list(Topic.objects.filter(name=name).order_by("pk"))
    assert len(rows) == 2 and rows[0].ended_at is not None and rows[1].ended_at is None
    assert rows[0].kafka_topic_id != rows[1].kafka_topic_id
    admin.delete_topics([name])[name].result(10)

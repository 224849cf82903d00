"""A real broker for tests: its address from KAFKA_BOOTSTRAP, stock clients as fixtures' hands."""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable, Sequence
from typing import TypeVar

from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from streams.kafka import provision, read
from streams.kafka.agent import Connection
from streams.kafka.results import Acted, Known

T = TypeVar("T")


def bootstrap() -> str:
    """The broker the tests speak to."""
    return os.environ["KAFKA_BOOTSTRAP"]


def connection(key: str = "door") -> Connection:
    """The door under test."""
    return Connection(key, {"bootstrap.servers": bootstrap()})


def fresh(stem: str) -> str:
    """A name nobody else uses."""
    return f"door.{stem}.{uuid.uuid4().hex[:10]}"


def until(ask: Callable[[], T | None], seconds: float = 15.0) -> T:
    """The first answer that is not None; metadata spreads with a delay."""
    end = time.monotonic() + seconds
    while True:
        answer = ask()
        if answer is not None:
            return answer
        if time.monotonic() > end:
            raise AssertionError("it did not happen in time")
        time.sleep(0.1)


def make_topic(stem: str, partitions: int = 2, **configs: str) -> str:
    """A topic that the metadata shows."""
    name = fresh(stem)
    named = {key.replace("_", "."): value for key, value in configs.items()}
    made = provision.create_topic(
        connection(), name, partitions=partitions, replication_factor=1, configs=named
    )
    assert isinstance(made, Acted), made
    until(lambda: True if topic_id(name) else None)
    return name


def topic_id(name: str) -> str | None:
    """The id of the topic that stands under a name."""
    detail = read.topic_details(connection(), [name])[name]
    return detail.value.topic_id if isinstance(detail, Known) else None


def drop(name: str) -> None:
    """Delete a topic that a test made."""
    known = topic_id(name)
    if known:
        provision.delete_topic(connection(), name, topic_id=known)


def produce(
    topic: str, values: Sequence[bytes | None], partition: int = 0, **settings: str
) -> None:
    """Write records with a stock producer."""
    named = {key.replace("_", "."): value for key, value in settings.items()}
    producer = Producer({"bootstrap.servers": bootstrap(), **named})
    for number, value in enumerate(values):
        producer.produce(
            topic, value, key=f"k{number}", partition=partition, headers=[("source", b"test")]
        )
    assert producer.flush(15) == 0


def commit(group: str, topic: str, offsets: dict[int, int]) -> None:
    """Commit as a reader that assigns its partitions itself."""
    consumer = Consumer({"bootstrap.servers": bootstrap(), "group.id": group})
    try:
        places = [TopicPartition(topic, part, offset) for part, offset in offsets.items()]
        for place in consumer.commit(offsets=places, asynchronous=False):
            assert place.error is None, place.error
    finally:
        consumer.close()


def join(group: str, topic: str) -> Consumer:
    """A live member that owns its partitions."""
    consumer = Consumer(
        {
            "bootstrap.servers": bootstrap(),
            "group.id": group,
            "client.id": "door-reader",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": "false",
        }
    )
    consumer.subscribe([topic])
    until(lambda: _poll_until_owned(consumer), 30)
    return consumer


def _poll_until_owned(consumer: Consumer) -> bool | None:
    message = consumer.poll(0.2)
    error = message.error() if message is not None else None
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise AssertionError(error)
    return True if consumer.assignment() else None

"""What every demo program needs: addresses, keys, stock serializers, and a loop that survives trouble.

The programs play other people's software: they use the stock Confluent clients against the registry
and know nothing of Tributary's inside.
"""

from __future__ import annotations

import json
import os
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

RETRY_S = 3.0
KEY_SCHEMA = '"string"'
STOP = threading.Event()


@dataclass(slots=True)
class Settings:
    """Addresses and the key of one team's service account."""

    team: str
    kafka: str
    registry: str
    tributary: str
    key: str
    folder: Path

    @classmethod
    def of(cls, team: str) -> Settings:
        """Read from the environment and the file that the seed wrote."""
        folder = Path(os.environ["MESH_DATA"]) / "run"
        accounts = json.loads((folder / "fleet.json").read_text())["accounts"]
        return cls(
            team=team,
            kafka=os.environ["KAFKA_BOOTSTRAP"],
            registry=os.environ["TRIBUTARY_REGISTRY_URL"],
            tributary=os.environ["TRIBUTARY_URL"],
            key=accounts[team],
            folder=folder,
        )

    @property
    def registry_client(self) -> SchemaRegistryClient:
        """A stock registry client with Basic credentials: key id and secret."""
        _, key_id, secret = self.key.split("_", 2)
        return SchemaRegistryClient(
            {"url": self.registry, "basic.auth.user.info": f"trb_{key_id}:{secret}"}
        )

    def deployed(self) -> dict[str, Any]:
        """What the seed says is deployed now: a file, so that a new version needs no restart."""
        loaded: dict[str, Any] = json.loads((self.folder / "fleet.json").read_text())
        return loaded


@dataclass(slots=True)
class Writer:
    """A producer of Avro records to one topic, as the stock serializer does it."""

    settings: Settings
    topic: str
    schema: str
    subject: str = ""
    _producer: Any = field(init=False)
    _value: Any = field(init=False)
    _key: Any = field(init=False)

    def __post_init__(self) -> None:
        subject = self.subject or f"{self.topic}-value"
        self._producer = Producer(
            {
                "bootstrap.servers": self.settings.kafka,
                "client.id": f"{self.settings.team}-writer",
                "linger.ms": 50,
            }
        )
        client = self.settings.registry_client
        strategy = {"subject.name.strategy": lambda _context, _record: subject}
        self._value = AvroSerializer(client, self.schema, conf=strategy)
        self._key = AvroSerializer(client, KEY_SCHEMA)

    def send(self, key: str, record: dict[str, Any]) -> None:
        """Serialize and hand over; delivery happens in the background."""
        key_bytes = self._key(key, SerializationContext(self.topic, MessageField.KEY))
        value_bytes = self._value(record, SerializationContext(self.topic, MessageField.VALUE))
        self._producer.produce(self.topic, key=key_bytes, value=value_bytes)
        self._producer.poll(0)

    def close(self) -> None:
        """Deliver what is waiting, at most five seconds."""
        self._producer.flush(5)


def records(
    settings: Settings, group: str, topics: list[str], *, commit: bool = True, instance: str = ""
) -> Iterator[tuple[str, dict[str, Any]]]:
    """Records of topics as (topic, value), read by a consumer group with the stock deserializer."""
    consumer = Consumer(
        {
            "bootstrap.servers": settings.kafka,
            "group.id": group,
            "client.id": f"{group}-{instance or '1'}",
            "auto.offset.reset": "earliest",
            "enable.auto.commit": commit,
            "auto.commit.interval.ms": 1000,
            "session.timeout.ms": 10_000,
        }
    )
    value = AvroDeserializer(settings.registry_client)
    consumer.subscribe(topics)
    try:
        while not STOP.is_set():
            message = consumer.poll(0.5)
            if message is None or message.error():
                continue
            name = str(message.topic())
            decoded = value(message.value(), SerializationContext(name, MessageField.VALUE))
            if isinstance(decoded, dict):
                yield name, decoded
    finally:
        consumer.close()


def now_ms() -> int:
    """Milliseconds since the epoch."""
    return int(time.time() * 1000)


def rest(seconds: float) -> bool:
    """Sleep; True when the program should end."""
    return STOP.wait(seconds)


def keep_running(name: str, program: Callable[[], None]) -> threading.Thread:
    """Run a program in a thread; after trouble say so and start again."""

    def loop() -> None:
        while not STOP.is_set():
            try:
                program()
                return
            except Exception as error:  # a demo program must outlive a restart of its broker
                print(f"{name}: {type(error).__name__}: {error}"[:300], flush=True)
                rest(RETRY_S)

    thread = threading.Thread(target=loop, name=name, daemon=True)
    thread.start()
    return thread


def post(settings: Settings, path: str, body: object) -> int:
    """POST JSON to Tributary with the team's key. Returns the status."""
    request = urllib.request.Request(
        settings.tributary + path,
        json.dumps(body).encode(),
        {"Content-Type": "application/json", "Authorization": f"Bearer {settings.key}"},
    )
    with urllib.request.urlopen(request, timeout=10) as answer:
        return int(answer.status)

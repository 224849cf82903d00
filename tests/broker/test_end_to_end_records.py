"""Stock serializers write and read through our registry on a real port, over a real broker."""

from __future__ import annotations

import json
import socket
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from mesh.audit.principal import Principal
from schemas.models import RegistryAccess, SchemaVersion
from tests.broker import kafka_door as door
from tests.broker.programs import Program, await_answer

pytestmark = [
    pytest.mark.broker,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(120),
]
Client = Callable[[Principal], SchemaRegistryClient]


def schema(*fields: dict[str, Any]) -> str:
    named = [{"name": "parcel_id", "type": "string"}, *fields]
    return json.dumps(
        {"type": "record", "name": "ParcelMoved", "namespace": "shop", "fields": named}
    )


@pytest.fixture
def registry(transactional_db: None, tmp_path: Path) -> Iterator[str]:
    """The registry's own process on a free port; its address."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    words = ("-m", "uvicorn", "mesh.registry_asgi:application", "--host", "127.0.0.1",
             "--port", str(port), "--no-access-log", "--timeout-graceful-shutdown", "2")  # fmt: skip
    more = {"MESH_OPEN_REGISTRATION": "true", "MESH_ANONYMOUS_REGISTRY_READ": "false"}
    with Program(words, "registry", tmp_path / "registry.log", more) as program:
        await_answer(f"http://127.0.0.1:{port}/subjects", program)
        yield f"http://127.0.0.1:{port}"


@pytest.fixture
def client_of(registry: str, key_of: Any) -> Client:
    """`client_of(person)` is a stock client with that person's key as Basic credentials."""

    def make(person: Principal) -> SchemaRegistryClient:
        whole = key_of(person)["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
        credentials = f"{whole[:14]}:{whole[15:]}"
        return SchemaRegistryClient({"url": registry, "basic.auth.user.info": credentials})

    return make


@pytest.fixture
def topic() -> Iterator[str]:
    name = door.make_topic("records", partitions=1)
    yield name
    door.drop(name)


def write(topic: str, client: SchemaRegistryClient, text: str, record: dict[str, Any]) -> None:
    serialize = AvroSerializer(client, text)
    producer = Producer({"bootstrap.servers": door.bootstrap()})
    context = SerializationContext(topic, MessageField.VALUE)
    producer.produce(topic, serialize(record, context), key=record["parcel_id"])
    assert producer.flush(15) == 0


def read(topic: str, client: SchemaRegistryClient, count: int) -> list[dict[str, Any]]:
    consumer = Consumer(
        {
            "bootstrap.servers": door.bootstrap(),
            "group.id": door.fresh("reader"),
            "auto.offset.reset": "earliest",
        }
    )
    consumer.subscribe([topic])
    deserialize = AvroDeserializer(client)
    found: list[dict[str, Any]] = []

    def poll() -> bool | None:
        message = consumer.poll(0.5)
        if message is not None and message.error() is None:
            value = deserialize(message.value(), SerializationContext(topic, MessageField.VALUE))
            found.append(value)
        return True if len(found) == count else None

    try:
        door.until(poll, 40)
    finally:
        consumer.close()
    return found


def test_a_record_of_the_stock_serializer_is_read_by_the_stock_deserializer(
    client_of: Client, people: dict[str, Principal], topic: str
) -> None:
    write(topic, client_of(people["engineer"]), schema(), {"parcel_id": "p-1"})
    later = schema({"name": "place", "type": ["null", "string"], "default": None})
    record = {"parcel_id": "p-2", "place": "Hamburg"}
    write(topic, client_of(people["engineer"]), later, record)
    assert read(topic, client_of(people["consumer"]), 2) == [{"parcel_id": "p-1"}, record]
    versions = SchemaVersion.objects.filter(subject__name=f"{topic}-value")
    assert sorted(versions.values_list("version", flat=True)) == [1, 2]


def test_a_breaking_schema_stops_the_stock_serializer_before_it_writes(
    client_of: Client, people: dict[str, Principal], topic: str
) -> None:
    client = client_of(people["engineer"])
    write(topic, client, schema(), {"parcel_id": "p-1"})
    breaking = schema({"name": "place", "type": "string"})
    with pytest.raises(SchemaRegistryError) as refused:
        write(topic, client, breaking, {"parcel_id": "p-2", "place": "Hamburg"})
    assert refused.value.http_status_code == 409
    assert SchemaVersion.objects.filter(subject__name=f"{topic}-value").count() == 1


def test_who_wrote_and_who_read_is_recorded(
    client_of: Client, people: dict[str, Principal], topic: str
) -> None:
    write(topic, client_of(people["engineer"]), schema(), {"parcel_id": "p-1"})
    read(topic, client_of(people["consumer"]), 1)
    rows = RegistryAccess.objects.filter(principal_label__in=["Engineer", "Consumer"])
    seen = door.until(
        lambda: (
            kinds
            if len(kinds := set(rows.values_list("principal_label", flat=True))) == 2
            else None
        ),
        30,
    )
    assert seen == {"Engineer", "Consumer"}

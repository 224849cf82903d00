"""The stock Python client works unchanged against the listening registry."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from confluent_kafka.schema_registry import Schema, SchemaReference
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext

from mesh.audit.principal import Principal
from tests.faces.registry.conftest import LiveRegistry


def record(*names: str, optional: tuple[str, ...] = ()) -> str:
    fields: list[dict[str, Any]] = [{"name": name, "type": "string"} for name in names]
    fields += [{"name": name, "type": ["null", "string"], "default": None} for name in optional]
    return json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": fields})


@pytest.fixture
def engineer(
    registry: LiveRegistry, people: dict[str, Principal], basic_of: Callable[..., str]
) -> Any:
    return registry.client(basic_of(people["engineer"]))


@pytest.fixture
def governor(
    registry: LiveRegistry, people: dict[str, Principal], basic_of: Callable[..., str]
) -> Any:
    return registry.client(basic_of(people["governor"]))


def refusal(call: Callable[[], Any]) -> tuple[int, int]:
    with pytest.raises(SchemaRegistryError) as caught:
        call()
    return caught.value.http_status_code, caught.value.error_code


def test_register_fetch_look_up_and_latest(engineer: Any, registry: LiveRegistry) -> None:
    schema = Schema(record("id"), "AVRO")
    number = engineer.register_schema("orders-value", schema)
    assert engineer.register_schema("orders-value", Schema(record("id") + " ", "AVRO")) == number
    fetched = registry.client().get_schema(number)
    assert json.loads(str(fetched.schema_str))["name"] == "Order"
    latest = registry.client().get_latest_version("orders-value")
    assert (latest.version, latest.schema_id) == (1, number)
    found = registry.client().lookup_schema("orders-value", schema)
    assert (found.version, found.schema_id) == (1, number)
    assert registry.client().get_subjects() == ["orders-value"]
    assert registry.client().get_versions("orders-value") == [1]
    assert registry.client().get_schema_types() == ["AVRO"]
    assert registry.client().get_subjects_by_schema_id(number) == ["orders-value"]
    assert registry.client().get_schema_versions(number)[0].version == 1
    by_guid = registry.client().get_schema_by_guid(str(latest.guid))
    assert by_guid.schema_str == fetched.schema_str


def test_incompatible_content_is_refused_with_the_reason(engineer: Any) -> None:
    engineer.register_schema("orders-value", Schema(record("id"), "AVRO"))
    with pytest.raises(SchemaRegistryError) as caught:
        engineer.register_schema("orders-value", Schema(record("id", "price"), "AVRO"))
    assert (caught.value.http_status_code, caught.value.error_code) == (409, 40901)
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in caught.value.error_message
    assert "/fields/1" in caught.value.error_message
    assert engineer.get_versions("orders-value") == [1]


def test_compatibility_is_answered_before_anything_is_registered(engineer: Any) -> None:
    engineer.register_schema("orders-value", Schema(record("id"), "AVRO"))
    wider = Schema(record("id", optional=("note",)), "AVRO")
    narrower = Schema(record("id", "price"), "AVRO")
    assert engineer.test_compatibility("orders-value", wider) is True
    assert engineer.test_compatibility("orders-value", narrower) is False
    assert engineer.test_compatibility_all_versions("orders-value", wider) is True
    assert engineer.test_compatibility("nobody-value", narrower) is True
    assert refusal(lambda: engineer.test_compatibility("orders-value", wider, 7)) == (404, 40402)


def test_levels_are_set_answered_and_cleared(engineer: Any, governor: Any) -> None:
    assert engineer.get_compatibility() == "BACKWARD"
    assert refusal(lambda: engineer.get_compatibility("orders-value")) == (404, 40408)
    engineer.set_compatibility("orders-value", "FULL")
    assert engineer.get_compatibility("orders-value") == "FULL"
    engineer.register_schema("orders-value", Schema(record("id"), "AVRO"))
    narrower = Schema(record("id", "price"), "AVRO")
    assert refusal(lambda: engineer.register_schema("orders-value", narrower)) == (409, 40901)
    engineer.set_compatibility("orders-value", "NONE")
    engineer.register_schema("orders-value", narrower)
    assert refusal(lambda: engineer.set_compatibility(level="NONE")) == (403, 403)
    governor.set_compatibility(level="FORWARD")
    assert engineer.get_compatibility() == "FORWARD"
    engineer.delete_config("orders-value")
    assert refusal(lambda: engineer.get_compatibility("orders-value")) == (404, 40408)


def test_deletion_is_soft_first_then_for_good(engineer: Any, registry: LiveRegistry) -> None:
    first = engineer.register_schema("orders-value", Schema(record("id"), "AVRO"))
    engineer.register_schema("orders-value", Schema(record("id", optional=("note",)), "AVRO"))
    assert refusal(lambda: engineer.delete_version("orders-value", 1, permanent=True)) == (
        404,
        40407,
    )
    assert refusal(lambda: engineer.delete_subject("orders-value", permanent=True)) == (404, 40405)
    assert engineer.delete_version("orders-value", 1) == 1
    assert registry.client().get_schema(first).schema_str
    assert engineer.get_versions("orders-value") == [2]
    assert engineer.delete_subject("orders-value") == [2]
    assert refusal(lambda: engineer.delete_subject("orders-value")) == (404, 40404)
    assert refusal(lambda: registry.client().get_latest_version("orders-value")) == (404, 40401)
    assert engineer.delete_subject("orders-value", permanent=True) == [1, 2]
    assert refusal(lambda: registry.client().get_schema(first)) == (404, 40403)
    assert engineer.register_schema("orders-value", Schema(record("id"), "AVRO")) == first
    assert engineer.get_versions("orders-value") == [1]


def test_references_are_resolved_and_protected(engineer: Any, registry: LiveRegistry) -> None:
    engineer.register_schema("line", Schema(record("id").replace("Order", "Line"), "AVRO"))
    outer = json.dumps(
        {"type": "record", "name": "Basket", "namespace": "shop",
         "fields": [{"name": "line", "type": "shop.Line"}]}
    )  # fmt: skip
    reference = SchemaReference("shop.Line", "line", 1)
    number = engineer.register_schema("basket-value", Schema(outer, "AVRO", [reference]))
    fetched = registry.client().get_schema(number)
    assert [one.subject for one in fetched.references or []] == ["line"]
    assert registry.client().get_referenced_by("line", 1) == [number]
    assert refusal(lambda: engineer.delete_subject("line")) == (422, 42206)
    unknown = Schema(outer, "AVRO", [SchemaReference("shop.Line", "line", 9)])
    assert refusal(lambda: engineer.register_schema("b", unknown)) == (422, 42201)


def test_every_subject_name_round_trips(engineer: Any) -> None:
    names = ["a/b", "a b", "订单-value", "a:b", "100%", "../x", "a%2Fb", "a\u202eb"]
    for name in names:
        engineer.register_schema(name, Schema(record("id"), "AVRO"))
        assert engineer.get_latest_version(name).subject == name
        assert engineer.get_versions(name) == [1]
    assert engineer.get_subjects() == sorted(names, key=str.encode)


def test_records_travel_through_the_stock_serializers(
    engineer: Any, registry: LiveRegistry
) -> None:
    schema = record("id", optional=("note",))
    context = SerializationContext("orders", MessageField.VALUE)
    serialize = AvroSerializer(engineer, schema)
    payload = serialize({"id": "7", "note": None}, context)
    assert payload is not None and payload[0] == 0
    deserialize = AvroDeserializer(registry.client())
    assert deserialize(payload, context) == {"id": "7", "note": None}
    fixed = AvroSerializer(
        registry.client(), schema, conf={"auto.register.schemas": False, "use.latest.version": True}
    )
    assert fixed({"id": "8", "note": "x"}, context)[1:5] == payload[1:5]


def test_a_producer_whose_content_is_known_needs_no_right_to_write(
    engineer: Any, registry: LiveRegistry
) -> None:
    number = engineer.register_schema("orders-value", Schema(record("id"), "AVRO"))
    nobody = registry.client()
    assert nobody.register_schema("orders-value", Schema(record("id"), "AVRO")) == number
    new = Schema(record("id", optional=("note",)), "AVRO")
    assert refusal(lambda: nobody.register_schema("orders-value", new)) == (401, 401)

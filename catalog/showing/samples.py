"""How to read a product in code, with the addresses of this installation."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.conf import settings

from catalog.showing.product import PlacedTopic

PYTHON = """from confluent_kafka import DeserializingConsumer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer

registry = SchemaRegistryClient({{
    "url": "{registry}",
    "basic.auth.user.info": "you:YOUR_API_KEY",
}})
consumer = DeserializingConsumer({{
    "bootstrap.servers": "{bootstrap}",
    "group.id": "your-team.purpose",
    "auto.offset.reset": "earliest",
    "value.deserializer": AvroDeserializer(registry),
}})
consumer.subscribe(["{topic}"])
while True:
    record = consumer.poll(1.0)
    if record is not None and record.error() is None:
        print(record.key(), record.value())
"""
JAVA = """Properties settings = new Properties();
settings.put("bootstrap.servers", "{bootstrap}");
settings.put("group.id", "your-team.purpose");
settings.put("auto.offset.reset", "earliest");
settings.put("key.deserializer", "org.apache.kafka.common.serialization.StringDeserializer");
settings.put("value.deserializer", "io.confluent.kafka.serializers.KafkaAvroDeserializer");
settings.put("schema.registry.url", "{registry}");
settings.put("basic.auth.credentials.source", "USER_INFO");
settings.put("basic.auth.user.info", "you:YOUR_API_KEY");
try (KafkaConsumer<String, GenericRecord> consumer = new KafkaConsumer<>(settings)) {{
    consumer.subscribe(List.of("{topic}"));
    while (true) {{
        consumer.poll(Duration.ofSeconds(1)).forEach(System.out::println);
    }}
}}
"""
CONSOLE = """kafka-avro-console-consumer \\
  --bootstrap-server {bootstrap} \\
  --topic {topic} \\
  --group your-team.purpose --from-beginning \\
  --property schema.registry.url={registry} \\
  --property basic.auth.credentials.source=USER_INFO \\
  --property basic.auth.user.info=you:YOUR_API_KEY
"""
SAMPLES = (("python", "Python", PYTHON), ("java", "Java", JAVA), ("console", "Console", CONSOLE))


def reading_samples(placed: Sequence[PlacedTopic]) -> tuple[dict[str, str], ...]:
    """Programs that read the first live topic; none without a topic."""
    if not placed:
        return ()
    one = next((each for each in placed if each.is_live), placed[0])
    names: dict[str, Any] = {
        "bootstrap": one.cluster.settings.get("bootstrap.servers", "your-broker:9092"),
        "registry": settings.REGISTRY_URL,
        "topic": one.topic.name,
    }
    return tuple(
        {"key": key, "label": label, "text": text.format(**names)} for key, label, text in SAMPLES
    )

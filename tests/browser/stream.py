"""A product of a test's own with a producer and a reader that stops when it is told to."""

from __future__ import annotations

import json
import threading
import time
from dataclasses import dataclass, field
from typing import Any

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

from tests.browser.site import Site, until

SCHEMA = {
    "type": "record",
    "name": "ParcelMoved",
    "namespace": "shop.fulfilment",
    "fields": [
        {"name": "parcel_id", "type": "string", "doc": "Number of the parcel."},
        {"name": "moved_at_ms", "type": "long", "doc": "When it moved, in milliseconds."},
    ],
}
ABOUT = "Every parcel that moved between two places of the network, one record for each move."
ENDED = ("applied", "checks_failed", "failed", "declined", "partially_applied", "outcome_unknown")


def ask_for_product(site: Site, slug: str, topic: str, group: str) -> int:
    """Ask as engineer and wait until the request waits for votes; its number."""
    subject = f"{topic}-value"
    lag = {"property": "consumerLag", "value": 10, "unit": "s", "consumer": group}
    port = {"product": slug, "port": "moves"}
    about = {"name": slug, "team": "orders-team", "domain": "commerce", "tier": "bronze"}
    texts = {"purpose": ABOUT, "usage": ABOUT, "limitations": ABOUT}
    opened = {"topic": topic, "cluster": "demo", "value_subjects": [subject]}
    rows: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("topic.create", {"cluster": "demo", "topic": topic},
         {"partitions": 2, "replication_factor": 1, "configs": {"retention.ms": "86400000"}}),
        ("schema.register", {"subject": subject}, {"schema": SCHEMA}),
        ("product.create", {"product": slug}, {**about, **texts}),
        ("port.create", port, opened),
        ("promise.set", port, {"promises": [lag]}),
        ("lifecycle.activate", {"product": slug}, {}),
    ]  # fmt: skip
    items = [{"kind": kind, "object": target, "desired": wanted} for kind, target, wanted in rows]
    body = {"title": f"{slug}: new", "reason": "A product to watch a reader with.", "items": items}
    asked = site.as_program("engineer").ask("POST", "/api/v1/requests?submit=true", body)
    number = int(asked["number"])
    settled(site, number, "awaiting_approval")
    return number


def make_product(site: Site, slug: str, topic: str, group: str) -> None:
    """Ask as engineer, approve as owner, wait until it is applied."""
    number = ask_for_product(site, slug, topic, group)
    request = site.as_program("owner").ask("GET", f"/api/v1/requests/{number}")
    vote = {"plan_hash": request["plan_hash"], "reason": "Agreed."}
    site.as_person("owner").ask(
        "POST", f"/api/v1/requests/{number}/approve", vote, If_Match=f'"r{request["revision"]}"'
    )
    settled(site, number, "applied")


def settled(site: Site, number: int, state: str, seconds: float = 60.0) -> dict[str, Any]:
    """The request once it is in that state; fails at once when it ended elsewhere."""
    ask = site.as_program("engineer").ask

    def look() -> dict[str, Any] | None:
        request = ask("GET", f"/api/v1/requests/{number}")
        if request["state"] == state:
            return request
        assert request["state"] not in ENDED, (request["state"], request.get("failure"))
        return None

    return until(look, seconds, f"request {number} to be {state}")


@dataclass
class Traffic:
    """One record every half second, and a reader that reads while it is allowed to."""

    site: Site
    topic: str
    group: str
    reads: threading.Event = field(default_factory=threading.Event)
    ended: threading.Event = field(default_factory=threading.Event)
    written: int = 0
    read: list[str] = field(default_factory=list)
    troubles: list[str] = field(default_factory=list)
    threads: list[threading.Thread] = field(default_factory=list)

    def __enter__(self) -> Traffic:
        self.reads.set()
        self.threads = [
            threading.Thread(target=self._guarded, args=(program,), daemon=True)
            for program in (self._write, self._read)
        ]
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.ended.set()
        self.reads.set()
        for thread in self.threads:
            thread.join(15)

    def _guarded(self, program: Any) -> None:
        try:
            program()
        except Exception as error:  # told by the test: a thread's error ends no test
            self.troubles.append(f"{type(error).__name__}: {error}")

    def _registry(self) -> SchemaRegistryClient:
        return SchemaRegistryClient(
            {"url": self.site.registry, "basic.auth.user.info": self.site.basic("engineer")}
        )

    def _write(self) -> None:
        producer = Producer({"bootstrap.servers": self.site.kafka, "linger.ms": 5})
        serialize = AvroSerializer(
            self._registry(), json.dumps(SCHEMA), conf={"auto.register.schemas": False}
        )
        context = SerializationContext(self.topic, MessageField.VALUE)
        while not self.ended.wait(0.5):
            record = {"parcel_id": f"p-{self.written}", "moved_at_ms": _now_ms()}
            producer.produce(self.topic, serialize(record, context), partition=self.written % 2)
            producer.poll(0)
            self.written += 1
        producer.flush(5)

    def _read(self) -> None:
        while not self.ended.is_set():
            if self.reads.wait(0.5):
                self._read_until_told_to_stop()

    def _read_until_told_to_stop(self) -> None:
        consumer = Consumer(
            {
                "bootstrap.servers": self.site.kafka,
                "group.id": self.group,
                "client.id": f"{self.group}-1",
                "auto.offset.reset": "earliest",
                "auto.commit.interval.ms": 500,
            }
        )
        deserialize = AvroDeserializer(self._registry())
        consumer.subscribe([self.topic])
        try:
            while self.reads.is_set() and not self.ended.is_set():
                message = consumer.poll(0.2)
                if message is None or message.error() is not None:
                    continue
                context = SerializationContext(self.topic, MessageField.VALUE)
                self.read.append(deserialize(message.value(), context)["parcel_id"])
        finally:
            consumer.close()


def _now_ms() -> int:
    return int(time.time() * 1000)  # noqa: TID251  the writer is other people's software

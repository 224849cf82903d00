"""A mesh on the real broker: cluster, domain, policies, real programs and a way that can be cut."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from mesh.audit.principal import SYSTEM, Principal
from tests.broker import kafka_door as door
from tests.broker.gateway import Gateway
from tests.broker.programs import BEAT, WORKER, Program

TEXT = "Every change of an order from placed to delivered, one record for each step."
SCHEMA = {
    "type": "record",
    "name": "OrderChanged",
    "namespace": "shop.commerce",
    "fields": [
        {"name": "order_id", "type": "string", "doc": "The order's number."},
        {"name": "pieces", "type": "int", "doc": "Pieces ordered."},
    ],
}


@pytest.fixture
def gateway() -> Iterator[Gateway]:
    """The broker behind a door of the test's own."""
    gateway = Gateway(door.bootstrap())
    yield gateway
    gateway.close()


@pytest.fixture
def mesh(
    transactional_db: None, teams: dict[str, Any], people: dict[str, Principal]
) -> Iterator[dict[str, Any]]:
    """Environment prod, cluster demo on the real broker, domain commerce, every policy active."""
    from catalog.models import Domain
    from governance.actions import bootstrap
    from governance.management.commands.bootstrap import QUICKSTART_PARAMETERS
    from mesh.celery import app
    from streams.kafka.agent import close_all
    from streams.models import Cluster

    app.control.purge()  # hints of an earlier run name rows that are gone
    environment = bootstrap.set_up_environment("prod", "Production", "prod", by=SYSTEM)
    cluster = bootstrap.set_up_cluster("demo", environment, door.bootstrap(), by=SYSTEM)
    Cluster.objects.filter(pk=cluster.pk).update(sweep_interval_s=5)
    cluster.refresh_from_db()
    bootstrap.set_up_policies(QUICKSTART_PARAMETERS, by=SYSTEM)
    domain = Domain.objects.create(slug="commerce", name="Commerce")
    yield {"cluster": cluster, "environment": environment, "domain": domain, **teams}
    app.control.purge()
    close_all()


@pytest.fixture
def start(mesh: dict[str, Any], tmp_path: Path) -> Iterator[Callable[..., Program]]:
    """`start("worker")` or `start("beat")` runs that program on the test database until the end."""
    running: list[Program] = []
    words = {"worker": WORKER, "beat": BEAT}

    def run(role: str, **more: str) -> Program:
        log = tmp_path / f"{role}-{len(running)}.log"
        running.append(Program(words[role], role, log, more).start())
        return running[-1]

    yield run
    for program in reversed(running):
        program.stop()


@pytest.fixture
def topic_name() -> Iterator[str]:
    """A name nobody uses; the topic is dropped at the end if it was made."""
    name = f"commerce.orders.x{uuid.uuid4().hex[:10]}"
    yield name
    door.drop(name)


@pytest.fixture
def product_body() -> Callable[..., dict[str, Any]]:
    """`product_body(topic)` is a request for a whole product with a new topic."""

    def make(topic: str, slug: str = "orders") -> dict[str, Any]:
        return {
            "title": "Orders as a product",
            "reason": "Checkout goes live in March.",
            "items": items(topic, slug),
        }

    return make


def items(topic: str, slug: str) -> list[dict[str, Any]]:
    """Topic, schema, product, port, promise and activation."""
    subject = f"{topic}-value"
    configs = {"retention.ms": "604800000", "cleanup.policy": "delete"}
    about = {
        "name": slug.capitalize(), "team": "orders-team", "domain": "commerce", "purpose": TEXT,
        "usage": TEXT, "limitations": TEXT, "tier": "silver",
    }  # fmt: skip
    promise = {"property": "freshness", "value": 30, "unit": "s"}
    rows: list[tuple[str, dict[str, Any], dict[str, Any]]] = [
        ("topic.create", {"cluster": "demo", "topic": topic},
         {"partitions": 3, "replication_factor": 1, "configs": configs}),
        ("schema.register", {"subject": subject}, {"schema": SCHEMA}),
        ("product.create", {"product": slug}, about),
        ("port.create", {"product": slug, "port": "changes"},
         {"topic": topic, "cluster": "demo", "value_subjects": [subject]}),
        ("promise.set", {"product": slug, "port": "changes"}, {"promises": [promise]}),
        ("lifecycle.activate", {"product": slug}, {}),
    ]  # fmt: skip
    return [{"kind": kind, "object": target, "desired": wanted} for kind, target, wanted in rows]

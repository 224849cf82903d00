"""What a dead broker and a killed worker leave behind: named, resolved, and done once."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from catalog.models import DataProduct
from governance.actions.retrying import read_again
from governance.models import ApplyAttempt
from mesh.audit.models import Job
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.tasks import publish
from streams.models import Cluster
from tests.broker import kafka_door as door
from tests.broker.gateway import CREATE_TOPICS, Gateway
from tests.broker.programs import Program
from tests.broker.test_end_to_end_worker import approve, ask, reached

pytestmark = [
    pytest.mark.broker,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(240),
]
Start = Callable[..., Program]
Body = Callable[..., dict[str, Any]]


@pytest.fixture
def behind(mesh: dict[str, Any], gateway: Gateway) -> Gateway:
    """The cluster is reached through the door that the test can close."""
    Cluster.objects.filter(pk=mesh["cluster"].pk).update(
        settings={"bootstrap.servers": gateway.address}
    )
    return gateway


def apply_job() -> Job:
    return Job.objects.get(kind="governance.apply")


def reap_after_lease() -> None:
    """What the reaper does once the dead worker's lease ran out."""
    past = database_now() - timedelta(seconds=1)
    Job.objects.filter(kind="governance.apply", state="running").update(lease_until=past)
    Job.objects.filter(kind="governance.apply", state="waiting").update(due_at=past)
    publish("audit.reap", ())


def test_a_broker_that_is_dead_at_apply_is_named_and_nothing_is_tried(
    behind: Gateway, people: dict[str, Principal], start: Start, topic_name: str, product_body: Body
) -> None:
    worker = start("worker")
    number = ask(product_body(topic_name), people["engineer"])
    request = reached(number, "awaiting_approval")
    behind.close()
    approve(request, people["owner"])
    waiting = door.until(lambda: apply_job() if apply_job().steps else None, 60)
    assert waiting.steps[-1]["state"] == "waiting", worker.said
    assert "demo" in waiting.steps[-1]["label"]
    request.refresh_from_db()
    assert request.state == "approved"
    assert not ApplyAttempt.objects.exists()
    behind.open()
    time.sleep(6)  # the door that a client found closed is left alone for one sweep interval
    reap_after_lease()
    assert reached(number, "applied", "failed", "outcome_unknown").state == "applied"
    assert behind.forwarded[CREATE_TOPICS] == 1


def test_a_worker_killed_in_its_call_leaves_an_unknown_outcome_that_is_resolved_once(
    behind: Gateway, people: dict[str, Principal], start: Start, topic_name: str, product_body: Body
) -> None:
    worker = start("worker")
    number = ask(product_body(topic_name), people["engineer"])
    request = reached(number, "awaiting_approval")
    behind.swallow = CREATE_TOPICS
    approve(request, people["owner"])
    assert behind.swallowed.wait(60), worker.said
    worker.kill()
    behind.close()
    assert apply_job().state == "running"
    assert ApplyAttempt.objects.get().ended_at is None

    start("worker")
    reap_after_lease()
    unknown = reached(number, "outcome_unknown", "failed", "applied")
    assert unknown.state == "outcome_unknown"
    failure = unknown.failure or {}
    assert failure["step"].startswith("create topic")
    assert "does not answer" in failure["reason"] and failure["remedy"]
    assert ApplyAttempt.objects.get().outcome == "lost"
    assert not DataProduct.objects.filter(slug="orders").exists()

    behind.open()
    time.sleep(6)
    read_again(number, by=people["engineer"])
    resolved = reached(number, "applied", "failed")
    assert resolved.state == "applied", resolved.failure
    assert behind.forwarded[CREATE_TOPICS] == 1
    assert DataProduct.objects.get(slug="orders").lifecycle == "active"


def test_a_worker_killed_after_its_call_is_followed_by_one_that_finds_the_topic_made(
    behind: Gateway, people: dict[str, Principal], start: Start, topic_name: str, product_body: Body
) -> None:
    worker = start("worker")
    number = ask(product_body(topic_name), people["engineer"])
    request = reached(number, "awaiting_approval")
    behind.mute = CREATE_TOPICS
    approve(request, people["owner"])
    door.until(lambda: door.topic_id(topic_name), 60)
    worker.kill()
    assert ApplyAttempt.objects.get().ended_at is None

    start("worker")
    reap_after_lease()
    request = reached(number, "applied", "failed", "outcome_unknown")
    assert request.state == "applied", request.failure
    assert behind.forwarded[CREATE_TOPICS] == 1
    attempt = ApplyAttempt.objects.get()
    assert (attempt.number, attempt.outcome) == (1, "lost")
    assert attempt.item.origin == "adopted"
    assert apply_job().fence == 2

"""From a request to a live product with a real prefork worker, a real broker and real hints."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import DataProduct, Promise
from governance.actions import decisions, requests
from governance.errors import FourEyes, PlanStale
from governance.models import ApplyAttempt, ChangeRequest, Verification
from mesh.audit.models import AuditEvent, WorkerHeartbeat
from mesh.audit.principal import Principal
from streams.kafka import read
from streams.kafka.results import Known
from streams.models import Sweep, Topic
from tests.broker import kafka_door as door
from tests.broker.programs import Program

pytestmark = [
    pytest.mark.broker,
    pytest.mark.django_db(transaction=True),
    pytest.mark.timeout(180),
]
Start = Callable[..., Program]
Body = Callable[..., dict[str, Any]]
WAIT_S = 60.0
RESTING = ("checks_failed", "failed", "partially_applied", "declined", "applied")


def ask(body: dict[str, Any], by: Principal) -> int:
    """Draft and submit a request; its number."""
    request = requests.create_request(body, by=by)
    requests.submit(request.pk, by=by)
    return request.pk


def reached(number: int, *states: str) -> ChangeRequest:
    """The request once it is in one of the states; where it stands is said when it never comes there."""
    until = time.monotonic() + WAIT_S
    while True:
        request = ChangeRequest.objects.get(pk=number)
        if request.state in states:
            return request
        if request.state in RESTING or time.monotonic() > until:
            raise AssertionError(f"it is {request.state}: {request.failure}")
        time.sleep(0.1)


def approve(request: ChangeRequest, by: Principal) -> None:
    decisions.approve(
        request.pk, by=by, plan_hash=request.plan_hash, revision=request.revision, reason="Agreed."
    )


def test_a_sweep_of_the_worker_lands_in_the_database(mesh: dict[str, Any], start: Start) -> None:
    name = door.make_topic("swept", partitions=2)
    start("worker")
    start("beat")
    topic = door.until(lambda: Topic.objects.filter(name=name).first(), WAIT_S)
    assert (topic.cluster, topic.partitions, topic.kafka_topic_id) == (
        mesh["cluster"],
        2,
        door.topic_id(name),
    )
    sweep = door.until(lambda: Sweep.objects.filter(outcome="done").first(), WAIT_S)
    assert set(sweep.coverage.values()) == {1.0}
    beating = door.until(lambda: WorkerHeartbeat.objects.filter(queue="streams").first(), WAIT_S)
    assert beating.worker
    door.drop(name)


def test_a_request_becomes_a_live_product_after_somebody_else_approved(
    mesh: dict[str, Any],
    people: dict[str, Principal],
    start: Start,
    topic_name: str,
    product_body: Body,
) -> None:
    start("worker")
    number = ask(product_body(topic_name), people["owner"])
    request = reached(number, "awaiting_approval", "checks_failed")
    assert request.state == "awaiting_approval", request.failure
    assert door.topic_id(topic_name) is None
    with pytest.raises(FourEyes):
        approve(request, people["owner"])
    assert AuditEvent.objects.filter(action="vote_refused", outcome="refused").count() == 1
    approve(request, people["second_owner"])
    request = reached(number, "applied", "failed", "partially_applied", "outcome_unknown")
    assert request.state == "applied", request.failure
    product = DataProduct.objects.get(slug="orders")
    assert product.lifecycle == "active"
    assert Promise.objects.get().words
    _assert_topic_stands(topic_name)
    assert Verification.objects.filter(item__request=request, equal=True).count() == 6
    attempt = ApplyAttempt.objects.get()
    assert (attempt.call, attempt.outcome) == ("topic.create", "ok")


def _assert_topic_stands(name: str) -> None:
    detail = read.topic_details(door.connection(), [name])[name]
    configs = read.configs(door.connection(), [name])[name]
    assert isinstance(detail, Known) and isinstance(configs, Known)
    assert len(detail.value.partitions) == 3
    assert configs.value.dynamic == {"retention.ms": "604800000", "cleanup.policy": "delete"}
    row = Topic.objects.get(name=name)
    assert (row.origin, row.kafka_topic_id) == ("applied", detail.value.topic_id)


def test_a_vote_for_an_older_plan_is_refused(
    mesh: dict[str, Any],
    people: dict[str, Principal],
    start: Start,
    topic_name: str,
    product_body: Body,
) -> None:
    start("worker")
    body = product_body(topic_name)
    number = ask(body, people["engineer"])
    seen = reached(number, "awaiting_approval")
    body["items"][0]["desired"]["partitions"] = 6
    requests.edit_request(
        number, {"items": body["items"]}, by=people["engineer"], revision=seen.revision
    )
    requests.submit(number, by=people["engineer"])
    renewed = reached(number, "awaiting_approval")
    assert renewed.plan_hash != seen.plan_hash
    with pytest.raises(PlanStale):
        approve(seen, people["owner"])
    assert door.topic_id(topic_name) is None
    assert ChangeRequest.objects.get(pk=number).state == "awaiting_approval"


def test_a_topic_that_somebody_made_meanwhile_is_never_overwritten(
    mesh: dict[str, Any],
    people: dict[str, Principal],
    start: Start,
    topic_name: str,
    product_body: Body,
) -> None:
    from streams.kafka import provision

    worker = start("worker")
    number = ask(product_body(topic_name), people["engineer"])
    request = reached(number, "awaiting_approval")
    worker.stop()
    approve(request, people["owner"])
    provision.create_topic(door.connection(), topic_name, partitions=1, replication_factor=1)
    door.until(lambda: door.topic_id(topic_name))
    start("worker")
    start("beat")
    held = reached(number, "awaiting_approval", "checks_failed", "applied", "failed")
    assert held.state in ("awaiting_approval", "checks_failed"), held.failure
    assert held.failure and "exists with other settings" in held.failure["reason"], held.failure
    assert not ApplyAttempt.objects.exists()
    assert not DataProduct.objects.filter(slug="orders").exists()

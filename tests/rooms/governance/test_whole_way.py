"""A product from request to live: drafted, planned, approved by another person, applied, read back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import DataProduct, Port, Promise
from governance.models import ApplyAttempt, ChangeRequest, DesiredState, Reservation, Verification
from mesh.audit.models import AuditEvent, OutboxEvent
from mesh.people.models import ObjectScope
from schemas.models import SchemaVersion
from streams.models import Topic
from tests.rooms.governance.conftest import FakeBroker, product_items

pytestmark = pytest.mark.django_db
Make = Callable[..., ChangeRequest]
Work = Callable[[], list[str]]


def test_product_goes_live_after_somebody_else_approved(
    submitted: Make, vote: Make, work: Work, broker: FakeBroker
) -> None:
    request = submitted(*product_items())
    assert request.state == "awaiting_approval", request.failure
    assert broker.calls == []
    vote(request, "owner")
    assert request.state == "approved"
    assert work() == ["governance.apply"]
    request.refresh_from_db()
    assert request.state == "applied", request.failure
    product = DataProduct.objects.get(slug="orders")
    assert (product.lifecycle, request.product) == ("active", product)
    assert Port.objects.get(product=product).lifecycle == "active"
    assert Promise.objects.get().words
    assert broker.calls == ["topic.create"]
    assert set(request.items.values_list("state", flat=True)) == {"verified"}


def test_what_was_read_back_is_recorded(submitted: Make, vote: Make, work: Work) -> None:
    vote(submitted(*product_items()), "owner")
    work()
    topic = Topic.objects.get(name="commerce.orders.changes")
    assert (topic.origin, topic.kafka_topic_id, topic.partitions) == ("applied", "id-1", 3)
    assert topic.configs["retention.ms"]["value"] == "604800000"
    assert DesiredState.objects.get(topic=topic).verified_at is not None
    assert Verification.objects.filter(equal=True).count() == 6
    attempt = ApplyAttempt.objects.get()
    assert (attempt.outcome, attempt.number, attempt.call) == ("ok", 1, "topic.create")
    version = SchemaVersion.objects.get()
    assert version.request_number == attempt.item.request_id
    assert ObjectScope.objects.filter(kind="subject", team__slug="orders-team").exists()


def test_every_step_stands_in_the_trail(submitted: Make, vote: Make, work: Work) -> None:
    request = vote(submitted(*product_items()), "owner")
    work()
    said = list(
        AuditEvent.objects.filter(request_number=request.pk, room="governance").values_list(
            "action", flat=True
        )
    )
    for action in (
        "request_created",
        "request_submit",
        "request_planned",
        "request_voted",
        "request_quorum",
    ):
        assert said.count(action) == 1, said
    assert said.count("item_verified") == 6
    assert said[-1] == "request_verify"
    assert OutboxEvent.objects.filter(name="request_verify").count() == 1


def test_names_are_free_again_afterwards(submitted: Make, vote: Make, work: Work) -> None:
    request = submitted(*product_items())
    assert Reservation.objects.count() == 3
    vote(request, "owner")
    work()
    assert not Reservation.objects.exists()


def test_same_request_again_changes_nothing(
    submitted: Make, vote: Make, work: Work, broker: FakeBroker
) -> None:
    vote(submitted(*product_items()), "owner")
    work()
    items: list[dict[str, Any]] = product_items()
    again = submitted(items[0], items[1], items[3], items[4], items[5])
    assert all("noop" in line["flags"] for line in again.plan), again.plan
    if again.state == "awaiting_approval":
        vote(again, "owner")
    work()
    again.refresh_from_db()
    assert again.state == "applied"
    assert broker.calls == ["topic.create"]
    assert SchemaVersion.objects.count() == 1


def test_running_the_job_twice_acts_once(
    submitted: Make, vote: Make, work: Work, broker: FakeBroker
) -> None:
    from mesh.audit.models import Job

    request = vote(submitted(*product_items()), "owner")
    work()
    Job.objects.filter(kind="governance.apply").update(
        state="waiting", lease_until=None, attempts=0
    )
    work()
    request.refresh_from_db()
    assert request.state == "applied"
    assert broker.calls == ["topic.create"]

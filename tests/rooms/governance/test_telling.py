"""A request is told to those whose vote counts, and what became of it to whoever asked."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from governance.actions import decisions, requests
from governance.models import ChangeRequest
from governance.telling import BECAME
from mesh.audit.fanout import fan_out
from mesh.audit.models import OutboxEvent
from mesh.audit.principal import Principal
from mesh.people.models import Notification
from tests.rooms.governance.conftest import product_items

pytestmark = pytest.mark.django_db
Make = Callable[..., ChangeRequest]


def told(family: str) -> set[str]:
    fan_out()
    return set(Notification.objects.filter(family=family).values_list("user__login", flat=True))


@pytest.fixture
def request_(submitted: Make) -> ChangeRequest:
    request = submitted(*product_items(), by="engineer")
    assert request.state == "awaiting_approval", request.failure
    return request


def test_only_those_whose_vote_counts_are_asked(request_: ChangeRequest) -> None:
    heard = told("decision")
    assert {"owner", "second-owner"} <= heard
    assert not heard & {"engineer", "reader", "consumer"}
    line = Notification.objects.filter(user__login="owner").get()
    assert line.href == f"/governance/requests/{request_.pk}"
    assert line.why == "your vote counts for it"


def test_nobody_is_asked_for_what_is_decided_already(
    request_: ChangeRequest, people: dict[str, Principal]
) -> None:
    requests.withdraw(request_.pk, by=people["engineer"])
    assert told("decision") == set()


def test_the_requester_hears_what_became_of_it(
    request_: ChangeRequest, people: dict[str, Principal]
) -> None:
    request_.refresh_from_db()
    decisions.decline(
        request_.pk, by=people["owner"], plan_hash=request_.plan_hash, revision=request_.revision,
        reason="It overlaps with orders, please extend that.",
    )  # fmt: skip
    assert told("request") == {"engineer"}
    assert "Declined" in Notification.objects.get(family="request").words


def test_a_comment_is_told_unless_it_is_ones_own(
    request_: ChangeRequest, people: dict[str, Principal]
) -> None:
    requests.comment(request_.pk, "I will look today.", by=people["engineer"])
    assert told("request") == set()
    requests.comment(request_.pk, "Why a new topic?", by=people["owner"])
    assert told("request") == {"engineer"}


def test_an_own_answer_does_not_swallow_the_comment_before_it(
    request_: ChangeRequest, people: dict[str, Principal]
) -> None:
    """Both are handed over together when they come within a moment."""
    requests.comment(request_.pk, "Why a new topic?", by=people["owner"])
    requests.comment(request_.pk, "The old one is compacted.", by=people["engineer"])
    assert told("request") == {"engineer"}


def test_every_state_that_is_told_is_really_announced(
    request_: ChangeRequest, people: dict[str, Principal], work: Any
) -> None:
    """The names of the table are those that moves write."""
    from governance.policy.states import Event

    assert {name.removeprefix("request_") for name in BECAME if name != "plan_changed"} <= {
        event.value for event in Event
    }
    names = set(OutboxEvent.objects.values_list("name", flat=True))
    assert {"approval_wanted", "request_planned"} <= names

"""Votes: four eyes, plans that move, races for the last slot."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection

from governance.actions import decisions, requests
from governance.errors import FourEyes, NotAnApprover, PlanStale, RequestState, SessionOnly
from governance.models import Approval, ChangeRequest
from governance.planning.behind import behind_calls
from governance.tasks import replan_subject
from mesh.audit.models import Job
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.errors import MeshError, NotAllowed
from mesh.people.models import Membership
from schemas.actions import register_version, set_level
from schemas.models import Subject
from tests.rooms.governance.conftest import FakeBroker, product_items, schema_item, topic_item

pytestmark = pytest.mark.django_db
Make = Callable[..., ChangeRequest]


def cast(request: ChangeRequest, by: Principal) -> ChangeRequest:
    request.refresh_from_db()
    return decisions.approve(
        request.pk, by=by, plan_hash=request.plan_hash, revision=request.revision
    )


def test_requester_never_approves_whatever_the_role(
    submitted: Make, people: dict[str, Principal]
) -> None:
    for who in ("owner", "steward"):
        request = submitted(*product_items(who, f"commerce.{who}.changes"), by=who)
        assert request.state == "awaiting_approval", request.failure
        with pytest.raises(FourEyes):
            cast(request, people[who])


def test_editor_joins_the_requester_set(
    submitted: Make, people: dict[str, Principal], work: Any
) -> None:
    request = submitted(*product_items())
    requests.edit_request(
        request.pk, {"title": "Better words"}, by=people["owner"], revision=request.revision
    )
    requests.submit(request.pk, by=people["engineer"])
    work()
    with pytest.raises(FourEyes):
        cast(request, people["owner"])
    cast(request, people["second_owner"])
    request.refresh_from_db()
    assert request.state == "approved"


def test_key_of_the_same_person_is_the_same_person(
    submitted: Make, people: dict[str, Principal]
) -> None:
    from dataclasses import replace

    by_key = replace(
        people["second_owner"], scopes=frozenset({"governance:request"}), auth_method="api_key"
    )
    request = submitted(*product_items())
    with pytest.raises((SessionOnly, NotAllowed)):
        cast(request, by_key)


def test_service_accounts_never_vote(submitted: Make, robot: Principal) -> None:
    with pytest.raises((SessionOnly, NotAllowed)):
        cast(submitted(*product_items()), robot)


def test_one_vote_per_plan_and_person(
    submitted: Make, people: dict[str, Principal], vote: Any
) -> None:
    request = vote(submitted(*product_items()), "owner")
    with pytest.raises(RequestState):
        cast(request, people["owner"])
    assert Approval.objects.count() == 1


def test_approver_who_lost_the_role_does_not_count_at_apply(
    submitted: Make, people: dict[str, Principal], vote: Any, work: Any, broker: FakeBroker
) -> None:
    request = vote(submitted(*product_items()), "owner")
    Membership.objects.filter(user_id=people["owner"].user_pk).delete()
    work()
    request.refresh_from_db()
    assert request.state == "awaiting_approval"
    assert broker.calls == []


def test_live_state_that_moved_voids_the_votes(
    submitted: Make, people: dict[str, Principal], vote: Any, work: Any, broker: FakeBroker
) -> None:
    from governance.planning.live import LiveTopic

    request = vote(submitted(*product_items()), "owner")
    old = request.plan_hash
    broker.topics["commerce.orders.changes"] = LiveTopic(
        "foreign", 3, 1, {"retention.ms": "604800000"}
    )
    work()
    request.refresh_from_db()
    assert request.state == "awaiting_approval"
    assert request.plan_hash != old
    assert Approval.objects.get().void_reason
    assert request.failure is not None and "another live state" in request.failure["changes"][0]
    with pytest.raises(PlanStale):
        decisions.approve(request.pk, by=people["owner"], plan_hash=old, revision=request.revision)
    vote(request, "owner")
    work()
    request.refresh_from_db()
    assert request.state == "applied"
    assert broker.calls == []


def waiting_change(submitted: Make, vote: Any, work: Any) -> tuple[str, ChangeRequest]:
    """A subject that stands, and a request for its next version that waits for votes."""
    vote(submitted(*product_items()), "owner")
    work()
    wider = {"type": "record", "name": "OrderChanged", "fields": [
        {"name": "order_id", "type": "string", "doc": "The order's number."},
        {"name": "channel", "type": "string", "default": "SHOP", "doc": "Where it was placed."}]}  # fmt: skip
    name = "commerce.orders.changes-value"
    waiting = submitted(schema_item(name, schema=wider), product="orders")
    assert waiting.state == "awaiting_approval", waiting.failure
    return name, waiting


def test_new_version_of_the_subject_makes_a_new_plan(submitted: Make, vote: Any, work: Any) -> None:
    name, waiting = waiting_change(submitted, vote, work)
    old = waiting.plan_hash
    other = '{"type":"record","name":"OrderChanged","fields":[{"name":"order_id","type":"string","doc":"Number."}]}'
    register_version(name, other, by=SYSTEM)
    replan_subject(Subject.objects.get(name=name).pk)
    work()
    waiting.refresh_from_db()
    assert waiting.state == "awaiting_approval"
    assert waiting.plan_hash != old


def test_a_lost_wake_up_leaves_no_plan_stale_and_a_second_one_voids_no_vote(
    submitted: Make, vote: Any, work: Any
) -> None:
    """The receiver's hint may be lost with a worker: the scheduler finds the plan within a minute."""
    name, wide = waiting_change(submitted, vote, work)
    assert behind_calls(0) == []
    subject = Subject.objects.get(name=name)
    replan_subject(subject.pk)
    wide.refresh_from_db()
    assert wide.state == "awaiting_approval"  # its plan starts from the live version
    old, revision = wide.plan_hash, wide.revision
    set_level(name, "FULL_TRANSITIVE", by=SYSTEM)
    (call,) = behind_calls(0)
    assert call == (subject.pk,)
    replan_subject(*call)
    work()
    wide.refresh_from_db()
    assert (wide.state, wide.plan_hash != old) == ("awaiting_approval", True)
    assert wide.revision > revision and behind_calls(0) == []


def test_personal_data_shown_for_the_first_time_takes_a_governor(
    submitted: Make, vote: Any
) -> None:
    items = product_items()
    items[1]["desired"]["schema"] = {
        "type": "record", "name": "OrderChanged", "fields": [
            {"name": "email", "type": "string", "doc": "Of the buyer.", "classification": "personal"}]}  # fmt: skip
    request = vote(submitted(*items), "owner")
    assert request.state == "awaiting_approval"
    assert vote(request, "governor").state == "approved"


def test_other_environments_approve_themselves(submitted: Make, mesh: Any, work: Any) -> None:
    from streams.models import Environment

    environment = Environment.objects.create(slug="test", name="Test", kind="non_prod")
    mesh["cluster"].environment = environment
    mesh["cluster"].save(update_fields=["environment"])
    request = submitted(topic_item(), environment="test")
    request.refresh_from_db()
    assert request.state == "applied", request.failure
    assert Approval.objects.get().person_label == "system:auto"


@pytest.mark.django_db(transaction=True)
def test_sixteen_threads_make_one_transition_and_one_job(
    submitted: Make, people: dict[str, Principal]
) -> None:
    request = submitted(*product_items())
    start, refused = threading.Barrier(16), []

    def run(place: int) -> None:
        who = people["owner"] if place % 2 else people["second_owner"]
        start.wait(10)
        try:
            decisions.approve(
                request.pk, by=who, plan_hash=request.plan_hash, revision=request.revision
            )
        except MeshError as error:
            refused.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    request.refresh_from_db()
    assert request.state == "approved"
    assert len(refused) == 15
    assert all(isinstance(error, RequestState | NotAnApprover) for error in refused)
    assert Approval.objects.count() == 1
    assert Job.objects.filter(kind="governance.apply").count() == 1

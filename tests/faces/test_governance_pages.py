"""Pages of the governance room: each renders in its states, and decisions are made there."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from catalog.models import DataProduct
from governance.models import Approval, ChangeRequest
from mesh.audit.models import AuditEvent
from mesh.people.models import ApiKey
from tests.rooms.governance.conftest import (  # noqa: F401
    SCHEMA,
    FakeBroker,
    broker,
    mesh,
    product_items,
    schema_item,
    submitted,
    topic_item,
    vote,
    work,
)

pytestmark = pytest.mark.django_db
PATHS = (
    "/",
    "/governance/inbox",
    "/governance/inbox?tab=all",
    "/governance/policies",
    "/audit",
    "/developer",
)


def test_every_page_renders_for_everybody_who_may(
    mesh: Any, people: Any, sign_in: Any, subtests: pytest.Subtests
) -> None:
    for who in ("owner", "reader", "governor", "steward"):
        client = sign_in(people[who])
        for path in PATHS:
            with subtests.test(who=who, path=path):
                answer = client.get(path)
                expected = 403 if path == "/audit" and who == "reader" else 200
                assert answer.status_code == expected, answer.content[-2000:]


def test_pages_with_a_live_product_and_a_waiting_request(
    submitted: Any, vote: Any, work: Any, people: Any, sign_in: Any, subtests: pytest.Subtests
) -> None:
    vote(submitted(*product_items()), "owner")
    work()
    submitted(topic_item("commerce.orders.returns"), team="orders-team")
    client = sign_in(people["owner"])
    for path in PATHS:
        with subtests.test(path=path):
            assert client.get(path).status_code == 200
    home = client.get("/").content
    assert b"1 decision waits on you." in home
    assert b"Orders" in home or b"orders" in home


def test_anonymous_visitors_are_sent_to_the_log_in(client: Client, mesh: Any) -> None:
    answer = client.get("/")
    assert (answer.status_code, answer["Location"]) == (302, "/login?next=%2F")


def test_a_product_shows_what_is_asked_for_it_while_it_is_open(
    submitted: Any, vote: Any, work: Any, people: Any, sign_in: Any
) -> None:
    vote(submitted(*product_items()), "owner")
    work()
    client = sign_in(people["owner"])
    assert "In motion" not in client.get("/products/orders").content.decode()
    asked = submitted(topic_item(partitions=6), product="orders")
    text = client.get("/products/orders").content.decode()
    assert "In motion" in text
    assert f'href="/governance/requests/{asked.number}"' in text
    decide(sign_in(people["engineer"]), asked, "withdraw")
    assert "In motion" not in client.get("/products/orders").content.decode()


def test_the_trail_speaks_in_words_and_is_narrowed_by_them(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    submitted(*product_items())
    client = sign_in(people["governor"])
    text = client.get("/audit").content.decode()
    assert "Request created" in text and "change request" in text
    assert "request_created" not in text and "changerequest" not in text
    narrowed = client.get("/audit?action=Request+created").content.decode()
    assert "Request created" in narrowed and "Request planned" not in narrowed
    assert "Request created" in client.get("/audit?action=request_created").content.decode()


def page_of(client: Any, request: ChangeRequest) -> str:
    answer = client.get(f"/governance/requests/{request.pk}")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("value", ["²", "--5", "9" * 5000, str(2**63 - 1)])
def test_a_setting_that_is_no_number_is_shown_as_it_was_written(
    submitted: Any, people: Any, sign_in: Any, value: str
) -> None:
    asked = submitted(topic_item(configs={"retention.ms": value}))
    assert value[:100] in page_of(sign_in(people["owner"]), asked)


def test_review_says_what_changes_and_who_must_agree(
    submitted: Any,
    people: Any,
    sign_in: Any,
) -> None:
    request = submitted(*product_items())
    text = page_of(sign_in(people["owner"]), request)
    assert "6 changes, and no reader is hit." in text
    assert "The owner or the domain steward of Orders" in text
    assert 'name="decision" value="approve"' in text
    assert request.plan_hash in text


def test_requester_sees_why_there_is_no_button(submitted: Any, people: Any, sign_in: Any) -> None:
    request = submitted(*product_items())
    text = page_of(sign_in(people["engineer"]), request)
    assert "You asked for this or edited it; somebody else must decide." in text
    assert 'value="approve"' not in text
    assert 'value="withdraw"' in text


def decide(client: Any, request: ChangeRequest, decision: str, **members: Any) -> Any:
    request.refresh_from_db()
    body = {
        "decision": decision,
        "plan_hash": request.plan_hash,
        "revision": request.revision,
        **members,
    }
    return client.post(f"/governance/requests/{request.pk}", body)


def test_owner_approves_in_the_web_and_the_product_goes_live(
    submitted: Any,
    people: Any,
    sign_in: Any,
    work: Any,
) -> None:
    request = submitted(*product_items())
    client = sign_in(people["owner"])
    assert decide(client, request, "approve").status_code == 302
    work()
    request.refresh_from_db()
    assert request.state == "applied"
    text = page_of(client, request)
    assert "Create topic" in text and "Item verified: open port orders/changes" in text
    assert "New topic" in text and "Made active" in text and "steps of applying" in text
    assert "retention_ms" not in text and "value_subjects" not in text
    assert '<a href="/products/orders">Orders</a>' in client.get("/subjects").content.decode()
    assert not re.search(r"\b(topic|schema|product|port|promise)\.[a-z]+\b", text)
    assert "Applied and read back: 6 of 6 stand as wanted." in text
    assert "as wanted" in text
    assert DataProduct.objects.get().lifecycle == "active"


@pytest.mark.parametrize("decision", ["approve", "decline"])
def test_whoever_asked_reads_why_their_vote_does_not_count(
    submitted: Any, people: Any, sign_in: Any, decision: str
) -> None:
    request = submitted(*product_items())
    answer = decide(
        sign_in(people["engineer"]), request, decision, reason="I am sure that this is right."
    )
    assert answer.status_code == 403
    assert "You asked for this or edited it; somebody else must decide." in answer.content.decode()
    assert not Approval.objects.exists()
    assert AuditEvent.objects.filter(outcome="refused", request_number=request.pk).exists()


def test_a_revision_that_is_no_number_is_one_nobody_saw(
    submitted: Any, people: Any, sign_in: Any, subtests: pytest.Subtests
) -> None:
    request = submitted(*product_items())
    client = sign_in(people["owner"])
    for revision in ("²", "", "-1", "x", "9" * 40):
        with subtests.test(revision=revision):
            answer = decide(client, request, "approve", revision=revision, reason="Yes!")
            assert answer.status_code == 412
            assert "This request moved since you opened it." in answer.content.decode()
            assert re.search(r">\s*Yes!</textarea>", answer.content.decode())
    assert not Approval.objects.exists()


def test_a_button_of_a_page_that_is_behind_does_nothing(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    """Withdrawing what somebody edited meanwhile would take back something nobody read."""
    request = submitted(*product_items())
    client = sign_in(people["engineer"])
    shown = re.search(r'name="revision" value="(\d+)"', page_of(client, request))
    assert shown is not None and int(shown[1]) == request.revision
    ChangeRequest.objects.update(revision=request.revision + 1)
    path = f"/governance/requests/{request.pk}"
    late = client.post(path, {"decision": "withdraw", "revision": shown[1]})
    assert late.status_code == 412
    assert "This request moved since you opened it." in late.content.decode()
    assert ChangeRequest.objects.get().state == "awaiting_approval"


def test_numbers_in_addresses_are_ascii(mesh: Any, people: Any, sign_in: Any) -> None:
    client = sign_in(people["auditor"])
    for path in ("/audit?request=²", "/api/v1/audit-events?request=²"):
        assert client.get(path).status_code == 200
    answer = sign_in(people["owner"]).post("/developer", {"label": "mine", "days": "²"})
    assert (answer.status_code, ApiKey.objects.count()) == (422, 0)


def test_vote_for_a_plan_that_changed_shows_the_new_one(
    submitted: Any,
    people: Any,
    sign_in: Any,
) -> None:
    request = submitted(*product_items())
    client = sign_in(people["owner"])
    answer = decide(client, request, "approve", plan_hash="0" * 64)
    assert answer.status_code == 409
    assert "The plan changed since you opened it." in answer.content.decode()
    assert request.plan_hash in answer.content.decode()
    assert not Approval.objects.exists()


def test_own_request_cannot_be_approved_and_the_attempt_is_kept(
    submitted: Any,
    people: Any,
    sign_in: Any,
) -> None:
    request = submitted(*product_items(), by="owner")
    answer = decide(sign_in(people["owner"]), request, "approve")
    assert answer.status_code == 403
    refused = AuditEvent.objects.get(action="vote_refused")
    assert (refused.outcome, refused.request_number) == ("refused", request.pk)


def test_decline_needs_a_reason_and_keeps_what_was_typed(
    submitted: Any,
    people: Any,
    sign_in: Any,
) -> None:
    request = submitted(*product_items())
    client = sign_in(people["owner"])
    answer = decide(client, request, "decline", reason="no")
    assert answer.status_code == 422
    assert re.search(r">\s*no</textarea>", answer.content.decode())
    assert decide(client, request, "decline", reason="Use the existing topic.").status_code == 302
    request.refresh_from_db()
    assert request.state == "declined"
    assert "Use the existing topic." in page_of(client, request)


def test_policy_that_blocks_is_named_with_its_remedy(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    request = submitted(topic_item("Bad-Name"), topic_item("commerce.wide", partitions=400))
    assert request.state == "checks_failed"
    text = page_of(sign_in(people["engineer"]), request)
    assert "asks for 400 partitions" in text
    assert "topic.name-pattern" in text
    assert "Choose a number in the range." in text


def test_discussion_is_kept_in_order(submitted: Any, people: Any, sign_in: Any) -> None:
    request = submitted(*product_items())
    client = sign_in(people["consumer"])
    decide(client, request, "comment", words="Will it carry the channel?")
    assert "“Will it carry the channel?”" in page_of(client, request)
    blank = decide(client, request, "comment", words="Kept\x07words")
    assert (blank.status_code, "Kept" in blank.content.decode()) == (422, True)


def test_progress_fragment_ends_when_the_work_ends(
    submitted: Any, people: Any, sign_in: Any
) -> None:
    request = submitted(*product_items())
    answer = sign_in(people["owner"]).get(f"/governance/_/progress/{request.pk}")
    assert answer["X-Final"] == "true"
    ChangeRequest.objects.filter(pk=request.pk).update(state="applying")
    answer = sign_in(people["owner"]).get(f"/governance/_/progress/{request.pk}")
    assert "X-Final" not in answer


def test_unknown_request_is_a_page_not_an_error(mesh: Any, people: Any, sign_in: Any) -> None:
    assert sign_in(people["owner"]).get("/governance/requests/999").status_code == 404


def test_policy_page_names_who_does_not_follow_it(
    submitted: Any,
    vote: Any,
    work: Any,
    people: Any,
    sign_in: Any,
) -> None:
    from governance.actions.judging import judge_product
    from mesh.audit.principal import SYSTEM

    vote(submitted(*product_items()), "owner")
    work()
    product = DataProduct.objects.get()
    DataProduct.objects.filter(pk=product.pk).update(usage="Read it.", tier="gold")
    judge_product(product.pk, by=SYSTEM)
    text = (
        sign_in(people["reader"]).get("/governance/policies/product.description").content.decode()
    )
    assert "usage has 8 characters" in text
    assert "orders" in text
    assert sign_in(people["reader"]).get("/governance/policies/no.such").status_code == 404


def test_key_is_shown_once_and_can_be_revoked(mesh: Any, people: Any, sign_in: Any) -> None:
    client = sign_in(people["owner"])
    answer = client.post(
        "/developer",
        {"what": "create", "label": "laptop", "days": "30", "scopes": ["catalog:read"]},
    )
    key = ApiKey.objects.get()
    assert answer.status_code == 201
    assert f"trb_{key.key_id}_" in answer.content.decode()
    assert f"trb_{key.key_id}_" not in client.get("/developer").content.decode()
    assert client.post("/developer", {"what": "revoke", "key_id": key.key_id}).status_code == 302
    key.refresh_from_db()
    assert key.revoked_at is not None


@pytest.mark.parametrize(
    "posted",
    [
        {"label": "", "days": "30"},
        {"label": "x", "days": "forever"},
        {"label": "x", "days": "9999"},
        {"label": "x", "days": "30", "scopes": ["all:everything"]},
    ],
)
def test_bad_key_forms_are_refused_and_keep_their_content(
    mesh: Any,
    people: Any,
    sign_in: Any,
    posted: dict[str, Any],
) -> None:
    answer = sign_in(people["owner"]).post("/developer", {"what": "create", **posted})
    assert answer.status_code == 422
    assert f'value="{posted["days"]}"' in answer.content.decode()
    assert not ApiKey.objects.exists()


def test_audit_page_filters_and_survives_odd_input(mesh: Any, people: Any, sign_in: Any) -> None:
    client = sign_in(people["auditor"])
    for query in (
        "action=policy_activated",
        "request=x",
        "request=99999999999999999999",
        "actor=%00",
        "object=%25",
    ):
        assert client.get(f"/audit?{query}").status_code == 200

"""No wrong value of any parameter or member of REST is our failure, and each refusal says where it is."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from catalog.models import Port, Promise
from mesh.audit.models import Job
from schemas.models import Subject
from tests.faces.wrong_values import Call, Right, wrong_calls
from tests.factories import streams
from tests.rooms.governance.conftest import (  # noqa: F401
    body,
    broker,
    mesh,
    product_items,
    submitted,
    topic_item,
    vote,
    work,
)

pytestmark = pytest.mark.django_db
NOBODY = "00000000-0000-7000-8000-000000000000"
FREE = ("/configs/", "/schema/")  # members of others' documents: what they may hold is theirs
TOPIC = "commerce.orders.changes"


@pytest.fixture
def right(submitted: Any, vote: Any, work: Any, mesh: Any) -> Right:
    """A live product, a request that waits, a group; and a right body where the form alone is not enough."""
    vote(submitted(*product_items()), "owner")
    work()
    waiting = submitted(topic_item("commerce.pending.changes"))
    topic = streams.topic("commerce.seen", on=mesh["cluster"])
    group = streams.group("billing", on=mesh["cluster"])
    streams.lag(group, topic)
    port, promise, subject = Port.objects.first(), Promise.objects.first(), Subject.objects.first()
    job = Job.objects.first()
    assert port and promise and subject and job
    ids = {
        "cluster_id": mesh["cluster"].public_id, "group_id": group.public_id, "domain_id": "commerce",
        "incident_id": 1, "job_id": job.public_id, "edge_id": NOBODY, "code": "topic.name-pattern",
        "port_id": port.public_id, "product_id": "orders", "slug": "orders", "number": waiting.pk,
        "promise_id": promise.public_id, "subject_id": subject.public_id, "version": "latest",
        "team_id": "orders-team", "topic_id": topic.public_id,
    }  # fmt: skip
    wanted = body(*product_items("second", "commerce.second.changes"))
    return Right(
        {name: str(value) for name, value in ids.items()},
        {"root": "orders", "group": str(group.public_id), "topic": topic.name},
        {
            "post /requests": wanted,
            "patch /requests/{number}": {"title": "Better words", "items": [topic_item(TOPIC)]},
            "post /manifests": {"documents": [{"line": 1, "document": {"kind": "Topic"}}]},
            "post /lineage": {"eventTime": "2026-01-01T00:00:00Z", "run": {"runId": NOBODY},
                              "job": {"namespace": "n", "name": "j"}},
        },
    )  # fmt: skip


def asked_by(call: Call) -> str:
    """Who gets furthest with it."""
    if call.path.startswith(("/api/v1/teams", "/api/v1/domains")):
        return "governor"
    return "admin" if call.path.startswith("/api/v1/clusters") else "owner"


def complaint(call: Call, answer: Any) -> str:
    """What is wrong with the answer; empty when it is as promised."""
    if answer.status_code >= 500:
        return "our failure"
    if answer.status_code < 400:
        free = call.path == "/api/v1/lineage" or any(word in call.what for word in FREE)
        return "accepted" if "nobody" in call.what and not free else ""
    if answer.headers["Content-Type"] != "application/problem+json":
        return f"a refusal as {answer.headers['Content-Type']}"
    problem = answer.json()
    if set(problem) < {"type", "title", "status", "code", "detail", "request_id"}:
        return f"a problem without {problem}"
    said = answer.status_code == 422 and call.what.startswith("/") and not problem.get("errors")
    return f"no place: {problem['detail']}" if said else ""


@pytest.mark.timeout(300)
def test_every_wrong_call_is_refused_as_a_problem_that_says_where(
    client: Client, right: Right, people: Any, key_of: Any
) -> None:
    keys: dict[str, Any] = {who: key_of(people[who]) for who in ("owner", "admin", "governor")}
    document = client.get("/api/schema/", {"format": "json"}).json()
    client.raise_request_exception = False
    complaints, calls = [], 0
    for call in wrong_calls(document, right):
        calls += 1
        headers: dict[str, Any] = {**call.headers, **keys[asked_by(call)]}
        with transaction.atomic():
            answer = client.generic(
                call.method.upper(), call.path, call.body, content_type=call.content_type,
                **headers,
            )  # fmt: skip
            transaction.set_rollback(True)
        if said := complaint(call, answer):
            complaints.append(f"{call}: {answer.status_code} {said}")
    assert calls > 1_000
    assert complaints == []

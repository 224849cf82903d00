"""Manifests over REST: one bundle, faults at their place, nothing to do the second time."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

import copy
from typing import Any

import pytest
from django.test import Client

from catalog.models import DataProduct, Domain
from governance.models import ChangeRequest
from mesh.people.models import Team
from tests.rooms.governance.conftest import SCHEMA, TEXT, FakeBroker, broker, mesh, work  # noqa: F401

pytestmark = pytest.mark.django_db
PATH = "/api/v1/manifests"
ORDERS: dict[str, Any] = {
    "apiVersion": "tributary/v1",
    "kind": "DataProduct",
    "metadata": {"name": "orders"},
    "spec": {
        "name": "Orders", "team": "orders-team", "domain": "commerce", "environment": "prod",
        "purpose": TEXT, "usage": TEXT, "limitations": TEXT, "tier": "gold", "sampling": True,
        "outputs": [
            {
                "name": "changes", "version": 1,
                "topic": {
                    "cluster": "demo", "name": "commerce.orders.changes", "partitions": 3,
                    "replication_factor": 1,
                    "configs": {"retention.ms": 604800000, "cleanup.policy": "delete"},
                },
                "key": {"subject": "commerce.orders.changes-key", "schema": "string"},
                "values": [{
                    "subject": "commerce.orders.changes-value", "schema": SCHEMA,
                    "compatibility": "BACKWARD_TRANSITIVE",
                }],
                "promises": [
                    {"property": "freshness", "value": 30, "unit": "s"},
                    {"property": "consumerLag", "value": 30, "unit": "s", "consumer": "picker"},
                ],
            }
        ],
    },
}  # fmt: skip


@pytest.fixture
def send(client: Client, mesh: Any, people: Any, key_of: Any) -> Any:
    """`send(document, …)` posts as the engineer and answers status and body."""
    header = key_of(people["engineer"])

    def post(*documents: Any, dry_run: bool = False, **members: Any) -> tuple[int, Any]:
        body = {
            "documents": [
                {"file": "orders.yaml", "line": 1, "document": each} for each in documents
            ]
        }
        answer = client.post(
            f"{PATH}?dry_run={str(dry_run).lower()}",
            {**body, **members},
            content_type="application/json",
            **header,
        )
        return answer.status_code, answer.json()

    return post


def live(send: Any, people: Any, work: Any, document: Any) -> ChangeRequest:
    """Send, approve as the owner, apply."""
    from governance.actions.decisions import approve

    status, answer = send(document)
    assert status == 201, answer
    work()
    request = ChangeRequest.objects.get(pk=answer["request"])
    assert request.state == "awaiting_approval", request.failure
    approve(request.pk, by=people["owner"], plan_hash=request.plan_hash, revision=request.revision)
    work()
    request.refresh_from_db()
    return request


def test_one_document_makes_a_live_product(send: Any, people: Any, work: Any) -> None:
    request = live(send, people, work, ORDERS)
    assert request.state == "applied", request.failure
    assert DataProduct.objects.get(slug="orders").lifecycle == "active"
    assert DataProduct.objects.get(slug="orders").sampling is True


def test_same_manifest_again_has_nothing_to_do(send: Any, people: Any, work: Any) -> None:
    live(send, people, work, ORDERS)
    status, answer = send(ORDERS)
    assert (status, answer["request"], answer["url"]) == (200, None, None)
    assert set(answer["counts"]) == {"same"}, answer["plan"]
    assert ChangeRequest.objects.count() == 1


def test_documents_of_several_teams_can_be_planned_together(
    send: Any, people: Any, work: Any
) -> None:
    live(send, people, work, ORDERS)
    other = copy.deepcopy(ORDERS)
    other["metadata"]["name"] = "parcels"
    other["spec"] |= {"name": "Parcels", "team": "risk-team"}
    port = other["spec"]["outputs"][0]
    port["topic"]["name"] = "commerce.parcels.changes"
    port["key"]["subject"] = "commerce.parcels.changes-key"
    port["values"][0]["subject"] = "commerce.parcels.changes-value"
    for documents in ([ORDERS, other], [other, ORDERS]):
        status, answer = send(*documents, dry_run=True)
        assert status == 200, answer
        assert answer["counts"] == {"create": 7, "same": 7}


def test_dry_run_says_what_would_happen_and_writes_nothing(send: Any) -> None:
    status, answer = send(ORDERS, dry_run=True)
    assert status == 200
    assert answer["request"] is None
    assert [row["action"] for row in answer["plan"]] == ["create"] * 7
    assert all(row["needs_approval"] for row in answer["plan"])
    assert answer["plan"][0]["object"] == "demo/commerce.orders.changes"
    assert not ChangeRequest.objects.exists()


def test_changed_members_make_only_their_items(send: Any, people: Any, work: Any) -> None:
    live(send, people, work, ORDERS)
    changed = copy.deepcopy(ORDERS)
    changed["spec"]["outputs"][0]["topic"]["configs"]["retention.ms"] = 86400000
    changed["spec"]["purpose"] = TEXT + " And more."
    status, answer = send(changed)
    assert status == 201
    rows = [(row["kind"], row["action"]) for row in answer["plan"] if row["action"] != "same"]
    assert rows == [("topic.configure", "change"), ("product.edit", "change")]
    request = ChangeRequest.objects.get(pk=answer["request"])
    assert [item.kind for item in request.items.order_by("position")] == [
        "topic.configure",
        "product.edit",
    ]


@pytest.mark.parametrize(
    ("path", "value", "pointer"),
    [
        (["spec", "nmae"], "x", "/documents/0/document/spec/nmae"),
        (["spec", "team"], "nobody", "/documents/0/document/spec/team"),
        (["spec", "outputs", 0, "topic", "name"], "Bad Name!", "/documents/0/document/spec/outputs/0/topic/name"),
        (["spec", "outputs", 0, "topic", "partitions"], "3", "/documents/0/document/spec/outputs/0/topic/partitions"),
        (["spec", "outputs", 0, "topic", "cluster"], "nowhere", "/documents/0/document/spec/outputs/0/topic/cluster"),
        (["spec", "outputs", 0, "topic", "replication_factor"], None,
         "/documents/0/document/spec/outputs/0/topic/replication_factor"),
        (["spec", "outputs", 0, "values", 0, "schema"], {"type": "recrod"},
         "/documents/0/document/spec/outputs/0/values/0/schema"),
        (["spec", "outputs", 0, "values", 0, "compatibility"], "SIDEWAYS",
         "/documents/0/document/spec/outputs/0/values/0/compatibility"),
        (["spec", "outputs", 0, "promises", 0, "unit"], "", "/documents/0/document/spec/outputs/0/promises/0"),
        (["spec", "environment"], "moon", "/documents/0/document/spec/environment"),
        (["spec", "tier"], "platinum", "/documents/0/document/spec/tier"),
        (["kind"], "DataProdukt", "/documents/0/document/kind"),
        (["apiVersion"], "v9", "/documents/0/document/apiVersion"),
        (["metadata"], {}, "/documents/0/document/metadata/name"),
        (["spec", "inputs"], [{"product": "ghost"}], "/documents/0/document/spec/inputs/0/product"),
    ],
)  # fmt: skip
def test_each_fault_is_named_at_its_place(
    send: Any, path: list[Any], value: Any, pointer: str
) -> None:
    document = copy.deepcopy(ORDERS)
    inner = document
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = value
    status, answer = send(document)
    assert status == 422, answer
    assert answer["code"] == "manifest"
    assert [
        error["pointer"] for error in answer["errors"] if error["pointer"].startswith(pointer)
    ], answer
    assert not ChangeRequest.objects.exists()


def test_unknown_member_gets_a_suggestion(send: Any) -> None:
    document = copy.deepcopy(ORDERS)
    document["spec"]["outputs"][0]["promisses"] = []
    _, answer = send(document)
    assert "did you mean promises?" in answer["errors"][0]["detail"]


@pytest.mark.parametrize("documents", [None, [], "x", [1], [{"document": 3}], [{"dokument": {}}]])
def test_bodies_of_any_shape_are_refused_kindly(
    client: Client,
    mesh: Any,
    people: Any,
    key_of: Any,
    documents: Any,
) -> None:
    answer = client.post(
        PATH,
        {"documents": documents},
        content_type="application/json",
        **key_of(people["engineer"]),
    )
    assert answer.status_code == 422


def test_domain_and_team_are_made_at_once_by_a_governor(
    client: Client,
    mesh: Any,
    people: Any,
    key_of: Any,
) -> None:
    documents = [
        {"apiVersion": "tributary/v1", "kind": "Domain", "metadata": {"name": "logistics"},
         "spec": {"name": "Logistics"}},
        {"apiVersion": "tributary/v1", "kind": "Team", "metadata": {"name": "parcels"},
         "spec": {"name": "Parcels", "contact": "#parcels"}},
    ]  # fmt: skip
    body = {"documents": [{"document": each} for each in documents]}
    for expected in ("create", "same"):
        answer = client.post(
            PATH, body, content_type="application/json", **key_of(people["governor"])
        )
        assert answer.status_code == 200, answer.json()
        assert [row["action"] for row in answer.json()["plan"]] == [expected, expected]
    assert Domain.objects.filter(slug="logistics").exists()
    assert Team.objects.filter(slug="parcels").exists()


def test_reader_may_not_send_manifests(client: Client, mesh: Any, people: Any, key_of: Any) -> None:
    body = {"documents": [{"document": ORDERS}]}
    answer = client.post(PATH, body, content_type="application/json", **key_of(people["reader"]))
    assert answer.status_code == 403


def test_products_of_another_team_are_refused(
    client: Client, mesh: Any, people: Any, key_of: Any
) -> None:
    body = {"documents": [{"document": ORDERS}]}
    answer = client.post(PATH, body, content_type="application/json", **key_of(people["consumer"]))
    assert answer.status_code == 403
    assert not ChangeRequest.objects.exists()

"""REST of domains, products, ports and promises: shapes, rights, revisions, bad input."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client

from mesh.people.models import ObjectScope
from tests.factories import catalog, schemas, streams

pytestmark = pytest.mark.django_db
API = "/api/v1"


def send(client: Client, method: str, path: str, body: Any = None, **headers: Any) -> Any:
    return client.generic(
        method, API + path, json.dumps(body) if body is not None else "",
        content_type="application/json", **headers,
    )  # fmt: skip


@pytest.fixture
def owner(people: dict[str, Any], key_of: Any) -> dict[str, str]:
    headers: dict[str, str] = key_of(people["owner"])
    return headers


PRODUCT = {
    "slug": "orders", "name": "Orders", "team": "orders-team", "domain": "commerce",
    "purpose": "Every change of an order.", "tier": "gold", "sampling": True,
}  # fmt: skip


@pytest.fixture
def product(client: Client, owner: dict[str, str]) -> Any:
    catalog.domain()
    answer = send(client, "POST", "/products", PRODUCT, **owner)
    assert answer.status_code == 201, answer.content
    return answer.json()


def test_a_posted_product_is_a_draft_with_an_etag(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    assert (product["lifecycle"], product["team"]["slug"]) == ("draft", "orders-team")
    answer = send(client, "GET", f"/products/{product['id']}", **owner)
    assert answer["ETag"] == f'"r{product["revision"]}"'
    assert send(client, "GET", "/products/by-slug/orders", **owner).json()["id"] == product["id"]


def test_only_what_its_revision_covers_is_answered_as_known(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    """The health of a product moves without a revision: a reader would go on with the old one."""
    for path, status in (("/domains/commerce", 304), ("/products/orders", 200)):
        known = send(client, "GET", path, **owner)["ETag"]
        again = send(client, "GET", path, HTTP_IF_NONE_MATCH=known, **owner)
        assert (again.status_code, again["ETag"]) == (status, known)


def test_a_patch_needs_the_revision_it_saw(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    path = f"/products/{product['id']}"
    assert send(client, "PATCH", path, {"purpose": "x"}, **owner).status_code == 428
    stale = send(client, "PATCH", path, {"purpose": "x"}, HTTP_IF_MATCH='"r9"', **owner)
    assert stale.status_code == 412
    done = send(
        client, "PATCH", path, {"usage": None, "purpose": "x"}, HTTP_IF_MATCH='"r1"', **owner
    )
    assert (done.status_code, done.json()["purpose"], done.json()["usage"]) == (200, "x", "")
    assert done["ETag"] == '"r2"'


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"team": "nobody"}, "/team"),
        ({"domain": "nowhere"}, "/domain"),
        ({"slug": "Not A Slug"}, "/slug"),
        ({"tier": "platinum"}, "/tier"),
        ({"name": ""}, "/name"),
        ({"sampling": "perhaps"}, "/sampling"),
        ({"lifecycle": "active"}, "/lifecycle"),
    ],
)
def test_a_wrong_member_is_named(
    client: Client, owner: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    catalog.domain()
    answer = send(client, "POST", "/products", {**PRODUCT, **change}, **owner)
    assert answer.status_code in (400, 422)
    assert answer["Content-Type"] == "application/problem+json"
    assert pointer in [error["pointer"] for error in answer.json()["errors"]]


@pytest.mark.parametrize(
    "path", ["/products/%00", "/products/nope", "/ports/x", "/promises/1", "/domains/-"]
)
def test_what_is_not_there_is_a_404(client: Client, owner: dict[str, str], path: str) -> None:
    assert send(client, "GET", path, **owner).status_code == 404


def test_a_stranger_cannot_write_and_nobody_cannot_read(
    product: Any, client: Client, people: dict[str, Any], key_of: Any
) -> None:
    stranger = key_of(people["consumer"])
    path = f"/products/{product['id']}"
    refused = send(client, "PATCH", path, {"purpose": "x"}, HTTP_IF_MATCH='"r1"', **stranger)
    assert refused.status_code == 403
    assert send(client, "GET", path).status_code == 401
    narrow = key_of(people["owner"], "streams:read")
    assert send(client, "GET", path, **narrow).status_code == 403


def test_a_restricted_product_is_a_404_for_others(
    product: Any, client: Client, owner: dict[str, str], people: dict[str, Any], key_of: Any
) -> None:
    path = f"/products/{product['id']}"
    send(client, "PATCH", path, {"visibility": "restricted"}, HTTP_IF_MATCH='"r1"', **owner)
    stranger = key_of(people["consumer"])
    assert send(client, "GET", path, **stranger).status_code == 404
    assert send(client, "GET", f"{path}/ports", **stranger).status_code == 404
    assert send(client, "GET", "/products", **stranger).json()["items"] == []
    assert send(client, "GET", path, **owner).status_code == 200


def test_a_port_comes_with_topic_subjects_and_promises(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    streams.topic("commerce.orders")
    schemas.subject("commerce.orders-value")
    body = {
        "direction": "output", "name": "changes", "cluster": "demo", "topic": "commerce.orders",
        "value_subjects": ["commerce.orders-value"],
        "promises": [{"property": "freshness", "value": 30, "unit": "s"}],
    }  # fmt: skip
    path = f"/products/{product['id']}/ports"
    answer = send(client, "POST", path, body, **owner)
    assert answer.status_code == 201, answer.content
    assert answer.json()["topics"][0]["value_subjects"] == ["commerce.orders-value"]
    assert send(client, "POST", path, body, **owner).status_code == 409
    promises = send(client, "GET", "/promises?product=orders", **owner).json()["items"]
    assert [promise["words"] for promise in promises] == ["Fresh within 30 s"]
    one = send(client, "GET", f"/promises/{promises[0]['id']}", **owner)
    assert one.json()["now"] is None
    assert (
        send(client, "GET", f"/promises/{promises[0]['id']}/verdicts", **owner).json()["items"]
        == []
    )
    assert not ObjectScope.objects.filter(kind="topic").exists()


def test_promises_change_at_the_revision_of_their_port(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    body = {"direction": "output", "name": "changes"}
    port = send(client, "POST", f"/products/{product['id']}/ports", body, **owner).json()
    path = f"/ports/{port['id']}/promises"
    wish = {"promises": [{"property": "freshness", "value": "30 s"}]}
    assert send(client, "POST", path, wish, **owner).status_code == 428
    etag = send(client, "GET", path, **owner)["ETag"]
    assert etag == send(client, "GET", f"/ports/{port['id']}", **owner)["ETag"]
    done = send(client, "POST", path, wish, HTTP_IF_MATCH=etag, **owner)
    assert (done.status_code, done["ETag"]) == (200, f'"r{port["revision"] + 1}"')
    late = {"promises": [{"property": "freshness", "value": "5 s"}]}
    stale = send(client, "POST", path, late, HTTP_IF_MATCH=etag, **owner)
    assert (stale.status_code, stale["ETag"]) == (412, done["ETag"])
    read = send(client, "GET", path, **owner).json()["items"]
    assert [promise["words"] for promise in read] == ["Fresh within 30 s"]


def test_a_promise_to_a_group_that_nobody_saw_is_made_and_noted(
    product: Any, client: Client, owner: dict[str, str]
) -> None:
    """It may still come; a slip of the pen is told at its place, with the name that is near."""
    streams.group("warehouse-picker")
    wish = {"property": "consumerLag", "value": "5 min"}
    promises = [{**wish, "consumer": name} for name in ("warehouse-piker", "warehouse-picker")]
    body = {"direction": "output", "name": "changes", "promises": promises}
    made = send(client, "POST", f"/products/{product['id']}/ports", body, **owner)
    assert made.status_code == 201
    path, etag = f"/ports/{made.json()['id']}/promises", made["ETag"]
    again = send(client, "POST", path, {"promises": promises}, HTTP_IF_MATCH=etag, **owner)
    for answer in (made, again):
        (note,) = answer.json()["notes"]
        assert (note["pointer"], note["code"]) == ("/promises/0/consumer", "group_unseen")
        assert "Did you mean warehouse-picker?" in note["detail"]


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"topic": "no.such.topic"}, "/topic"),
        ({"cluster": "no-cluster"}, "/cluster"),
        ({"value_subjects": ["nope"]}, "/value_subjects/0"),
        ({"promises": [{"property": "freshness", "value": 30}]}, "/promises/0/value"),
        ({"direction": "sideways"}, "/direction"),
    ],
)
def test_a_bad_port_leaves_nothing_behind(
    product: Any, client: Client, owner: dict[str, str], change: dict[str, Any], pointer: str
) -> None:
    streams.topic("commerce.orders")
    body = {"direction": "output", "name": "changes", "cluster": "demo", "topic": "commerce.orders"}
    path = f"/products/{product['id']}/ports"
    answer = send(client, "POST", path, {**body, **change}, **owner)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == pointer
    assert send(client, "GET", path, **owner).json()["items"] == []


def test_an_idempotency_key_makes_one_product(client: Client, owner: dict[str, str]) -> None:
    catalog.domain()
    headers = {**owner, "HTTP_IDEMPOTENCY_KEY": "once"}
    first = send(client, "POST", "/products", PRODUCT, **headers)
    second = send(client, "POST", "/products", PRODUCT, **headers)
    assert (first.status_code, second.status_code) == (201, 201)
    assert second["Idempotency-Replayed"] == "true"
    assert first.json()["id"] == second.json()["id"]


def test_consumers_show_what_is_declared_beside_what_commits(
    client: Client, owner: dict[str, str]
) -> None:
    product = catalog.active("payments")
    topic = product.ports.get().topics.get().topic
    streams.lag(streams.group("unknown-reader"), topic, age_lo_s=60, age_hi_s=70)
    reader = catalog.draft("orders-copy")
    from catalog.actions.ports import add_port
    from mesh.audit.principal import SYSTEM

    add_port(
        reader.pk, direction="input", name="in", upstream=product, group_name="silent", by=SYSTEM
    )
    items = send(client, "GET", "/products/payments/consumers", **owner).json()["items"]
    assert [(row["group"], row["declared"], row["observed"]) for row in items] == [
        ("unknown-reader", False, True), ("silent", True, False),
    ]  # fmt: skip
    assert items[1]["lag_records"] is None
    assert items[1]["status"] == "unknown"


def test_people_subscribe_and_programs_do_not(
    product: Any, client: Client, owner: dict[str, str], robot: Any, key_of: Any
) -> None:
    path = f"/products/{product['id']}/subscription"
    assert send(client, "POST", path, **owner).status_code == 204
    assert send(client, "DELETE", path, **owner).status_code == 204
    assert send(client, "POST", path, **key_of(robot)).status_code == 403


def test_domains_page_and_are_found_by_slug(
    client: Client, people: dict[str, Any], key_of: Any
) -> None:
    governor = key_of(people["governor"])
    made = send(client, "POST", "/domains", {"slug": "risk", "name": "Risk"}, **governor)
    assert made.status_code == 201
    child = send(
        client, "POST", "/domains", {"slug": "fraud", "name": "F", "parent": "risk"}, **governor
    )
    assert child.json()["parent"]["slug"] == "risk"
    page = send(client, "GET", "/domains?limit=1", **governor).json()
    assert [row["slug"] for row in page["items"]] == ["fraud"]
    rest = send(client, "GET", f"/domains?limit=1&cursor={page['next']}", **governor).json()
    assert [row["slug"] for row in rest["items"]] == ["risk"]
    assert send(client, "GET", "/domains/risk", **governor).status_code == 200

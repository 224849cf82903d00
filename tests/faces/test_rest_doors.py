"""What the base of every REST view promises: parameters, members, cursors, repeated POSTs."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from catalog.models import DataProduct
from mesh.audit.answers import forget_old_answers
from mesh.audit.models import IdempotencyRecord
from mesh.kernel.database import database_now
from mesh.people.models import ApiKey, ServiceAccount, Team
from tests.factories import catalog

pytestmark = pytest.mark.django_db
API = "/api/v1"
PRODUCT = {"slug": "orders", "name": "Orders", "team": "orders-team", "domain": "commerce"}


@pytest.fixture
def owner(people: dict[str, Any], key_of: Any) -> Any:
    catalog.domain()
    return key_of(people["owner"])


def post(client: Client, path: str, body: Any, key: str = "", **headers: Any) -> Any:
    once: Any = {"HTTP_IDEMPOTENCY_KEY": key} if key else {}
    return client.post(
        API + path, body if isinstance(body, str) else json.dumps(body),
        content_type="application/json", **once, **headers,
    )  # fmt: skip


def refused(answer: Any, status: int, code: str, pointer: str | None = None) -> None:
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (answer.status_code, problem["code"]) == (status, code), problem
    if pointer is not None:
        assert problem["errors"][0]["pointer"] == pointer


# -- query parameters -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ("tier=gold&tier=silver", "malformed", "?tier"),
        ("tier=platinum", "malformed", "?tier"),
        ("sort=secret", "malformed", "?sort"),
        ("count=perhaps", "malformed", "?count"),
        ("team=%00", "malformed", "?team"),
        ("team=%ED%A0%80", "malformed", "?team"),
        ("owner=me", "unknown_parameter", "?owner"),
        ("limit=0", "malformed", "?limit"),
        ("limit=%EF%BC%91", "malformed", "?limit"),
        ("cursor=x", "malformed", "?cursor"),
    ],
)
def test_a_wrong_parameter_is_named(
    client: Client, owner: Any, query: str, code: str, pointer: str
) -> None:
    refused(client.get(f"{API}/products?{query}", **owner), 400, code, pointer)


def test_paging_is_no_parameter_of_a_single_object(client: Client, owner: Any) -> None:
    catalog.draft()
    refused(client.get(f"{API}/products/orders?limit=3", **owner), 400, "unknown_parameter")


@pytest.mark.parametrize(
    "other", ["/products?tier=gold", "/products?sort=-changed_at", "/teams", "/domains"]
)
def test_a_cursor_is_good_for_its_own_list_alone(client: Client, owner: Any, other: str) -> None:
    for slug in ("orders", "payments"):
        catalog.draft(slug)
    cursor = client.get(f"{API}/products?limit=1", **owner).json()["next"]
    assert client.get(f"{API}/products?limit=9&cursor={cursor}", **owner).status_code == 200
    mark = "&" if "?" in other else "?"
    refused(
        client.get(f"{API}{other}{mark}cursor={cursor}", **owner), 400, "cursor_mismatch", "?cursor"
    )


# -- members --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "status", "code", "pointer"),
    [
        ({"name": 7}, 422, "invalid", "/name"),
        ({"name": True}, 422, "invalid", "/name"),
        ({"sampling": "true"}, 422, "invalid", "/sampling"),
        ({"sampling": 1}, 422, "invalid", "/sampling"),
        ({"owner": "me"}, 400, "unknown_member", "/owner"),
        ({"a/b~": 1}, 400, "unknown_member", "/a~1b~0"),
    ],
)
def test_a_member_is_of_the_type_it_asks_for(
    client: Client, owner: Any, change: Any, status: int, code: str, pointer: str
) -> None:
    refused(post(client, "/products", {**PRODUCT, **change}, **owner), status, code, pointer)
    assert not DataProduct.objects.exists()


def test_members_inside_members_are_looked_at_as_well(client: Client, owner: Any) -> None:
    body: Any = {
        "subject": "a",
        "schema": '"int"',
        "references": [{"name": "a", "subject": "b", "version": 1}],
    }
    body["references"][0]["verzion"] = 2
    refused(post(client, "/schema-checks", body, **owner), 400, "unknown_member", "/references/0/verzion")  # fmt: skip
    body["references"] = [{"name": "a", "subject": "b", "version": "1"}]
    refused(post(client, "/schema-checks", body, **owner), 422, "invalid", "/references/0/version")


@pytest.mark.parametrize("body", [[], "text", 5, None, True])
def test_a_body_is_an_object(client: Client, owner: Any, body: Any) -> None:
    for path in ("/products", "/requests", "/manifests"):
        refused(post(client, path, json.dumps(body), **owner), 422, "invalid", "")


def test_a_patch_may_be_called_a_merge_patch(client: Client, owner: Any) -> None:
    catalog.draft(team=Team.objects.get(slug="orders-team"))
    answer = client.patch(
        f"{API}/products/orders", '{"usage": null, "name": "All orders"}',
        content_type="application/merge-patch+json", HTTP_IF_MATCH='"r1"', **owner,
    )  # fmt: skip
    assert (answer.status_code, answer.json()["name"]) == (200, "All orders")
    refused(
        client.patch(
            f"{API}/products/orders", "{}", content_type="text/plain", HTTP_IF_MATCH='"r2"', **owner
        ),
        415,
        "unsupported_media_type",
    )


# -- repeated POSTs -------------------------------------------------------------------------------


def test_the_same_key_with_other_content_or_parameters_is_refused(
    client: Client, owner: Any
) -> None:
    assert post(client, "/products", PRODUCT, "k", **owner).status_code == 201
    other = post(client, "/products", {**PRODUCT, "slug": "payments"}, "k", **owner)
    refused(other, 422, "idempotency_conflict")
    assert post(client, "/manifests?dry_run=true", {"documents": []}, "m", **owner).status_code
    refused(
        post(client, "/manifests?dry_run=false", {"documents": []}, "m", **owner),
        422,
        "idempotency_conflict",
    )


@pytest.mark.parametrize("key", ["a b", "x" * 129, "é"])
def test_a_key_is_visible_ascii(client: Client, owner: Any, key: str) -> None:
    refused(post(client, "/products", PRODUCT, key, **owner), 400, "malformed")


def test_a_body_that_is_too_large_is_a_problem_with_a_key_as_well(
    client: Client, owner: Any
) -> None:
    huge = '{"name": "' + "x" * 1_100_000 + '"}'
    refused(post(client, "/products", huge, "k", **owner), 413, "too_large")
    refused(post(client, "/products", huge, **owner), 413, "too_large")


def test_a_first_request_that_still_runs_is_waited_for_and_a_killed_one_is_not(
    client: Client, owner: Any
) -> None:
    assert post(client, "/products", PRODUCT, "k", **owner).status_code == 201
    IdempotencyRecord.objects.update(status=None)
    running = post(client, "/products", PRODUCT, "k", **owner)
    refused(running, 409, "idempotency_in_progress")
    assert running["Retry-After"] == "1"
    IdempotencyRecord.objects.update(created_at=database_now() - timedelta(minutes=3))
    DataProduct.objects.all().delete()
    assert post(client, "/products", PRODUCT, "k", **owner).status_code == 201


def test_a_first_answer_is_not_shown_after_the_right_is_lost(client: Client, owner: Any) -> None:
    assert post(client, "/products", PRODUCT, "k", **owner).status_code == 201
    ApiKey.objects.update(revoked_at=database_now())
    refused(post(client, "/products", PRODUCT, "k", **owner), 401, "not_signed_in")


def test_a_first_answer_is_for_its_caller_alone(
    client: Client, owner: Any, people: dict[str, Any], key_of: Any, teams: Any
) -> None:
    assert post(client, "/products", PRODUCT, "k", **owner).status_code == 201
    mine = {**PRODUCT, "slug": "risks", "team": "risk-team"}
    answer = post(client, "/products", mine, "k", **key_of(people["consumer"]))
    assert (answer.status_code, answer.json()["slug"]) == (201, "risks")


def test_answers_are_forgotten_after_a_day(client: Client, owner: Any) -> None:
    post(client, "/products", PRODUCT, "k", **owner)
    assert forget_old_answers() == 0
    IdempotencyRecord.objects.update(created_at=database_now() - timedelta(hours=25))
    assert forget_old_answers() == 1


def test_a_new_secret_is_never_kept(client: Client, owner: Any) -> None:
    body = {"name": "orders-app", "team": "orders-team"}
    first = post(client, "/service-accounts", body, "k", **owner)
    assert first.status_code == 201, first.json()
    assert not IdempotencyRecord.objects.exists()
    assert post(client, "/service-accounts", body, "k", **owner).status_code == 409
    assert ServiceAccount.objects.count() == 1

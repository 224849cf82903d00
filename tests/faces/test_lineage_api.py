"""REST and pages of lineage: graph, impact, edges, declarations, runs, schema checks."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client

from lineage.models import Edge
from mesh.audit.principal import Principal
from streams.models import Topic
from tests.factories import lineage, schemas, streams

pytestmark = pytest.mark.django_db
API = "/api/v1"


@pytest.fixture
def mesh(teams: dict[str, Any]) -> Topic:
    """orders feeds shipments (declared, observed) and an export that nobody owns."""
    orders = lineage.product("orders", team=teams["orders"])
    lineage.product(
        "shipments", inputs=(lineage.reads("orders", "shipments-job"),), team=teams["risk"]
    )
    lineage.moved(streams.group("shipments-job"), orders)
    lineage.moved(streams.group("nightly-export"), orders)
    return orders


@pytest.fixture
def headers(people: dict[str, Principal], key_of: Any) -> dict[str, str]:
    made: dict[str, str] = key_of(people["engineer"])
    return made


def call(client: Client, method: str, path: str, body: Any = None, **headers: str) -> Any:
    raw = "" if body is None else json.dumps(body)
    extra: Any = headers
    return client.generic(method, API + path, raw, content_type="application/json", **extra)


def test_the_graph_says_where_everything_stands(
    mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    body = call(client, "GET", "/lineage/graph?root=orders", **headers).json()
    assert {(node["name"], node["kind"], node["x"]) for node in body["nodes"]} == {
        ("orders", "product", 0), ("shipments", "product", 1), ("nightly-export", "application", 1)
    }  # fmt: skip
    edge = next(one for one in body["edges"] if one["target"] == lineage.product_id("shipments"))
    assert (edge["declared"], edge["observed"], edge["strength"]) == (True, 0.95, "strong")
    assert (body["complete"], body["truncated"]) == (True, [])


@pytest.mark.parametrize(
    ("query", "status", "pointer"),
    [
        ("", 400, "?root"),
        ("root=nothing", 404, None),
        ("root=0198aaaa-0000-7000-8000-000000000000", 404, None),
        ("root=orders&up=-1", 422, "?up"),
        ("root=orders&down=51", 422, "?down"),
        ("root=orders&down=١", 422, "?down"),
        ("root=orders&depth=1", 400, "?depth"),
        ("root=" + "x" * 300, 400, "?root"),
    ],
)
def test_bad_questions_about_the_graph(
    query: str,
    status: int,
    pointer: str | None,
    mesh: Topic,
    client: Client,
    headers: dict[str, str],
) -> None:
    answer = call(client, "GET", f"/lineage/graph?{query}", **headers)
    assert answer.status_code == status
    if pointer:
        assert answer.json()["errors"][0]["pointer"] == pointer


def test_impact_lists_products_nearest_first(
    mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    body = call(client, "GET", "/lineage/impact?root=orders", **headers).json()
    assert [
        (one["slug"], one["hops"], one["declared"], one["observed"]) for one in body["items"]
    ] == [("shipments", 1, True, True)]
    up = call(client, "GET", "/lineage/impact?root=shipments&direction=upstream", **headers).json()
    assert [one["slug"] for one in up["items"]] == ["orders"]
    assert (
        call(client, "GET", "/lineage/impact?root=orders&direction=x", **headers).status_code == 422
    )


def test_an_edge_shows_its_proofs(mesh: Topic, client: Client, headers: dict[str, str]) -> None:
    edge = Edge.objects.get(kind="reads", dst__label="shipments-job")
    body = call(client, "GET", f"/lineage/edges/{edge.public_id}", **headers).json()
    assert {(one["source"], one["strength"]) for one in body["evidence"]} == {
        ("offsets_moved", "strong"), ("declaration", "declared")
    }  # fmt: skip
    assert call(client, "GET", f"/lineage/edges/{uuid4()}", **headers).status_code == 404


def test_a_declaration_is_made_and_withdrawn(
    mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    source = str(lineage.node(label="orders", kind="topic").public_id)
    target = str(lineage.node(label="nightly-export").public_id)
    made = call(client, "POST", "/lineage/declarations",
                {"src": source, "dst": target, "kind": "reads", "reason": "known export"}, **headers)  # fmt: skip
    assert made.status_code == 201, made.content
    assert made.json()["declared"] is True
    gone = call(client, "DELETE", "/lineage/declarations", {"edge": made.json()["id"]}, **headers)
    assert gone.status_code == 204
    assert Edge.objects.get(public_id=made.json()["id"]).declared is False


@pytest.mark.parametrize(
    ("members", "status"),
    [
        ({"kind": "eats"}, 422),
        ({"kind": "writes"}, 422),
        ({"dst": "orders-topic"}, 404),
        ({"src": ""}, 422),
        ({"strength": 1}, 400),
    ],
)
def test_bad_declarations(
    members: dict[str, Any], status: int, mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    body = {
        "src": str(lineage.node(label="orders", kind="topic").public_id),
        "dst": str(lineage.node(label="nightly-export").public_id),
        "kind": "reads",
    }
    answer = call(client, "POST", "/lineage/declarations", {**body, **members}, **headers)
    assert answer.status_code == status, answer.content


def test_other_teams_do_not_declare(
    mesh: Topic, client: Client, people: dict[str, Principal], key_of: Any
) -> None:
    body = {
        "src": str(lineage.node(label="orders", kind="topic").public_id),
        "dst": str(lineage.node(label="nightly-export").public_id),
        "kind": "reads",
    }
    answer = call(client, "POST", "/lineage/declarations", body, **key_of(people["consumer"]))
    assert answer.status_code == 403


def test_runs_are_listed_newest_first(client: Client, headers: dict[str, str]) -> None:
    for number in range(3):
        event = {
            "eventTime": f"2026-01-15T1{number}:00:00Z", "eventType": "START", "producer": "p", "schemaURL": "s",
            "run": {"runId": f"r{number}"}, "job": {"namespace": "n", "name": f"job-{number}"},
        }  # fmt: skip
        assert call(client, "POST", "/lineage", event, **headers).status_code == 201
    body = call(client, "GET", "/runs?limit=2", **headers).json()
    assert [one["job"] for one in body["items"]] == ["job-2", "job-1"]
    assert body["next"]
    assert len(call(client, "GET", "/runs?job=job-0", **headers).json()["items"]) == 1


ORDER = {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}]}


def test_a_schema_check_tells_the_level_and_the_readers(
    mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    schemas.subject("orders-value", json.dumps(ORDER))
    answer = call(
        client, "POST", "/schema-checks", {"subject": "orders-value", "schema": ORDER}, **headers
    )
    assert answer.status_code == 200, answer.content
    body = answer.json()
    assert (body["outcome"], body["level"]) == ("register", "BACKWARD")
    assert body["impact"]["headline"] == "OK for 0 of 2 readers, 2 unknown"
    assert "team_id" not in body["impact"]["readers"][0]


def test_the_page_that_checks_a_schema_names_every_reader_and_whose_it_is(
    mesh: Topic, people: dict[str, Principal], teams: dict[str, Any], sign_in: Any
) -> None:
    subject = schemas.subject("orders-value", json.dumps(ORDER))
    address = f"/subjects/{subject.public_id}?tab=check"
    browser = sign_in(people["reader"])
    text = browser.post(address, {"schema": json.dumps(ORDER)}).content.decode()
    assert "OK for 0 of 2 readers, 2 unknown" in text
    assert "nightly-export" in text and "shipments" in text and "Risk" in text
    broken = browser.post(address, {"schema": '{"type":"recrd"}'}).content.decode()
    assert "Who would be hit" not in broken
    lineage.product(
        "shipments", inputs=(lineage.reads("orders", "shipments-job"),), team=teams["risk"],
        visibility="restricted",
    )  # fmt: skip
    text = browser.post(address, {"schema": json.dumps(ORDER)}).content.decode()
    assert "nightly-export" in text and "shipments" not in text and "Risk" not in text


def test_a_schema_that_cannot_be_read_says_where(
    mesh: Topic, client: Client, headers: dict[str, str]
) -> None:
    body = call(
        client,
        "POST",
        "/schema-checks",
        {"subject": "orders-value", "schema": '{"type":"recrd"}'},
        **headers,
    )
    assert body.status_code == 200
    assert (body.json()["outcome"], body.json()["impact"]) == ("invalid", None)
    assert body.json()["complaints"][0]["line"] == 1


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"schema": ORDER}, 422),
        ({"subject": "orders-value"}, 422),
        ({"subject": "a\x01b", "schema": ORDER}, 422),
        ({"subject": "s", "schema": ORDER, "references": [{"name": "x"}]}, 422),
        ({"subject": "s", "schema": ORDER, "level": "FULL"}, 400),
        ([], 422),
    ],
)
def test_bad_schema_checks(body: Any, status: int, client: Client, headers: dict[str, str]) -> None:
    assert call(client, "POST", "/schema-checks", body, **headers).status_code == status


@pytest.mark.parametrize(
    "path", ["/lineage/graph?root=orders", "/lineage/impact?root=orders", "/runs"]
)
def test_nobody_reads_lineage_without_signing_in(path: str, mesh: Topic, client: Client) -> None:
    assert call(client, "GET", path).status_code == 401


# -- pages ----------------------------------------------------------------------------------------


def test_the_evidence_fragment_names_every_proof(
    mesh: Topic, sign_in: Any, people: dict[str, Principal]
) -> None:
    edge = Edge.objects.get(kind="reads", dst__label="shipments-job")
    answer = sign_in(people["reader"]).get(f"/lineage/_/edge/{edge.public_id}")
    text = answer.content.decode()
    assert answer.status_code == 200
    assert "Commits moved" in text
    assert "Declared by Tributary" in text
    assert sign_in(people["reader"]).get(f"/lineage/_/edge/{uuid4()}").status_code == 404


def test_the_evidence_of_a_restricted_flow_is_hidden(
    mesh: Topic, sign_in: Any, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    lineage.product(
        "shipments",
        inputs=(lineage.reads("orders", "shipments-job"),),
        team=teams["risk"],
        visibility="restricted",
    )
    edge = Edge.objects.get(kind="reads", dst__label="shipments-job")
    assert sign_in(people["reader"]).get(f"/lineage/_/edge/{edge.public_id}").status_code == 404
    assert sign_in(people["consumer"]).get(f"/lineage/_/edge/{edge.public_id}").status_code == 200

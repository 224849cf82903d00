"""The OpenAPI document names every REST route, its doors and what it asks."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from django.urls import get_resolver

pytestmark = pytest.mark.django_db


@pytest.fixture
def document(client: Any) -> dict[str, Any]:
    answer = client.get("/api/schema/", {"format": "json"})
    assert answer.status_code == 200
    body: dict[str, Any] = answer.json()
    return body


def test_document_is_openapi_3_1_with_both_doors(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    assert set(document["components"]["securitySchemes"]) == {"ApiKey", "Session"}


def test_every_rest_route_is_described(document: dict[str, Any]) -> None:
    entries: list[Any] = get_resolver().url_patterns
    routes = [
        pattern
        for entry in entries
        if str(entry.pattern) == "api/v1/"
        for pattern in entry.url_patterns
    ]
    assert len(routes) > 50
    assert len(document["paths"]) == len({str(pattern.pattern) for pattern in routes})


def test_every_call_says_what_it_asks(document: dict[str, Any]) -> None:
    calls = [call for path in document["paths"].values() for call in path.values()]
    assert all(call.get("x-asks") for call in calls)


def test_a_list_is_described_as_it_is_answered(document: dict[str, Any]) -> None:
    call = document["paths"]["/api/v1/products"]["get"]
    shape = call["responses"]["200"]["content"]["application/json"]["schema"]
    assert shape["properties"]["items"]["items"] == {"$ref": "#/components/schemas/ProductShape"}
    assert {"items", "next", "count"} == set(shape["properties"])


def test_every_parameter_that_is_understood_is_described(document: dict[str, Any]) -> None:
    described = {
        parameter["name"]: parameter["schema"]
        for parameter in document["paths"]["/api/v1/products"]["get"]["parameters"]
    }
    assert {"limit", "cursor", "count", "tier", "team", "sort"} <= set(described)
    assert described["tier"]["enum"] == ["bronze", "gold", "silver"]
    search = document["paths"]["/api/v1/search"]["get"]["parameters"]
    assert {"q", "kind", "health"} <= {parameter["name"] for parameter in search}


def test_every_call_says_how_it_refuses(document: dict[str, Any]) -> None:
    calls = [call for path in document["paths"].values() for call in path.values()]
    for call in calls:
        refusal = call["responses"]["default"]["content"]["application/problem+json"]
        assert refusal["schema"] == {"$ref": "#/components/schemas/Problem"}
    assert "code" in document["components"]["schemas"]["Problem"]["required"]
    assert len({call["operationId"] for call in calls}) == len(calls)


def test_docs_page_opens_without_signing_in_and_without_anything_inline(client: Any) -> None:
    page = client.get("/api/docs/")
    text = page.content.decode()
    assert page.status_code == 200 and 'id="swagger-ui"' in text
    assert not re.search(r"<style|style=|<script(?![^>]* src=)", text), "the policy forbids it"
    script = client.get(re.findall(r'<script src="(/api/docs/[^"]*)"', text)[0])
    assert script.status_code == 200 and b"SwaggerUIBundle" in script.content


def test_the_document_in_the_repository_is_the_one_that_is_served(client: Any) -> None:
    served = client.get("/api/schema/", {"format": "yaml"}).content.decode()
    kept = (Path(__file__).parents[2] / "docs" / "openapi.yaml").read_text()
    assert served == kept, "./runtests openapi writes docs/openapi.yaml anew"

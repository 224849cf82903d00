"""The OpenAPI document names every REST route, its doors and what it asks."""

from __future__ import annotations

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


def test_docs_page_opens_without_signing_in(client: Any) -> None:
    page = client.get("/api/docs/")
    assert page.status_code == 200 and "swagger" in page.content.decode().lower()

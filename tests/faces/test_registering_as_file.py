"""A registration as a file asks for what its form asks for."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

import html
import json
import re
from typing import Any

import pytest
import yaml

from catalog.models import ProductDraft
from catalog.registering.document import request_body
from catalog.registering.manifest import manifest_of, manifest_text
from governance.manifests.documents import read_documents
from tests.faces.test_catalog_register import (  # noqa: F401
    PROMISES,
    SCHEMA,
    TOPIC,
    client_of,
    started,
)

pytestmark = pytest.mark.django_db
KEY = {"key_subject_0": "commerce.orders.changes-key", "key_schema_0": '"string"'}


@pytest.fixture
def draft(client_of: Any) -> ProductDraft:
    """A new product with key, value and two promises."""
    client = client_of("owner")
    draft = started(client)
    lag = {"promise_property_1": "consumerLatency", "promise_value_1": "5",
           "promise_unit_1": "min", "promise_consumer_1": "billing"}  # fmt: skip
    for step, typed in (
        ("topic", TOPIC),
        ("schema", {**SCHEMA, **KEY}),
        ("promises", {**PROMISES, **lag}),
    ):
        answer = client.post(f"/products/drafts/{draft.public_id}/{step}", typed)
        assert answer.status_code == 302, answer.content[:3000]
    draft.refresh_from_db()
    return draft


def plain(desired: dict[str, Any]) -> dict[str, Any]:
    """Without what is empty; schemas as JSON."""
    found = {name: value for name, value in desired.items() if value not in (None, "", [], {})}
    if "schema" in found:
        found["schema"] = json.loads(found["schema"])
    return found


def asked(items: list[dict[str, Any]]) -> dict[tuple[str, str], dict[str, Any]]:
    return {
        (item["kind"], json.dumps(item["object"], sort_keys=True)): plain(item["desired"])
        for item in items
    }


def test_form_and_file_make_the_same_items(draft: ProductDraft, people: Any) -> None:
    found = read_documents([{"document": manifest_of(draft, people["owner"])}])
    assert found.faults == []
    by_form = asked(request_body(draft)["items"])
    by_file = asked([wanted.body for wanted in found.wanted])
    key = ("schema.register", json.dumps({"subject": "commerce.orders.changes-key"}))
    assert by_file[key].pop("compatibility") == "FULL"  # in a file a key takes the value's level
    assert by_file == by_form


def test_the_review_shows_the_file_that_is_read_back(
    draft: ProductDraft, client_of: Any, people: Any
) -> None:
    assert yaml.safe_load(manifest_text(draft, people["owner"])) == manifest_of(
        draft, people["owner"]
    )
    text = client_of("owner").get(f"/products/drafts/{draft.public_id}/review").content.decode()
    shown = re.search(r'aria-label="Manifest">(.*?)</pre>', text, re.S)
    assert shown is not None
    assert yaml.safe_load(html.unescape(shown[1])) == manifest_of(draft, people["owner"])
    assert "tributary apply orders.yaml" in text


def test_half_a_draft_has_half_a_file(client_of: Any, people: Any) -> None:
    draft = started(client_of("owner"))
    assert "outputs" not in manifest_of(draft, people["owner"])["spec"]
    draft.document = {
        "topic": {"topic": "x"},
        "schema": {"value": [{"subject": "s", "schema": "{"}]},
    }
    assert manifest_of(draft, people["owner"])["spec"]["outputs"][0]["values"] == [
        {"subject": "s", "schema": "{"}
    ]

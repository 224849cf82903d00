"""Every form that a person fills in keeps what was typed and says at its field what is wrong."""

# ruff: noqa: F811  (fixtures of the room are taken by their name)
from __future__ import annotations

from html.parser import HTMLParser
from typing import Any

import pytest

from catalog.models import ProductDraft
from tests.faces.test_catalog_register import (  # noqa: F401
    PRODUCT,
    PROMISES,
    SCHEMA,
    TOPIC,
    client_of,
    started,
)
from tests.rooms.governance.conftest import (  # noqa: F401
    FakeBroker,
    broker,
    mesh,
    product_items,
    submitted,
    work,
)

pytestmark = pytest.mark.django_db
LONG = "x" * 70_000


class Controls(HTMLParser):
    """The controls of a page by name: what stands in them, and which are marked as wrong."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.values: dict[str, str] = {}
        self.wrong: set[str] = set()
        self.faults: set[str] = set()  # ids of boxes beside fields that hold a fault
        self._inside = ""
        self._box = ""
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag in ("input", "select", "textarea") and "aria-invalid" in given:
            self.wrong.add(name)
        if tag == "input" and given.get("type") in ("checkbox", "radio"):
            if "checked" in given:
                self.values[name] = given.get("value", "")
        elif tag == "input":
            self.values[name] = given.get("value", "")
        elif tag in ("select", "textarea"):
            self._inside = name
            self.values[name] = ""
        elif tag == "option" and "selected" in given:
            self.values[self._inside] = given["value"]
        if given.get("id", "").endswith("-fault"):
            self._box = given["id"].removeprefix("field-").removesuffix("-fault")
        if tag == "p" and given.get("class") == "fault":
            self.faults.add(self._box)

    def handle_endtag(self, tag: str) -> None:
        if tag in ("select", "textarea"):
            self._inside = ""

    def handle_data(self, data: str) -> None:
        if self._inside and self.lasttag == "textarea":
            self.values[self._inside] += data.removeprefix("\n")


def assert_kept(answer: Any, sent: dict[str, str], wrong: str) -> None:
    """The answer holds the form as it was sent, with a fault at the wrong field alone."""
    assert 200 <= answer.status_code < 500 and "Location" not in answer, answer.status_code
    found = Controls(answer.content.decode())
    assert wrong.replace("_", "-") in found.faults, (wrong, found.faults)
    for name, value in sent.items():
        if name in found.values:
            assert found.values[name] == value, name
    assert wrong in found.values


STEPS: list[tuple[str, dict[str, str], str, str]] = [
    *(("product", PRODUCT, name, value) for name, value in (
        ("name", "Or\u202eders"), ("name", ""), ("purpose", ""), ("purpose", LONG), ("usage", LONG),
        ("limitations", LONG), ("slug", "Not a slug"),
    )),
    *(("topic", TOPIC, name, value) for name, value in (
        ("topic", "bad name!"), ("partitions", "many"), ("replication_factor", "0"),
        ("retention", "for ever"), ("rate", "many"), ("record_bytes", "-1"), ("port", ""),
        ("port", "x" * 121), ("version", "x" * 41), ("description", LONG),
    )),
    *(("schema", SCHEMA, name, value) for name, value in (
        ("value_schema_0", "{"), ("value_subject_0", ""), ("value_schema_0", '{"type": "<b>"}'),
    )),
    *(("promises", PROMISES, name, value) for name, value in (
        ("promise_value_0", "soon"), ("promise_value_0", "<b>"), ("promise_value_0", "-5"),
    )),
    ("review", {}, "reason", "short"),
]  # fmt: skip


@pytest.mark.parametrize(("step", "right", "name", "value"), STEPS)
def test_each_step_of_a_registration_keeps_a_wrong_value(
    client_of: Any, step: str, right: dict[str, str], name: str, value: str
) -> None:
    client = client_of("owner")
    sent = {**right, name: value}
    if step == "product":
        assert_kept(client.post("/products/new", sent), sent, name)
        return
    path = f"/products/drafts/{started(client).public_id}/{step}"
    for before, typed in (("topic", TOPIC), ("schema", SCHEMA), ("promises", PROMISES)):
        if step == "review":
            client.post(path.replace("/review", f"/{before}"), typed)
    revision = Controls(client.get(path).content.decode()).values["revision"]
    answer = client.post(path, {**sent, "revision": revision})
    assert_kept(answer, sent, name)
    again = client.get(path)  # what was wrong is kept with the draft as well
    assert Controls(again.content.decode()).values[name] == value
    assert ProductDraft.objects.get().request_number is None


@pytest.mark.parametrize(
    ("name", "value"),
    [("label", ""), ("label", "a\u202eb"), ("label", "x" * 121), ("days", "²"), ("days", "0"),
     ("days", "366"), ("days", "soon")],
)  # fmt: skip
def test_a_refused_key_keeps_its_form(client_of: Any, name: str, value: str) -> None:
    sent = {
        "what": "create",
        "label": "nightly job",
        "days": "30",
        "scopes": "catalog:read",
        name: value,
    }
    assert_kept(client_of("owner").post("/developer", sent), sent, name)


def test_a_key_without_a_known_scope_says_so_beside_the_scopes(client_of: Any) -> None:
    sent = {"what": "create", "label": "nightly job", "days": "30", "scopes": "all:of-it"}
    text = client_of("owner").post("/developer", sent).content.decode()
    assert 'href="#field-scopes"' in text and "Unknown scope" in text
    assert Controls(text).values["label"] == "nightly job"


@pytest.mark.parametrize(
    ("decision", "name", "value"),
    [
        ("decline", "reason", "no"),
        ("decline", "reason", "control\x07character here"),
        ("approve", "reason", "x" * 4001),
        ("approve", "reason", "bell\x07"),
        ("comment", "words", "bell\x07"),
        ("comment", "words", "x" * 4001),
    ],
)
def test_a_refused_decision_keeps_its_words(
    submitted: Any, people: Any, sign_in: Any, decision: str, name: str, value: str
) -> None:
    request = submitted(*product_items())
    sent = {"decision": decision, "plan_hash": request.plan_hash, "revision": str(request.revision)}
    path = f"/governance/requests/{request.pk}"
    answer = sign_in(people["owner"]).post(path, {**sent, name: value})
    assert answer.status_code == 422
    assert_kept(answer, {name: value}, name)
    request.refresh_from_db()
    assert request.state == "awaiting_approval"


def test_a_wrong_time_zone_is_said_at_its_field_and_the_rest_is_kept(client_of: Any) -> None:
    sent = {"theme": "dark", "density": "compact", "zone": "Nowhere/At-all", "shortcuts": "true"}
    answer = client_of("owner").post("/account", sent)
    found = Controls(answer.content.decode())
    assert answer.status_code == 422 and "zone" in found.faults
    assert found.values["shortcuts"] == "true"

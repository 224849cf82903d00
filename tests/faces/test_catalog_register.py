"""Registering in the web: each step keeps what was typed, says what is wrong beside the field."""

from __future__ import annotations

import re
import uuid
from typing import Any

import pytest

from catalog.actions.products import edit_product
from catalog.models import DataProduct, ProductDraft
from catalog.queries.drafts import draft_request
from governance.models import ChangeRequest
from mesh.audit.principal import SYSTEM
from mesh.kernel.errors import NotFound
from mesh.people.models import Membership
from tests.faces.markup import Page
from tests.factories import catalog, schemas, streams

pytestmark = pytest.mark.django_db
PRODUCT = {
    "name": "Orders", "slug": "orders", "team": "orders-team", "domain": "commerce",
    "kind": "source_aligned", "purpose": "Every change of an order.", "usage": "", "limitations": "",
    "tier": "gold", "visibility": "organisation", "sampling": "true",
}  # fmt: skip
TOPIC = {
    "mode": "new", "cluster": "demo", "topic": "commerce.orders.changes", "partitions": "3",
    "replication_factor": "1", "retention": "7", "retention_unit": "days",
    "cleanup_policy": "delete", "port": "changes", "version": "1",
}  # fmt: skip
SCHEMA = {"value_subject_0": "commerce.orders.changes-value", "value_schema_0": schemas.ORDER,
          "value_compatibility_0": "FULL"}  # fmt: skip
PROMISES = {"promise_property_0": "freshness", "promise_value_0": "30", "promise_unit_0": "s"}


@pytest.fixture
def client_of(people: dict[str, Any], sign_in: Any) -> Any:
    catalog.domain()
    streams.cluster("demo", broker_count=1)
    return lambda persona: sign_in(people[persona])


def text_of(answer: Any) -> str:
    assert answer.status_code == 200, (answer.status_code, answer.get("Location"))
    return str(answer.content.decode())


def revision_in(text: str) -> str:
    """What the form on a page was made from."""
    found = re.search(r'name="revision" value="([0-9a-f]*)"', text)
    assert found is not None
    return found[1]


def started(client: Any) -> ProductDraft:
    answer = client.post("/products/new", PRODUCT)
    assert answer.status_code == 302, answer.content.decode()[:2000]
    return ProductDraft.objects.get()


def test_a_registration_goes_step_by_step_to_a_request(
    client_of: Any, people: dict[str, Any]
) -> None:
    client = client_of("owner")
    text_of(client.get("/products/new"))
    draft = started(client)
    base = f"/products/drafts/{draft.public_id}"
    for step, typed, following in (
        ("topic", TOPIC, "schema"), ("schema", SCHEMA, "inputs"),
        ("inputs", {}, "promises"), ("promises", PROMISES, "review"),
    ):  # fmt: skip
        text_of(client.get(f"{base}/{step}"))
        answer = client.post(f"{base}/{step}", typed)
        assert answer.get("Location") == f"{base}/{following}", text_of(answer)[:3000]
    review = text_of(client.get(f"{base}/review"))
    assert "Create topic commerce.orders.changes" in review
    assert "Fresh within 30 s" in review
    assert f"/governance/_/draft-checks/{draft.public_id}" in review
    seen = revision_in(review)
    refused = text_of(client.post(f"{base}/review", {"reason": "short", "revision": seen}))
    assert 'href="#field-reason"' in refused
    said = {"reason": "We need it for the new shop.", "revision": revision_in(refused)}
    sent = client.post(f"{base}/review", said)
    assert (sent.status_code, sent["Location"]) == (
        307,
        f"/governance/drafts/{draft.public_id}/send",
    )
    body = draft_request(people["owner"], draft.public_id)
    assert [item["kind"] for item in body["items"]] == [
        "topic.create", "schema.register", "product.create", "port.create", "promise.set",
        "lifecycle.activate",
    ]  # fmt: skip
    assert body["reason"] == "We need it for the new shop."
    created = body["items"][0]["desired"]
    assert created["configs"] == {"cleanup.policy": "delete", "retention.ms": "604800000"}
    assert body["items"][1]["desired"]["compatibility"] == "FULL"
    assert body["items"][3]["desired"]["value_subjects"] == ["commerce.orders.changes-value"]
    assert body["items"][4]["desired"]["promises"] == [
        {"property": "freshness", "value": "30", "unit": "s"}
    ]
    assert not DataProduct.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"slug": "Not a slug"}, "slug"),
        ({"slug": "new"}, "slug"),
        ({"name": " "}, "name"),
        ({"name": "Or\u202eders"}, "name"),
        ({"team": ""}, "team"),
        ({"team": "risk-team"}, "team"),
        ({"domain": "nowhere"}, "domain"),
        ({"purpose": ""}, "purpose"),
        ({"tier": "platinum"}, "tier"),
    ],
)
def test_a_wrong_product_stays_in_the_form_with_its_fault(
    client_of: Any, change: dict[str, str], name: str
) -> None:
    text = text_of(
        client_of("owner").post("/products/new", {**PRODUCT, **change, "usage": "kept words"})
    )
    assert f'href="#field-{name}"' in text
    assert "kept words" in text
    assert not ProductDraft.objects.exists()


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ({"topic": "bad name!"}, "topic"),
        ({"topic": ".."}, "topic"),
        ({"topic": "commerce.taken"}, "topic"),
        ({"partitions": "0"}, "partitions"),
        ({"partitions": "many"}, "partitions"),
        ({"replication_factor": "3"}, "replication_factor"),
        ({"retention": "-1"}, "retention"),
        ({"cluster": "nope"}, "cluster"),
        ({"mode": "existing", "existing": ""}, "existing"),
        ({"mode": "existing", "existing": "x" * 36}, "existing"),
        ({"mode": ""}, "mode"),
        ({"port": ""}, "port"),
        ({"port": "x" * 121}, "port"),
        ({"version": "x" * 41}, "version"),
        ({"rate": "many"}, "rate"),
        ({"rate": "nan"}, "rate"),
        ({"record_bytes": "-1"}, "record_bytes"),
    ],
)
def test_a_topic_the_broker_would_refuse_is_named(
    client_of: Any, change: dict[str, str], name: str
) -> None:
    streams.topic("commerce.taken")
    client = client_of("owner")
    draft = started(client)
    text = text_of(client.post(f"/products/drafts/{draft.public_id}/topic", {**TOPIC, **change}))
    assert f'href="#field-{name.replace("_", "-")}"' in text
    draft.refresh_from_db()
    assert draft.document["topic"]["port"] == {**TOPIC, **change}["port"]


def test_a_topic_of_another_product_cannot_be_taken(client_of: Any) -> None:
    catalog.active("payments")
    client = client_of("owner")
    draft = started(client)
    topic = DataProduct.objects.get().ports.get().topics.get().topic
    typed = {**TOPIC, "mode": "existing", "existing": str(topic.public_id)}
    text = text_of(client.post(f"/products/drafts/{draft.public_id}/topic", typed))
    assert "already published by another product" in text


def test_an_observed_topic_is_adopted(client_of: Any, people: dict[str, Any]) -> None:
    topic = streams.topic("commerce.orders.v1")
    client = client_of("owner")
    draft = started(client)
    typed = {**TOPIC, "mode": "existing", "existing": str(topic.public_id)}
    client.post(f"/products/drafts/{draft.public_id}/topic", typed)
    body = draft_request(people["owner"], draft.public_id)
    assert body["items"][0]["kind"] == "topic.adopt"
    assert body["items"][0]["object"] == {"cluster": "demo", "topic": "commerce.orders.v1"}


@pytest.mark.parametrize(
    "schema", ["{", "[1]", '{"type":"record","name":"1x","fields":[]}', "x" * 100]
)
def test_a_malformed_schema_is_refused_at_its_place(client_of: Any, schema: str) -> None:
    client = client_of("owner")
    draft = started(client)
    typed = {**SCHEMA, "value_schema_0": schema}
    text = text_of(client.post(f"/products/drafts/{draft.public_id}/schema", typed))
    assert 'href="#field-value-schema-0"' in text


def test_several_record_types_each_need_their_subject(client_of: Any) -> None:
    client = client_of("owner")
    draft = started(client)
    typed = {**SCHEMA, "value_subject_1": "commerce.orders.changes-value", "value_schema_1": schemas.ORDER,
             "value_compatibility_1": ""}  # fmt: skip
    text = text_of(client.post(f"/products/drafts/{draft.public_id}/schema", typed))
    assert 'href="#field-value-subject-1"' in text


@pytest.mark.parametrize(
    ("typed", "name"),
    [
        ({"promise_value_0": "30", "promise_unit_0": ""}, "value"),
        ({"promise_value_0": "soon", "promise_unit_0": "s"}, "value"),
        ({"promise_property_0": "consumerLatency"}, "consumer"),
    ],
)
def test_an_unclear_promise_is_refused_beside_its_field(
    client_of: Any, typed: dict[str, str], name: str
) -> None:
    client = client_of("owner")
    draft = started(client)
    text = text_of(
        client.post(f"/products/drafts/{draft.public_id}/promises", {**PROMISES, **typed})
    )
    assert f'href="#field-promise-{name}-0"' in text


def test_a_group_that_nobody_saw_is_said_and_kept(client_of: Any) -> None:
    streams.group("warehouse-picker", on=streams.cluster("demo"))
    client = client_of("owner")
    base = f"/products/drafts/{started(client).public_id}"
    typed = {"promise_property_0": "consumerLatency", "promise_consumer_0": "warehouse-piker"}
    assert client.post(f"{base}/promises", {**PROMISES, **typed}).status_code == 302
    for step in ("review", "promises"):
        text = text_of(client.get(f"{base}/{step}"))
        assert "was seen yet" in text and "Did you mean warehouse-picker?" in text


def test_storage_is_estimated_or_said_to_be_unknown(client_of: Any) -> None:
    client = client_of("owner")
    draft = started(client)
    base = f"/products/drafts/{draft.public_id}/topic"
    first = text_of(client.post(base, {**TOPIC, "save": "here"}))
    assert "Not estimated: no rate is known." in first
    typed = {**TOPIC, "rate": "100", "record_bytes": "1024", "save": "here"}
    typed["revision"] = revision_in(first)
    assert re.search("About 57[.][67] GiB on disk", text_of(client.post(base, typed)))


def test_a_draft_is_saved_as_it_is_and_is_its_persons_alone(
    client_of: Any, people: dict[str, Any]
) -> None:
    client = client_of("owner")
    assert client.post("/products/new", {"name": "Half", "save": "draft"}).status_code == 302
    draft = ProductDraft.objects.get()
    assert draft.document["product"]["name"] == "Half"
    with pytest.raises(NotFound):
        draft_request(people["engineer"], draft.public_id)
    assert (
        client_of("engineer").get(f"/products/drafts/{draft.public_id}/product").status_code == 404
    )
    assert client_of("owner").get(f"/products/drafts/{uuid.uuid4()}/product").status_code == 404
    assert client_of("owner").post(f"/products/drafts/{draft.public_id}/discard").status_code == 302
    assert not ProductDraft.objects.exists()


def test_an_unfinished_registration_cannot_be_sent(client_of: Any) -> None:
    client = client_of("owner")
    draft = started(client)
    text = text_of(client.get(f"/products/drafts/{draft.public_id}/review"))
    assert "is not finished" in text
    assert "Finish the steps above first" in text


def test_a_reader_registers_nothing(client_of: Any) -> None:
    assert client_of("reader").get("/products/new").status_code == 403


def test_a_change_starts_from_what_stands_and_asks_only_for_what_differs(
    client_of: Any, people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    catalog.promise(product, property="freshness", value="30", unit="s")
    catalog.promise(product, property="availability", value="99", unit="%")
    client = client_of("owner")
    answer = client.get("/products/orders/edit?step=promises")
    draft = ProductDraft.objects.get()
    assert answer["Location"] == f"/products/drafts/{draft.public_id}/promises"
    client.get("/products/orders/edit")
    assert ProductDraft.objects.count() == 1
    assert draft_request(people["owner"], draft.public_id)["items"] == []
    base = f"/products/drafts/{draft.public_id}"
    for step in ("product", "topic", "schema", "promises", "review"):
        text_of(client.get(f"{base}/{step}"))
    seen = revision_in(text_of(client.get(f"{base}/promises")))
    client.post(f"{base}/promises", {**PROMISES, "promise_value_0": "20", "revision": seen})
    items = draft_request(people["owner"], draft.public_id)["items"]
    assert [item["kind"] for item in items] == ["promise.set"]
    assert items[0]["desired"]["promises"] == [
        {"property": "freshness", "value": "20", "unit": "s"},
        {"property": "availability", "ended": True},
    ]
    assert client_of("consumer").get("/products/orders/edit").status_code == 403


def test_a_step_saved_in_two_windows_shows_both_and_keeps_both(client_of: Any) -> None:
    client = client_of("owner")
    draft = started(client)
    path = f"/products/drafts/{draft.public_id}/product"
    seen = revision_in(text_of(client.get(path)))
    theirs = {**PRODUCT, "purpose": "Orders of the shop.", "revision": seen}
    assert client.post(path, theirs).status_code == 302
    yours = {**PRODUCT, "purpose": "Orders & returns.", "tier": "silver", "revision": seen}
    late = client.post(path, yours)
    text = late.content.decode()
    assert late.status_code == 412
    for said in (
        "Orders of the shop.",
        "Orders &amp; returns.",
        "gold",
        "silver",
        "Keep mine",
        "Take theirs",
    ):
        assert said in text, said
    assert "Who may find it" not in text  # both say the same
    assert Page(text).faults == []
    draft.refresh_from_db()
    assert draft.document["product"]["purpose"] == "Orders of the shop."
    kept = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', text))
    assert client.post(path, {**kept, "purpose": "Orders & returns."}).status_code == 302
    draft.refresh_from_db()
    assert (draft.document["product"]["purpose"], draft.document["product"]["tier"]) == (
        "Orders & returns.", "silver",
    )  # fmt: skip


def test_the_same_words_twice_and_another_step_are_no_conflict(client_of: Any) -> None:
    client = client_of("owner")
    base = f"/products/drafts/{started(client).public_id}"
    for _ in range(2):  # a second click of the same button
        assert client.post(f"{base}/topic", TOPIC).status_code == 302
    assert client.post(f"{base}/promises", PROMISES).status_code == 302


@pytest.mark.parametrize(
    ("step", "first", "second", "shown"),
    [
        ("topic", TOPIC, {**TOPIC, "partitions": "6"}, ("Partitions", "3", "6")),
        ("promises", PROMISES, {**PROMISES, "promise_value_0": "20"}, ("Freshness", "30 s", "20 s")),
        ("schema", SCHEMA, {**SCHEMA, "value_compatibility_0": "NONE"}, ("compatibility", "FULL", "NONE")),
    ],
)  # fmt: skip
def test_a_form_without_a_revision_overwrites_nothing(
    client_of: Any, step: str, first: Any, second: Any, shown: tuple[str, ...]
) -> None:
    client = client_of("owner")
    path = f"/products/drafts/{started(client).public_id}/{step}"
    client.post(path, first)
    late = client.post(path, second)
    assert late.status_code == 412
    row = re.search(
        r"<tr><th[^>]*>([^<]*)</th><td>([^<]*)</td><td>([^<]*)</td>", late.content.decode()
    )
    assert row is not None and all(
        said in found for said, found in zip(shown, row.groups(), strict=True)
    )


def test_only_what_was_reviewed_is_sent_and_only_once(client_of: Any) -> None:
    client = client_of("owner")
    draft = started(client)
    base = f"/products/drafts/{draft.public_id}"
    for step, typed in (("topic", TOPIC), ("schema", SCHEMA), ("promises", PROMISES)):
        client.post(f"{base}/{step}", typed)
    asked = {"reason": "We need it for the new shop."}
    asked["revision"] = revision_in(text_of(client.get(f"{base}/review")))
    seen = revision_in(text_of(client.get(f"{base}/topic")))
    client.post(f"{base}/topic", {**TOPIC, "partitions": "6", "revision": seen})
    late = client.post(f"{base}/review", asked)
    text = late.content.decode()
    assert late.status_code == 412 and "This draft has moved" in text
    assert "6 partitions" in text and "We need it for the new shop." in text
    send = f"/governance/drafts/{draft.public_id}/send"
    assert client.post(send, {**asked, "back": f"{base}/review"})["Location"] == f"{base}/review"
    assert not ChangeRequest.objects.exists()
    asked["revision"] = revision_in(text)
    assert client.post(f"{base}/review", asked).status_code == 307
    first, second = client.post(send, asked), client.post(send, asked)
    assert (
        first["Location"]
        == second["Location"]
        == f"/governance/requests/{ChangeRequest.objects.get().pk}"
    )
    assert client.get(f"{base}/topic")["Location"] == first["Location"]


def test_a_change_asks_for_its_own_changes_alone_though_the_product_moved_on(
    client_of: Any, people: dict[str, Any], teams: dict[str, Any]
) -> None:
    """A draft that lay for a week must not take back what others did in that week."""
    product = catalog.active(team=teams["orders"])
    catalog.promise(product, property="freshness", value="30", unit="s")
    client = client_of("owner")
    client.get("/products/orders/edit")
    draft = ProductDraft.objects.get()
    base = f"/products/drafts/{draft.public_id}"
    text = text_of(client.get(f"{base}/promises"))
    mine = {**PROMISES, "promise_value_0": "20", "revision": revision_in(text)}
    assert client.post(f"{base}/promises", mine).status_code == 302
    reviewed = revision_in(text_of(client.get(f"{base}/review")))
    catalog.promise(product, property="availability", value="99", unit="%")
    edit_product(product.pk, {"purpose": "Said by others.", "limitations": "None."}, by=SYSTEM)
    subject = product.ports.get().topics.get().topic.topic_subjects.get().subject
    schemas.version(subject, schemas.ORDER.replace("customer_id", "buyer_id"))
    send = f"/governance/drafts/{draft.public_id}/send"
    asked = {"reason": "We promise more.", "revision": reviewed, "back": f"{base}/review"}
    assert client.post(send, asked)["Location"] == f"{base}/review"
    assert not ChangeRequest.objects.exists()
    text = text_of(client.get(f"{base}/product"))
    assert "Said by others." in text
    items = draft_request(people["owner"], draft.public_id)["items"]
    assert [item["kind"] for item in items] == ["promise.set"]
    assert items[0]["desired"]["promises"] == [
        {"property": "freshness", "value": "20", "unit": "s"}
    ]


def test_what_both_changed_stays_mine_and_is_said(
    client_of: Any, people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    client = client_of("owner")
    client.get("/products/orders/edit")
    path = f"/products/drafts/{ProductDraft.objects.get().public_id}/product"
    found = text_of(client.get(path))
    mine = {
        **PRODUCT,
        "tier": "",
        "sampling": "",
        "purpose": "Mine.",
        "revision": revision_in(found),
    }
    client.post(path, mine)
    edit_product(product.pk, {"purpose": "Theirs.", "usage": "Theirs too."}, by=SYSTEM)
    text = text_of(client.get(path))
    assert "somebody made it “Theirs.” meanwhile; your “Mine.” stays" in text
    assert re.search(r"<textarea[^>]*>\s*Mine.</textarea>", text)
    assert re.search(r"<textarea[^>]*>\s*Theirs too.</textarea>", text)
    assert "changed since you began" not in text_of(client.get(path))  # said once


def test_who_left_the_team_reads_in_an_old_draft_nothing_that_came_later(
    client_of: Any, people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    client = client_of("owner")
    client.get("/products/orders/edit")
    draft = ProductDraft.objects.get()
    Membership.objects.filter(user_id=people["owner"].user_pk, team=teams["orders"]).delete()
    edit_product(product.pk, {"purpose": "Not for them."}, by=SYSTEM)
    base = f"/products/drafts/{draft.public_id}"
    for path in (f"{base}/product", f"{base}/review"):
        answer = client.get(path)
        assert answer.status_code == 403 and "Not for them." not in answer.content.decode()
    draft.refresh_from_db()
    assert "Not for them." not in str(draft.document)


def test_a_form_opened_before_the_product_moved_overwrites_nothing(
    client_of: Any, teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    client = client_of("owner")
    client.get("/products/orders/edit")
    path = f"/products/drafts/{ProductDraft.objects.get().public_id}/product"
    seen = revision_in(text_of(client.get(path)))
    edit_product(product.pk, {"purpose": "Theirs."}, by=SYSTEM)
    late = client.post(path, {**PRODUCT, "purpose": "Mine.", "revision": seen})
    text = late.content.decode()
    assert late.status_code == 412 and "Theirs." in text and "Mine." in text

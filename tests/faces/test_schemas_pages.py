"""Pages and REST of subjects: list, history, difference, readers, a change checked without saving."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel import clock
from mesh.people.models import ObjectScope
from schemas import ports
from schemas.actions import check_subject, record_access, register_version
from schemas.models import SchemaVersion, Subject
from schemas.registering.access import Seen

pytestmark = pytest.mark.django_db(transaction=False)


def record(*names: str, optional: tuple[str, ...] = ()) -> str:
    fields: list[dict[str, Any]] = [
        {"name": name, "type": "string", "doc": f"The {name}."} for name in names
    ]
    fields += [{"name": name, "type": ["null", "long"], "default": None} for name in optional]
    return json.dumps({"type": "record", "name": "Order", "namespace": "shop", "fields": fields})


@pytest.fixture(autouse=True)
def _gate(settings: Any) -> Any:
    before = ports.current_gate()
    ports.set_gate(ports.allow_compatible)
    settings.OPEN_REGISTRATION = True
    yield
    ports.set_gate(before)


@pytest.fixture
def subject(people: dict[str, Principal]) -> Subject:
    for text in (record("id"), record("id", optional=("price",))):
        register_version("orders-value", text, by=people["engineer"])
    return Subject.objects.get(name="orders-value")


def test_the_list_tells_owner_level_and_verdict(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    check_subject(subject.pk, by=SYSTEM)
    page = sign_in(people["reader"]).get("/subjects")
    text = page.content.decode()
    assert page.status_code == 200
    for words in (f"/subjects/{subject.public_id}", "No owner", "BACKWARD", "Compatible"):
        assert words in text
    assert "1 without an owner" in text


def test_the_list_finds_by_name_and_shows_what_is_unowned(
    subject: Subject, people: dict[str, Principal], teams: Any, sign_in: Any
) -> None:
    register_version("payments-value", record("id"), by=people["engineer"])
    mine = f"/subjects/{subject.public_id}"
    other = f"/subjects/{Subject.objects.get(name='payments-value').public_id}"
    ObjectScope.objects.create(
        kind="subject", object_id=subject.public_id, team=teams["orders"], product_slug="orders"
    )
    browser = sign_in(people["reader"])
    found = browser.get("/subjects?q=orders").content.decode()
    assert mine in found and other not in found
    unowned = browser.get("/subjects?show=unowned").content.decode()
    assert other in unowned and mine not in unowned
    assert browser.get("/subjects?q=%00").status_code == 200
    assert browser.get("/subjects?cursor=nonsense").status_code == 400


@pytest.mark.parametrize("tab", ["fields", "versions", "readers", "text", "check", "nonsense"])
def test_every_tab_answers(
    subject: Subject, people: dict[str, Principal], sign_in: Any, tab: str
) -> None:
    page = sign_in(people["reader"]).get(f"/subjects/{subject.public_id}?tab={tab}")
    assert page.status_code == 200
    assert "orders-value" in page.content.decode()


def test_fields_have_path_type_doc_and_default(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    text = sign_in(people["reader"]).get(f"/subjects/{subject.public_id}").content.decode()
    for words in ("The id.", "price", "optional", "null"):
        assert words in text
    first = sign_in(people["reader"]).get(f"/subjects/{subject.public_id}?version=1")
    assert "price" not in first.content.decode()


def test_two_versions_are_compared_in_words(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    browser = sign_in(people["reader"])
    forward = browser.get(f"/subjects/{subject.public_id}?from=1&to=2").content.decode()
    assert "was added" in forward
    backward = browser.get(f"/subjects/{subject.public_id}?from=2&to=1").content.decode()
    assert "was removed" in backward
    assert browser.get(f"/subjects/{subject.public_id}?from=9&to=1").status_code == 404
    assert browser.get(f"/subjects/{subject.public_id}?from=x&to=1").status_code == 400


def test_a_change_is_judged_in_words_and_not_saved(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    browser = sign_in(people["reader"])
    address = f"/subjects/{subject.public_id}?tab=check"
    good = browser.post(address, {"schema": record("id", optional=("price", "tax"))})
    assert "This change can be registered." in good.content.decode()
    bad = browser.post(address, {"schema": record("id", "customer", optional=("price",))})
    text = bad.content.decode()
    assert "This change breaks the subject&#x27;s level." in text
    assert "READER_FIELD_MISSING_DEFAULT_VALUE" in text
    assert "customer" in text
    broken = browser.post(address, {"schema": '{"type": "record"'})
    assert "not a valid Avro schema" in broken.content.decode()
    assert SchemaVersion.objects.count() == 2


def test_typing_gets_line_and_path(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    browser = sign_in(people["reader"])
    text = '{\n "type": "record", "name": "R",\n "fields": [\n  {"name": "a", "type": "strin"}\n]}'
    answer = browser.post("/schemas/_/check", {"schema": text, "subject": "new-value"}).json()
    assert answer["ok"] is False
    assert (answer["faults"][0]["line"], answer["faults"][0]["path"]) == (4, "/fields/0/type")
    fine = browser.post("/schemas/_/check", {"schema": record("id"), "subject": "new-value"})
    assert fine.json()["ok"] is True
    incompatible = browser.post(
        "/schemas/_/check", {"schema": record("id", "customer"), "subject": "orders-value"}
    ).json()
    assert incompatible["faults"][0]["line"] == 1
    assert incompatible["faults"][0]["path"] == "/fields/1"


@pytest.mark.parametrize("text", ["", "null", "[", '"\\ud800"', "x" * 70_000, "[" * 3_000])
def test_hostile_text_is_an_answer_not_an_error(
    people: dict[str, Principal], sign_in: Any, text: str
) -> None:
    answer = sign_in(people["reader"]).post("/schemas/_/check", {"schema": text})
    assert answer.status_code == 200
    assert answer.json()["ok"] is False and answer.json()["faults"]


def test_readers_are_listed_with_what_they_do(
    subject: Subject, people: dict[str, Principal], sign_in: Any
) -> None:
    now = clock.now()
    seen = Seen("service:1", "checkout", "python/2", "fetch", "orders-value", 2, now, now, 41)
    record_access([seen], by=SYSTEM)
    record_access([seen], by=SYSTEM)
    text = (
        sign_in(people["reader"]).get(f"/subjects/{subject.public_id}?tab=readers").content.decode()
    )
    for words in ("checkout", "reads", "82"):
        assert words in text


def test_hidden_subjects_do_not_exist_for_others(
    subject: Subject,
    people: dict[str, Principal],
    teams: Any,
    sign_in: Any,
    key_of: Any,
    client: Any,
) -> None:
    ObjectScope.objects.create(
        kind="subject", object_id=subject.public_id, team=teams["orders"], visibility="restricted"
    )
    hidden = f"/api/v1/subjects/{subject.public_id}"
    consumer, engineer = key_of(people["consumer"]), key_of(people["engineer"])
    assert client.get(hidden, **consumer).status_code == 404
    assert client.get(hidden, **engineer).status_code == 200
    assert client.get("/api/v1/subjects", **consumer).json()["items"] == []
    assert sign_in(people["consumer"]).get(f"/subjects/{subject.public_id}").status_code == 404


def test_rest_answers_subject_versions_fields_and_difference(
    subject: Subject, people: dict[str, Principal], key_of: Any, client: Any
) -> None:
    key = key_of(people["reader"])
    listed = client.get("/api/v1/subjects?q=orders", **key).json()["items"]
    assert [row["name"] for row in listed] == ["orders-value"]
    one = f"/api/v1/subjects/{subject.public_id}"
    assert client.get(one, **key).json()["latest_version"] == 2
    versions = client.get(f"{one}/versions", **key).json()["items"]
    assert [row["version"] for row in versions] == [2, 1]
    fields = client.get(f"{one}/fields?version=1", **key).json()
    assert [row["path"] for row in fields["items"]] == ["id"]
    change = client.get(f"{one}/diff?from=1&to=2", **key).json()
    assert change["items"][0]["kind"] == "field-added"
    assert client.get(f"{one}/diff?from=1&to=99", **key).status_code == 404
    assert client.get("/api/v1/subjects?colour=red", **key).status_code == 400
    assert client.get(one).status_code == 401


def test_rest_sets_a_level_on_an_unowned_subject(
    subject: Subject, people: dict[str, Principal], key_of: Any, client: Any
) -> None:
    one = f"/api/v1/subjects/{subject.public_id}"
    body = json.dumps({"compatibility": "FULL"})

    def patch(principal: Principal, **more: str) -> Any:
        return client.patch(one, body, content_type="application/json", **key_of(principal), **more)

    assert patch(people["engineer"]).status_code == 428
    revision = f'"r{subject.revision}"'
    assert patch(people["reader"], HTTP_IF_MATCH=revision).status_code == 403
    done = patch(people["engineer"], HTTP_IF_MATCH=revision)
    assert (done.status_code, done.json()["level"]) == (200, "FULL")
    assert patch(people["engineer"], HTTP_IF_MATCH=revision).status_code == 412


def test_registry_use_is_for_known_callers(
    subject: Subject, people: dict[str, Principal], key_of: Any, client: Any
) -> None:
    now = clock.now()
    record_access(
        [Seen("service:1", "checkout", "python/2", "fetch", "orders-value", 2, now, now, 3)],
        by=SYSTEM,
    )
    rows = client.get("/api/v1/registry-access?subject=orders-value", **key_of(people["reader"]))
    assert [(row["principal_label"], row["count"]) for row in rows.json()["items"]] == [
        ("checkout", 3)
    ]
    assert client.get("/api/v1/registry-access").status_code == 401


@pytest.mark.parametrize("number", [1, 20])
def test_the_list_costs_the_same_for_any_number_of_subjects(
    people: dict[str, Principal], sign_in: Any, number: int, django_assert_max_num_queries: Any
) -> None:
    for index in range(number):
        register_version(f"subject-{index:02}", record("id"), by=people["engineer"])
    browser = sign_in(people["reader"])
    with django_assert_max_num_queries(13):
        assert browser.get("/subjects").status_code == 200

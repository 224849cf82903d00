"""What breaks if I change this schema, and whose: a verdict for every reader."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest

from lineage import actions, queries
from lineage.evidence.observing import access_sightings, subject_sightings
from lineage.models import Edge
from lineage.reading.verdicts import Verdict
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.people.models import ServiceAccount, Team
from schemas.errors import InvalidSchemaText, SubjectMissing
from schemas.models import RegistryAccess, SchemaVersion
from streams.models import Topic
from tests.factories import lineage, schemas, streams

pytestmark = pytest.mark.django_db


def order(*fields: dict[str, Any]) -> str:
    return json.dumps(
        {"type": "record", "name": "Order", "fields": [{"name": "id", "type": "string"}, *fields]}
    )


COUPON = {"name": "coupon", "type": "string"}
PLACED = {"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-millis"}}
MICROS = {"name": "placed_at", "type": {"type": "long", "logicalType": "timestamp-micros"}}
FIRST = order(COUPON, PLACED)


def account(team: Team, name: str, purpose: str = "") -> ServiceAccount:
    return ServiceAccount.objects.create(name=name, team=team, purpose=purpose)


def used(by: ServiceAccount, version: SchemaVersion, action: str = "fetch") -> RegistryAccess:
    now = database_now()
    return RegistryAccess.objects.create(
        principal=f"service:{by.public_id}", principal_label=by.name, action=action,
        schema_number=version.schema_id.number, first_seen=now - timedelta(minutes=5), last_seen=now, count=3,
        subject_name="" if action == "fetch" else version.subject.name,
    )  # fmt: skip


@pytest.fixture
def orders(teams: dict[str, Any]) -> Topic:
    return lineage.product("orders", team=teams["orders"])


@pytest.fixture
def subject(orders: Topic) -> Any:
    return schemas.subject("orders-value", FIRST)


@pytest.fixture
def fraud(orders: Topic, subject: Any, teams: dict[str, Any]) -> ServiceAccount:
    """The risk team's product reads orders with the group fraud-scorer, and fetched version 1."""
    lineage.product("fraud", inputs=(lineage.reads("orders", "fraud-scorer"),), team=teams["risk"])
    lineage.moved(streams.group("fraud-scorer"), orders)
    return account(teams["risk"], "risk-programs")


def judged(text: str) -> Any:
    return queries.impact(SYSTEM, "orders-value", text)


def test_a_reader_that_misses_a_field_breaks(fraud: ServiceAccount, subject: Any) -> None:
    used(fraud, subject.versions.get())
    answer = judged(order(PLACED))
    (reader,) = answer.readers
    assert (reader.name, reader.product, reader.verdict, reader.version) == (
        "fraud-scorer",
        "fraud",
        Verdict.BREAK,
        1,
    )
    assert "coupon" in reader.reason
    assert (answer.headline, answer.state) == ("Breaks 1 of 1 reader", "bad")


def test_a_changed_unit_is_silent(fraud: ServiceAccount, subject: Any) -> None:
    used(fraud, subject.versions.get())
    (reader,) = judged(order(COUPON, MICROS)).readers
    assert (reader.verdict, reader.reasons[0].location) == (Verdict.SILENT, "placed_at")


def test_a_new_field_is_fine_for_a_known_reader(fraud: ServiceAccount, subject: Any) -> None:
    used(fraud, subject.versions.get())
    answer = judged(order(COUPON, PLACED, {"name": "channel", "type": "string", "default": "WEB"}))
    assert (answer.headline, answer.worst) == ("OK for all 1 reader", Verdict.OK)


def test_a_reader_whose_team_fetched_nothing_is_unknown_and_never_ok(fraud: ServiceAccount) -> None:
    answer = judged(FIRST)
    assert (answer.headline, answer.worst) == ("OK for 0 of 1 reader, 1 unknown", Verdict.UNKNOWN)
    assert answer.readers[0].reason.startswith("no schema seen")


def test_a_group_that_nobody_declares_is_unknown(
    orders: Topic, subject: Any, teams: dict[str, Any]
) -> None:
    lineage.moved(streams.group("nightly-export"), orders)
    used(account(teams["risk"], "elsewhere"), subject.versions.get(), action="lookup")
    (reader,) = judged(order(PLACED)).readers
    assert (reader.verdict, reader.reasons[0].message) == (
        Verdict.UNKNOWN, "no schema seen: no product declares this group, so its programs are not known"
    )  # fmt: skip


def test_the_newest_version_fetched_counts(fraud: ServiceAccount, subject: Any) -> None:
    used(fraud, subject.versions.get())
    used(fraud, schemas.version(subject, order(PLACED)))
    (reader,) = judged(order(PLACED)).readers
    assert (reader.verdict, reader.version) == (Verdict.OK, 2)


def test_tools_and_people_are_no_readers(
    fraud: ServiceAccount, subject: Any, teams: dict[str, Any]
) -> None:
    used(account(teams["risk"], "ci-checks", purpose="ci"), subject.versions.get())
    assert judged(order(PLACED)).readers[0].verdict is Verdict.UNKNOWN


def test_a_declared_product_without_a_group_is_a_reader(
    orders: Topic, subject: Any, teams: dict[str, Any]
) -> None:
    lineage.product("revenue", inputs=(lineage.reads("orders"),), team=teams["risk"])
    (reader,) = judged(order(PLACED)).readers
    assert (reader.name, reader.kind, reader.declared, reader.observed) == (
        "revenue",
        "product",
        True,
        False,
    )


def test_an_effect_that_is_there_already_is_not_blamed_on_the_change(
    fraud: ServiceAccount, subject: Any
) -> None:
    used(fraud, subject.versions.get())
    schemas.version(subject, order(COUPON, MICROS))
    assert (
        judged(order(COUPON, MICROS, {"name": "note", "type": "string", "default": ""})).worst
        is Verdict.OK
    )


def test_a_key_encoded_differently_breaks_everybody(fraud: ServiceAccount) -> None:
    schemas.subject("orders-key", '"string"')
    answer = queries.impact(SYSTEM, "orders-key", '"long"')
    assert [reader.verdict for reader in answer.readers] == [Verdict.BREAK]
    assert "joins" in answer.readers[0].reason


def test_a_subject_without_a_topic_says_that_nothing_is_known() -> None:
    schemas.subject("lonely", FIRST)
    answer = queries.impact(SYSTEM, "lonely", FIRST)
    assert (answer.headline, answer.complete) == ("No topic is known to carry this subject", False)
    assert [cut.reason for cut in answer.truncated] == ["unresolved"]


def test_a_restricted_reader_counts_and_has_no_name(
    fraud: ServiceAccount, subject: Any, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    lineage.product(
        "fraud",
        inputs=(lineage.reads("orders", "fraud-scorer"),),
        team=teams["risk"],
        visibility="restricted",
    )
    used(fraud, subject.versions.get())
    answer = queries.impact(people["reader"], "orders-value", order(PLACED))
    assert "fraud" not in repr(answer)
    assert (answer.headline, answer.readers[0].name) == (
        "Breaks 1 of 1 reader",
        "restricted consumer",
    )


def test_a_hidden_subject_is_not_found(
    subject: Any, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    from mesh.people.models import ObjectScope

    ObjectScope.objects.create(
        kind="subject", object_id=subject.public_id, team=teams["orders"], visibility="restricted"
    )
    with pytest.raises(SubjectMissing):
        queries.impact(people["reader"], "orders-value", FIRST)


@pytest.mark.parametrize("text", ["", "{", '{"type":"record"}', "[" * 5000, '"unheard"'])
def test_text_that_is_no_schema_is_refused(subject: Any, text: str) -> None:
    with pytest.raises(InvalidSchemaText):
        judged(text)


# -- registry use as evidence ---------------------------------------------------------------------


def test_registering_proves_writing_and_fetching_proves_reading(
    orders: Topic, subject: Any, teams: dict[str, Any]
) -> None:
    writer, reader = account(teams["orders"], "checkout"), account(teams["risk"], "scorer")
    rows = [used(writer, subject.versions.get(), "register"), used(reader, subject.versions.get())]
    actions.observe(access_sightings([row.pk for row in rows]))
    assert set(Edge.objects.values_list("kind", "src__label", "dst__label", "observed")) == {
        ("writes", "checkout", "orders", 0.8),
        ("reads", "orders", "scorer", 0.6),
    }


def test_use_by_people_and_anonymous_callers_proves_nothing(orders: Topic, subject: Any) -> None:
    now = database_now()
    rows = [
        RegistryAccess.objects.create(
            principal=who,
            action="register",
            subject_name="orders-value",
            first_seen=now,
            last_seen=now,
        )
        for who in ("anonymous", "user:018f0000-0000-7000-8000-000000000000", "service:nobody")
    ]
    assert access_sightings([row.pk for row in rows]) == []


def test_an_id_that_two_topics_share_is_split(
    orders: Topic, subject: Any, teams: dict[str, Any]
) -> None:
    returns = lineage.product("returns")
    actions.bind_subject_topic(returns.pk, "orders-value", "value")
    row = used(account(teams["risk"], "scorer"), subject.versions.get())
    actions.observe(access_sightings([row.pk]))
    assert list(Edge.objects.values_list("observed", flat=True)) == [pytest.approx(0.3)] * 2


def test_use_before_the_topic_was_known_is_found_later(subject: Any, teams: dict[str, Any]) -> None:
    used(account(teams["orders"], "checkout"), subject.versions.get(), "register")
    actions.observe(subject_sightings("orders-value"))
    assert Edge.objects.get().src.label == "checkout"

"""Lines for people: once per object and ten minutes, only for those who may see and want to hear."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from mesh.audit import fanout
from mesh.audit.fanout import GIVE_UP, fan_out
from mesh.audit.models import OutboxEvent
from mesh.kernel.database import database_now
from mesh.people.models import MutedProduct, Notification, ObjectScope, User
from mesh.people.notices import KEPT, KEPT_MOST, forget, mark_read, unread_count, visible_notices
from mesh.people.telling import FAMILIES, SLOT_SECONDS, Story, register_teller, tell

pytestmark = pytest.mark.django_db
PRODUCT = UUID("01a20000-0000-7000-8000-000000000001")


@pytest.fixture
def told(people: dict[str, Any], monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """A family and an audience that each test chooses for the event `thing_happened`."""
    chosen: dict[str, Any] = {"family": "schema", "people": ["owner"], "product": PRODUCT}

    def teller(events: Sequence[OutboxEvent]) -> list[Story]:
        pks = {people[name].user_pk or 0: "you follow it" for name in chosen["people"]}
        return [
            Story(event, chosen["family"], "Orders", str(event.payload.get("say", "")), "/products/orders",
                  pks, chosen["product"])
            for event in events
        ]  # fmt: skip

    monkeypatch.setattr("mesh.people.telling._tellers", {})
    register_teller(teller, "thing_happened")
    return {**chosen, "chosen": chosen, "people": people}


def happened(say: str = "", *, thing: str = "one", seconds_ago: float = 0) -> OutboxEvent:
    start = int(database_now().timestamp()) // SLOT_SECONDS * SLOT_SECONDS
    at = database_now().fromtimestamp(start + 1 - seconds_ago, tz=database_now().tzinfo)
    return OutboxEvent.objects.create(
        name="thing_happened", object_kind="thing", object_id=thing, payload={"say": say}, at=at
    )


def lines() -> list[tuple[str, str]]:
    return list(Notification.objects.order_by("at", "pk").values_list("object_id", "words"))


def test_the_fan_out_tells_each_event_once(told: dict[str, Any]) -> None:
    happened("first")
    assert fan_out() == 1
    assert fan_out() == 0
    assert lines() == [("one", "first")]


def test_telling_twice_changes_nothing_even_out_of_order(told: dict[str, Any]) -> None:
    early, late = happened("early"), happened("late")
    tell([early, late])
    Notification.objects.update(read_at=database_now())
    tell([early, late])
    tell([early])
    assert lines() == [("one", "late")]
    assert Notification.objects.filter(read_at__isnull=True).count() == 0


def test_later_news_of_the_same_ten_minutes_is_unread_again_and_of_other_ten_a_new_line(
    told: dict[str, Any],
) -> None:
    tell([happened("before", seconds_ago=2 * SLOT_SECONDS), happened("first")])
    Notification.objects.update(read_at=database_now())
    tell([happened("second"), happened("of another", thing="two")])
    assert sorted(lines()) == [("one", "before"), ("one", "second"), ("two", "of another")]
    assert Notification.objects.filter(read_at__isnull=True).count() == 2


@pytest.mark.parametrize("family", FAMILIES)
def test_what_is_off_or_muted_is_not_told_unless_it_always_comes(
    told: dict[str, Any], family: str
) -> None:
    told["chosen"].update(family=family, people=["owner", "reader", "consumer"])
    User.objects.filter(login="owner").update(quiet_families=list(FAMILIES))
    reader = User.objects.get(login="reader")
    MutedProduct.objects.create(user=reader, product_id=PRODUCT, label="orders")
    tell([happened()])
    heard = set(Notification.objects.values_list("user__login", flat=True))
    assert heard == ({"owner", "reader", "consumer"} if FAMILIES[family].always else {"consumer"})


def test_nobody_hears_of_what_they_may_not_see_or_after_they_left(
    told: dict[str, Any], teams: dict[str, Any]
) -> None:
    told["chosen"].update(people=["owner", "reader", "governor", "consumer"])
    ObjectScope.objects.create(
        kind="product",
        object_id=PRODUCT,
        product_id=PRODUCT,
        team=teams["orders"],
        visibility="restricted",
    )
    User.objects.filter(login="governor").update(is_active=False)
    tell([happened()])
    assert set(Notification.objects.values_list("user__login", flat=True)) == {"owner"}


def test_lines_of_a_product_that_became_hidden_are_neither_listed_nor_counted(
    told: dict[str, Any], teams: dict[str, Any]
) -> None:
    told["chosen"].update(people=["reader", "owner", "governor", "steward"])
    tell([happened()])
    people = told["people"]
    assert unread_count(people["reader"]) == 1
    ObjectScope.objects.create(
        kind="product",
        object_id=PRODUCT,
        product_id=PRODUCT,
        team=teams["orders"],
        visibility="restricted",
    )
    assert {name: unread_count(people[name]) for name in ("reader", "owner", "governor", "steward")} == {
        "reader": 0, "owner": 1, "governor": 1, "steward": 1,
    }  # fmt: skip
    assert list(visible_notices(people["reader"])) == []


def test_only_ones_own_lines_are_marked(told: dict[str, Any]) -> None:
    told["chosen"].update(people=["reader", "owner"])
    tell([happened()])
    people = told["people"]
    theirs = visible_notices(people["owner"]).get().public_id
    assert mark_read([theirs, uuid4()], by=people["reader"]) == 0
    assert mark_read(None, by=people["reader"]) == 1
    assert (unread_count(people["reader"]), unread_count(people["owner"])) == (0, 1)


def test_an_event_that_cannot_be_told_holds_up_no_other_and_is_left_behind_in_time(
    told: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    bad, good = happened("bad"), happened("good", thing="two")

    def breaks(events: Sequence[OutboxEvent]) -> None:
        if any(event.pk == bad.pk for event in events):
            raise RuntimeError("cannot")

    monkeypatch.setattr(fanout, "_channels", [breaks, tell])
    assert fan_out() == 1
    assert lines() == [("two", "good")]
    bad.refresh_from_db()
    good.refresh_from_db()
    assert (bad.done_at, good.done_at is None) == (None, False)
    OutboxEvent.objects.filter(pk=bad.pk).update(at=database_now() - GIVE_UP - timedelta(minutes=1))
    assert fan_out() == 1
    assert lines() == [("two", "good")]


def test_more_events_cost_no_more_queries(told: dict[str, Any]) -> None:
    def queries(count: int) -> int:
        events = [happened(thing=f"{count}-{number}") for number in range(count)]
        with CaptureQueriesContext(connection) as captured:
            tell(events)
        return len([query for query in captured if "people_notification" not in query["sql"]])

    assert queries(2) == queries(20)


def test_old_lines_and_those_beyond_the_newest_are_forgotten(told: dict[str, Any]) -> None:
    now = database_now()
    owner, reader = told["people"]["owner"].user_pk, told["people"]["reader"].user_pk
    common = {
        "family": "schema",
        "object_kind": "thing",
        "title": "",
        "words": "",
        "why": "",
        "href": "/",
    }
    Notification.objects.bulk_create(
        Notification(user_id=owner, object_id=str(number), slot=number, event_id=number,
                     at=now - timedelta(minutes=number), **common)
        for number in range(KEPT_MOST + 3)
    )  # fmt: skip
    Notification.objects.create(user_id=reader, object_id="old", slot=1, event_id=1,
                                at=now - KEPT - timedelta(days=1), **common)  # fmt: skip
    for _ in range(2):
        forget()
    assert Notification.objects.filter(user_id=owner).count() == KEPT_MOST
    assert not Notification.objects.filter(object_id=str(KEPT_MOST)).exists()
    assert not Notification.objects.filter(user_id=reader).exists()

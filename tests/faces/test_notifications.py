"""Notifications on their page, in the bell and over REST; who is told of what by the rooms."""

from __future__ import annotations

import json
from typing import Any

import pytest

from catalog.actions.incidents import Breach, close_incident, open_incident
from catalog.actions.ports import add_port
from catalog.actions.pushes import push_down
from catalog.actions.subscriptions import subscribe
from catalog.models import DataProduct
from mesh.audit.fanout import fan_out
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.people.models import MutedProduct, Notification, User
from schemas.actions import register_version
from schemas.models import Subject
from tests.factories import catalog

pytestmark = pytest.mark.django_db


@pytest.fixture
def orders(people: dict[str, Any], teams: dict[str, Any]) -> DataProduct:
    """Orders of the orders team; read by a product of the risk team; followed by the reader."""
    product = catalog.active("orders", team=teams["orders"])
    scoring = catalog.active("scoring", team=teams["risk"])
    add_port(scoring.pk, direction="input", name="orders", upstream=product, by=SYSTEM, approval=1)
    push_down(product.pk, by=SYSTEM)
    subscribe(product, by=people["reader"])
    fan_out()
    Notification.objects.all().delete()
    return product


def broken(product: DataProduct) -> Any:
    incident = open_incident(
        Breach("promise", f"promise:{product.slug}", product, "Too <old>", database_now())
    )
    assert incident is not None
    fan_out()
    return incident


def told() -> dict[str, tuple[str, str]]:
    rows = Notification.objects.values_list("user__login", "family", "why")
    return {login: (family, why) for login, family, why in rows}


def text(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:400]
    return str(answer.content.decode())


def test_an_incident_is_told_to_owners_followers_and_readers_with_the_reason(
    orders: DataProduct,
) -> None:
    incident = broken(orders)
    heard = told()
    assert heard["owner"] == ("incident", "your team Orders team owns Orders")
    assert heard["engineer"][0] == "incident"
    assert heard["reader"] == ("near", "you follow Orders")
    assert heard["consumer"] == ("near", "your Scoring reads Orders")
    assert "steward" not in heard
    close_incident(incident, "It holds again.")
    fan_out()
    assert Notification.objects.filter(user__login="reader").count() == 1
    assert "closed" in Notification.objects.get(user__login="reader").words


def test_a_new_schema_version_is_told_downstream_but_not_to_its_owners(orders: DataProduct) -> None:
    subject = Subject.objects.get(name="commerce.orders-value")
    text = json.loads(subject.versions.get().schema_id.content.text)
    text["fields"].append({"name": "hint", "type": ["null", "string"], "default": None})
    register_version(subject.name, json.dumps(text), by=SYSTEM, approval=1)
    fan_out()
    heard = told()
    assert heard["reader"] == ("schema", "you follow Orders")
    assert heard["consumer"][0] == "schema"
    assert "owner" not in heard
    line = Notification.objects.filter(user__login="reader").get()
    assert line.href == f"/subjects/{subject.public_id}"


def test_the_page_groups_by_day_says_why_and_marks_read(
    orders: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    incident = broken(orders)
    client = sign_in(people["reader"])
    words = text(client.get("/notifications"))
    assert "<h2>Today</h2>" in words
    assert "You are told because you follow Orders." in words
    assert "Too &lt;old&gt;" in words
    assert f'href="/incidents/{incident.number}"' in words
    assert "Notifications, 1 unread" in words
    line = Notification.objects.get(user__login="reader")
    assert (
        client.post("/notifications", {"what": "read", "id": str(line.public_id)}).status_code
        == 302
    )
    assert "All read." in text(client.get("/notifications"))
    assert "Nothing is unread" in text(client.get("/notifications?show=unread"))


def test_the_bell_is_a_fragment_with_the_count(
    orders: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    assert "all read" in text(client.get("/people/_/bell"))
    broken(orders)
    words = text(client.get("/people/_/bell"))
    assert "1 unread" in words
    assert "<html" not in words


def test_a_muted_product_is_silent_and_can_be_heard_again(
    orders: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    broken(orders)
    client = sign_in(people["reader"])
    client.post("/notifications", {"what": "mute", "product": str(orders.public_id)})
    assert MutedProduct.objects.get().label == "orders"
    assert "Hear of it again" in text(client.get("/notifications"))
    client.post("/notifications", {"what": "unmute", "product": str(orders.public_id)})
    assert not MutedProduct.objects.exists()


@pytest.mark.parametrize(
    "posted",
    [{}, {"what": "x"}, {"what": "read", "id": "x"}, {"what": "mute", "product": ""},
     {"what": "mute", "product": "01a20000-0000-7000-8000-000000000001"}],
)  # fmt: skip
def test_what_makes_no_sense_is_refused(
    people: dict[str, Any], sign_in: Any, posted: dict[str, str]
) -> None:
    assert sign_in(people["reader"]).post("/notifications", posted).status_code in (404, 422)


def test_families_are_chosen_on_the_account_page(
    orders: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    client.post("/account", {"what": "news", "family": ["schema", "request"]})
    assert User.objects.get(login="reader").quiet_families == ["near"]
    broken(orders)
    assert "reader" not in told()
    words = text(client.get("/account"))
    assert 'value="incident" checked disabled' in words
    assert 'value="near">' in words


def test_rest_lists_ones_own_and_marks_them(
    orders: DataProduct, people: dict[str, Any], key_of: Any, client: Any
) -> None:
    broken(orders)
    reader, owner = key_of(people["reader"]), key_of(people["owner"])
    listed = client.get("/api/v1/notifications?unread=true&count=true", **reader).json()
    assert listed["count"] == {"value": 1, "exact": True}
    (line,) = listed["items"]
    assert (line["family"], line["why"], line["read_at"]) == ("near", "you follow Orders", None)
    path = f"/api/v1/notifications/{line['id']}/read"
    assert client.post(path, **owner).status_code == 404
    for _ in range(2):
        marked = client.post(path, **reader)
        assert marked.status_code == 200
        assert marked.json()["read_at"] is not None
    assert client.get("/api/v1/notifications?unread=true", **reader).json()["items"] == []
    assert client.post("/api/v1/notifications/read", **owner).json() == {"read": 1}
    assert client.get("/api/v1/notifications?unread=maybe", **reader).status_code == 400
    assert client.get("/api/v1/notifications").status_code == 401


def test_a_program_has_no_notifications(robot: Any, key_of: Any, client: Any) -> None:
    door = key_of(robot)
    assert client.get("/api/v1/notifications", **door).json()["items"] == []
    assert client.post("/api/v1/notifications/read", **door).json() == {"read": 0}


def test_keys_and_zone_of_the_person_are_on_every_page(
    orders: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    assert 'data-keys="off"' not in text(client.get("/streams"))
    sent = {"theme": "", "density": "compact", "zone": "Pacific/Kiritimati"}
    assert client.post("/account", sent).status_code == 302
    words = text(client.get("/streams"))
    assert 'data-keys="off"' in words
    assert 'data-density="compact"' in words
    assert '<option value="Pacific/Kiritimati" selected' in text(client.get("/account"))
    client.post("/account", {"theme": "dark", "quiet": "1"})
    assert User.objects.get(login="reader").shortcuts is False
    refused = client.post("/account", {**sent, "zone": "Nowhere/At-all"})
    assert refused.status_code == 422

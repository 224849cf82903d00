"""A person's own settings, recent pages and sessions."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client

from mesh.audit.models import AuditEvent
from mesh.kernel.errors import InvalidInput, NotFound
from mesh.people.actions import set_look
from mesh.people.models import SignIn, User
from mesh.people.recents import KEPT, object_address
from mesh.people.sign_ins import browser_words, end_sign_in, forget_ended, places_of

pytestmark = pytest.mark.django_db
CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0 Safari/537.36"


@pytest.fixture
def owner(people: dict[str, Any]) -> User:
    user = User.objects.get(login="owner")
    user.set_password("long enough to type")
    user.save(update_fields=["password"])
    return user


def signed_in(agent: str = CHROME) -> Client:
    client = Client(HTTP_USER_AGENT=agent)
    answer = client.post("/login", {"login": "owner", "password": "long enough to type"})
    assert answer.status_code == 302
    return client


def test_settings_change_alone_and_bad_ones_are_refused(
    people: dict[str, Any], owner: User
) -> None:
    set_look(by=people["owner"], zone="Europe/Berlin", shortcuts=False)
    set_look(by=people["owner"], theme="dark")
    owner.refresh_from_db()
    assert (owner.zone, owner.shortcuts, owner.theme) == ("Europe/Berlin", False, "dark")
    wrong: list[dict[str, str]] = [
        {"zone": "Mars/Olympus"},
        {"zone": "../etc"},
        {"theme": "pink"},
        {"density": "x"},
    ]
    for setting in wrong:
        with pytest.raises(InvalidInput):
            set_look(by=people["owner"], **setting)  # type: ignore[arg-type]  # one text by name


@pytest.mark.parametrize(
    ("path", "address"),
    [
        ("/products/orders/schema", "/products/orders"),
        ("/products/orders", "/products/orders"),
        ("/topics/01a2/", "/topics/01a2"),
        ("/products/new", ""),
        ("/products", ""),
        ("/", ""),
        ("/streams", ""),
        ("/governance/requests/1", ""),
        ("/products/" + "x" * 300, ""),
    ],
)
def test_the_address_of_an_object_is_that_of_its_page_without_the_tab(
    path: str, address: str
) -> None:
    assert object_address(path) == address


def test_pages_that_were_open_last_come_first_and_few_are_kept(
    people: dict[str, Any], owner: User, sign_in: Any
) -> None:
    from mesh.people.models import Team

    client = sign_in(people["owner"])
    slugs = [f"team-{number}" for number in range(KEPT + 2)]
    for slug in slugs:
        Team.objects.create(slug=slug, name=slug)
        assert client.get(f"/teams/{slug}").status_code == 200
    client.get(f"/teams/{slugs[-2]}")
    client.get("/teams/nobody")
    owner.refresh_from_db()
    assert owner.recent[:2] == [f"/teams/{slugs[-2]}", f"/teams/{slugs[-1]}"]
    assert len(owner.recent) == KEPT


def test_each_log_in_is_listed_and_ending_it_signs_that_browser_out(
    owner: User, people: dict[str, Any]
) -> None:
    here, there = signed_in(), signed_in("curl/8.1")
    names = [place.browser for place in places_of(people["owner"], here.session.session_key)]
    assert names == ["curl", "Chromium on Linux"]
    other = SignIn.objects.get(browser="curl")
    assert here.post("/account", {"what": "end", "sign_in": str(other.pk)}).status_code == 302
    assert there.get("/account").status_code == 302
    assert here.get("/account").status_code == 200
    assert AuditEvent.objects.filter(action="sessions_ended").count() == 1


def test_all_others_end_at_once_and_this_one_stays(owner: User) -> None:
    here, there, third = signed_in(), signed_in(), signed_in()
    assert here.post("/account", {"what": "end-others"}).status_code == 302
    assert [client.get("/account").status_code for client in (here, there, third)] == [
        200,
        302,
        302,
    ]


@pytest.mark.parametrize("number", ["", "x", "0", "-1", "9" * 30, "١"])
def test_only_ones_own_sessions_can_be_ended(
    owner: User, people: dict[str, Any], number: str
) -> None:
    here = signed_in()
    mine = SignIn.objects.get()
    with pytest.raises(NotFound):
        end_sign_in(mine.pk, by=people["reader"])
    assert here.post("/account", {"what": "end", "sign_in": number}).status_code == 404
    assert here.get("/account").status_code == 200


def test_sessions_that_are_over_are_forgotten(owner: User, people: dict[str, Any]) -> None:
    signed_in()
    signed_in()
    first = SignIn.objects.order_by("pk").first()
    assert first is not None
    Session.objects.filter(session_key=first.session_key).delete()
    assert len(places_of(people["owner"], None)) == 1
    forget_ended()
    assert SignIn.objects.count() == 1


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        (CHROME, "Chromium on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0",
            "Firefox on Windows",
        ),
        ("", "Unknown browser"),
        ("<b>\x00é tool/1", "<b> tool/1"),
    ],
)
def test_a_browser_is_named_in_words(agent: str, words: str) -> None:
    assert browser_words(agent) == words

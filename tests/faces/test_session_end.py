"""A session that ended loses nothing: parts get a dialog, sent forms wait inside the log-in page."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.test import Client

from mesh.people.models import User
from mesh.people.resuming import LENGTH_MOST, Kept, opened, sealed

pytestmark = pytest.mark.django_db
WRITTEN = {"name": "Orders", "purpose": 'Every change of an "order".\n<b>', "save": "draft"}


@pytest.fixture
def owner(people: dict[str, Any]) -> User:
    user = User.objects.get(login="owner")
    user.set_password("long enough to type")
    user.save(update_fields=["password"])
    return user


def text(answer: Any) -> str:
    return str(answer.content.decode())


def kept_in(answer: Any) -> str:
    found = re.search(r'name="kept" value="([^"]*)"', text(answer))
    assert found is not None
    return found[1]


def log_in(client: Client, **more: str) -> Any:
    return client.post("/login", {"login": "owner", "password": "long enough to type", **more})


def test_a_form_sent_without_a_session_waits_and_is_offered_again(
    owner: User, client: Client
) -> None:
    answer = client.post(
        "/products/new", WRITTEN, HTTP_REFERER="http://testserver/products/new?from=home"
    )
    assert answer.status_code == 401
    assert "What you wrote is kept" in text(answer)
    offered = log_in(client, kept=kept_in(answer))
    words = text(offered)
    assert offered.status_code == 200
    assert 'action="/products/new"' in words
    assert 'name="name" value="Orders"' in words
    assert "Every change of an &quot;order&quot;.\n&lt;b&gt;" in words
    assert 'href="/products/new?from=home"' in words
    sent = client.post("/products/new", WRITTEN)
    assert sent.status_code in (200, 302)


def test_a_wrong_password_keeps_the_form_too(owner: User, client: Client) -> None:
    kept = kept_in(client.post("/products/new", WRITTEN))
    again = client.post("/login", {"login": "owner", "password": "wrong", "kept": kept})
    assert again.status_code == 422
    assert opened(kept_in(again)) == opened(kept)


@pytest.mark.parametrize("foreign", ["", "x", "a:b:c", sealed(Kept("/x", "", ()))[:-2] + "xx"])
def test_only_what_we_sealed_is_offered(owner: User, client: Client, foreign: str) -> None:
    assert opened(foreign) is None
    assert log_in(client, kept=foreign).status_code == 302


def test_passwords_and_tokens_are_never_kept_and_too_much_is_said(
    owner: User, client: Client
) -> None:
    answer = client.post(
        "/products/new", {**WRITTEN, "password": "secret", "csrfmiddlewaretoken": "t"}
    )
    kept = opened(kept_in(answer))
    assert kept is not None
    assert {name for name, _ in kept.pairs} == {"name", "purpose", "save"}
    long = client.post("/products/new", {"purpose": "x" * (LENGTH_MOST + 1)})
    assert kept_in(long) == ""
    assert "too long to keep" in text(long)


def test_a_page_still_leads_to_the_log_in(client: Client) -> None:
    answer = client.get("/streams?status=late")
    assert answer.status_code == 302
    assert answer["Location"] == "/login?next=%2Fstreams%3Fstatus%3Dlate"


@pytest.mark.parametrize("header", ["HX-Request", "X-Fragment"])
def test_a_part_of_a_page_gets_the_dialog(client: Client, header: str) -> None:
    answer = client.get("/_/palette", headers={header: "true"})
    assert answer.status_code == 401
    assert answer["HX-Retarget"] == "#log-in-over"
    assert "<dialog" in text(answer)
    assert "<html" not in text(answer)


def test_the_dialog_answers_a_new_token_or_itself(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    page = client.get("/login")
    token = re.search(r'csrfmiddlewaretoken" value="(\w+)"', text(page))
    assert token is not None
    sent = {"over": "1", "csrfmiddlewaretoken": token[1]}
    wrong = client.post("/login", {**sent, "login": "owner", "password": "wrong"})
    assert wrong.status_code == 422
    assert "<dialog" in text(wrong)
    right = log_in(client, **sent)
    assert right.status_code == 204
    fresh = right["X-CSRF-Token"]
    assert client.post("/logout", {"csrfmiddlewaretoken": fresh}).status_code == 302


def test_a_form_older_than_the_log_in_is_offered_again_but_a_strangers_is_not(owner: User) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(owner)
    ours = client.post("/products/new", WRITTEN, HTTP_SEC_FETCH_SITE="same-origin")
    assert ours.status_code == 403
    assert 'name="name" value="Orders"' in text(ours)
    for site in ("cross-site", "same-site", "none"):
        theirs = client.post("/products/new", WRITTEN, HTTP_SEC_FETCH_SITE=site)
        assert theirs.status_code == 403
        assert "Orders" not in text(theirs)
    unnamed = client.post("/products/new", WRITTEN, HTTP_ORIGIN="https://elsewhere.example")
    assert "Orders" not in text(unnamed)

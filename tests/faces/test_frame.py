"""The frame of every page: palette, help, keys."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from catalog.search.index import KINDS, rebuild_search
from mesh.audit.principal import SYSTEM
from mesh.kernel.manual import topic_of
from mesh.kernel.navigation import ROOMS, TOOLS
from tests.factories import catalog

pytestmark = pytest.mark.django_db


def html(answer: Any, status: int = 200) -> str:
    assert answer.status_code == status, answer.content[:500]
    return str(answer.content.decode())


@pytest.fixture
def orders(people: dict[str, Any], teams: dict[str, Any]) -> None:
    catalog.active("orders", team=teams["orders"])
    for kind in KINDS:
        rebuild_search(kind, None, by=SYSTEM)


def test_the_palette_answers_a_fragment_with_groups(
    orders: None, people: dict[str, Any], sign_in: Any
) -> None:
    words = html(sign_in(people["reader"]).get("/_/palette?q=orders"))
    assert "<html" not in words
    assert 'role="listbox"' in words
    assert 'href="/products/orders"' in words
    assert words.count('role="option"') == words.count('aria-selected="false"') > 2
    assert "Search the catalog for “orders”" in words


def test_the_palette_writes_typed_words_as_text(
    orders: None, people: dict[str, Any], sign_in: Any
) -> None:
    words = html(sign_in(people["reader"]).get("/_/palette", {"q": '"><script>x</script>'}))
    assert "<script>x" not in words


def test_an_empty_palette_gives_hints(people: dict[str, Any], sign_in: Any) -> None:
    words = html(sign_in(people["reader"]).get("/_/palette"))
    assert "only what can be done" in words
    assert 'role="listbox"' not in words


def test_nobody_asks_the_palette_without_a_log_in(db: None, client: Client) -> None:
    assert client.get("/_/palette?q=orders").status_code == 302


@pytest.mark.parametrize("place", [*ROOMS, *TOOLS], ids=lambda place: place.topic)
def test_every_place_of_the_rail_has_its_page_of_help(db: None, client: Client, place: Any) -> None:
    assert topic_of(place.href) == place.topic
    words = html(client.get(f"/help/{place.topic}"))
    assert "<h1>" in words
    assert 'class="prose"' in words


@pytest.mark.parametrize("topic", ["nothing", "..", "a-b-c"])
def test_no_other_help_exists(db: None, client: Client, topic: str) -> None:
    assert client.get(f"/help/{topic}").status_code == 404


def test_help_stands_on_every_page_and_names_the_request(
    people: dict[str, Any], sign_in: Any
) -> None:
    answer = sign_in(people["reader"]).get("/streams")
    words = html(answer)
    assert 'href="/help/streams"' in words
    assert answer.headers["X-Request-Id"] in words
    assert 'data-go="s"' in words
    lost = sign_in(people["reader"]).get("/nothing/here")
    assert 'id="help-menu"' in html(lost, 404)

"""Pages before there is anything: each says what would fill it."""

from __future__ import annotations

from typing import Any

import pytest

pytestmark = pytest.mark.django_db


def html(answer: Any) -> str:
    assert answer.status_code == 200, answer.content[:500]
    return str(answer.content.decode())


def test_an_empty_mesh_says_what_makes_lines(sign_in: Any, people: Any) -> None:
    assert "Nothing observed yet" in html(sign_in(people["reader"]).get("/lineage"))


def test_an_empty_catalogue_offers_the_first_step(people: dict[str, Any], sign_in: Any) -> None:
    assert "No products yet" in html(sign_in(people["owner"]).get("/search"))
    assert "No promises yet" in html(sign_in(people["owner"]).get("/promises"))

"""Who may not see a product learns that somebody is hit, never who."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from governance.queries.hiding import NAMELESS, veil_of
from mesh.audit.principal import Principal
from mesh.people.models import ObjectScope

pytestmark = pytest.mark.django_db


def _rows(product: str) -> list[dict[str, Any]]:
    reader = {
        "name": "secret-reader",
        "product": "secret",
        "product_id": product,
        "team": "Orders team",
    }
    return [
        {**reader, "verdict": "BREAK"},
        {"name": "open-reader", "product_id": "", "verdict": "OK"},
    ]


def test_reader_of_a_restricted_product_is_nameless_for_outsiders(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    product = uuid4()
    ObjectScope.objects.create(
        kind="product",
        object_id=product,
        product_id=product,
        team=teams["orders"],
        visibility="restricted",
    )
    veil = veil_of(people["consumer"], _rows(str(product)))
    outsider = veil.rows(_rows(str(product)))
    assert "secret" not in str(outsider) and outsider[0]["verdict"] == "BREAK"
    assert outsider[1]["name"] == "open-reader"
    for role in ("owner", "governor", "auditor", "steward"):
        seen = veil_of(people[role], _rows(str(product)))
        assert seen.rows(_rows(str(product)))[0]["name"] == "secret-reader"
        assert seen.text("It hurts secret-reader.") == "It hurts secret-reader."
    said = {
        "reason": "secret-reader stops.",
        "problems": [{"detail": "It hurts secret-reader, too"}],
    }
    assert veil.document(said) == {
        "reason": f"{NAMELESS} stops.", "problems": [{"detail": f"It hurts {NAMELESS}, too"}],
    }  # fmt: skip
    assert veil.text("secret-reader-2 and open-reader") == "secret-reader-2 and open-reader"


def test_reader_of_a_visible_product_keeps_its_name(people: dict[str, Principal]) -> None:
    rows = _rows(str(uuid4()))
    assert veil_of(people["consumer"], rows).rows(rows)[0]["name"] == "secret-reader"

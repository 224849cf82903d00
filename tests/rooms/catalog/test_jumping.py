"""The palette's hits: the best of each kind, fields by path, nothing hidden, a constant number of queries."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.products import edit_product
from catalog.actions.pushes import push_down
from catalog.search.index import KINDS, rebuild_search
from catalog.search.jumping import EACH, jump, recalled
from catalog.showing.palette import HINTS, palette
from mesh.audit.principal import SYSTEM, Principal
from tests.factories import catalog, streams
from tests.once import people, rows_of_module, teams  # noqa: F401

pytestmark = pytest.mark.django_db


def index() -> None:
    for kind in KINDS:
        rebuild_search(kind, None, by=SYSTEM)


@pytest.fixture(scope="module")
def mesh(people: dict[str, Any], teams: dict[str, Any]) -> dict[str, Principal]:
    for number in range(EACH + 2):
        catalog.active(f"orders-{number}", team=teams["orders"])
    catalog.active("orders", team=teams["orders"], tier="gold")
    catalog.active("payments", team=teams["risk"])
    streams.group("orders-enricher")
    index()
    return people


def found(viewer: Principal, text: str, kind: str) -> list[str]:
    return [spot.name for spot in jump(viewer, text) if spot.kind == kind]


def test_each_kind_has_its_own_best_hits(mesh: dict[str, Principal]) -> None:
    products = found(mesh["reader"], "orders", "product")
    assert products[0] == "Orders"
    assert len(products) == EACH
    assert found(mesh["reader"], "orders", "group") == ["orders-enricher"]
    assert "Orders team" in found(mesh["reader"], "orders", "team")


def test_operators_narrow_and_fields_are_found_by_path(mesh: dict[str, Principal]) -> None:
    assert found(mesh["reader"], "orders tier:gold", "product") == ["Orders"]
    path = found(mesh["reader"], "ord tier:gold", "product")
    assert path == ["Orders"]
    fields = [spot for spot in jump(mesh["reader"], "field:id") if spot.kind == "field"]
    assert fields
    assert all(spot.href.endswith("/schema") and " in " in spot.line for spot in fields)


@pytest.mark.parametrize(
    "text", ["", " ", "-", "''", "a\x00b", "% _ \\", "x" * 2000, "field:", '"']
)
def test_no_input_breaks_it(mesh: dict[str, Principal], text: str) -> None:
    assert isinstance(jump(mesh["reader"], text), list)


def test_what_is_restricted_is_found_by_its_own_people_alone(
    mesh: dict[str, Principal], teams: dict[str, Any]
) -> None:
    from catalog.models import DataProduct

    product = DataProduct.objects.get(slug="payments")
    edit_product(product.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    push_down(product.pk, by=SYSTEM)
    index()
    assert found(mesh["reader"], "payments", "product") == []
    assert recalled(mesh["reader"], ["/products/payments"]) == []
    assert found(mesh["consumer"], "payments", "product") == ["Payments"]
    assert [spot.name for spot in recalled(mesh["consumer"], ["/products/payments"])] == [
        "Payments"
    ]


def test_recent_pages_stand_in_their_order_and_hints_beside_them(
    mesh: dict[str, Principal],
) -> None:
    seen = palette(mesh["reader"], "", ["/products/payments", "/products/gone", "/products/orders"])
    assert [row.label for row in seen.groups[0].rows] == ["Payments", "Orders"]
    assert seen.hints == HINTS


def test_an_arrow_asks_for_actions_alone(mesh: dict[str, Principal]) -> None:
    seen = palette(mesh["owner"], "> regis", ())
    assert [row.href for group in seen.groups for row in group.rows] == ["/products/new"]
    refused = palette(mesh["reader"], "> regis", ())
    assert refused.groups == ()
    assert "regis" in refused.nothing


def test_the_number_of_queries_does_not_grow(
    mesh: dict[str, Principal], teams: dict[str, Any]
) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            palette(mesh["reader"], "orders", ())
        return len(captured)

    before = count()
    for number in range(20):
        catalog.active(f"orders-more-{number}", team=teams["orders"])
    index()
    assert count() == before

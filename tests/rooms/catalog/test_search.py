"""Search: names are split, facets ignore themselves, nobody sees what they may not."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

from typing import Any

import pytest

from catalog.actions.products import edit_product
from catalog.models import SearchDocument
from catalog.queries.search import search
from catalog.search.index import KINDS, missing_documents, products_behind, rebuild_search
from catalog.tasks import index_missing
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.errors import Cursor, MalformedRequest
from tests.factories import catalog, schemas, streams
from tests.factories import people as crowd
from tests.once import people, rows_of_module, teams  # noqa: F401

pytestmark = pytest.mark.django_db


def index() -> None:
    for kind in KINDS:
        rebuild_search(kind, None, by=SYSTEM)


@pytest.fixture(scope="module")
def mesh(people: dict[str, Any], teams: dict[str, Any]) -> dict[str, Principal]:
    finance = catalog.domain("finance")
    catalog.active("orders", team=teams["orders"], tier="gold")
    catalog.active("returns", team=teams["orders"], tier="silver",
                   purpose="Announced, received and refunded returns. Joins with orders.")  # fmt: skip
    catalog.active("daily-revenue", team=teams["risk"], tier="gold", domain=finance,
                   purpose="Revenue per day.")  # fmt: skip
    streams.group("order-enricher")
    index()
    return people


def names(viewer: Principal, text: str, **filters: Any) -> list[str]:
    found = search(viewer, text, {name: [value] for name, value in filters.items()})
    return [hit.name for hit in found.items]


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("orders", "Orders"),
        ("Orders", "Orders"),
        ("daily", "Daily-Revenue"),
        ("daily-revenue", "Daily-Revenue"),
        ("reven", "Daily-Revenue"),
        ("refunded", "Returns"),
        ("refund", "Returns"),
        ('"received and refunded"', "Returns"),
        ("finance.daily-revenue", "Daily-Revenue"),
    ],
)
def test_words_names_prefixes_and_phrases_find_the_product(
    mesh: dict[str, Principal], text: str, first: str
) -> None:
    assert names(mesh["reader"], text, kind="product")[0] == first


def test_the_name_itself_comes_before_a_mention(mesh: dict[str, Principal]) -> None:
    found = names(mesh["reader"], "orders", kind="product")
    assert found[0] == "Orders"
    assert "Returns" in found


def test_a_word_can_be_excluded(mesh: dict[str, Principal]) -> None:
    assert "Returns" in names(mesh["reader"], "orders", kind="product")
    assert "Returns" not in names(mesh["reader"], "orders -refunded", kind="product")


def test_a_field_is_found_and_named(mesh: dict[str, Principal]) -> None:
    found = search(mesh["reader"], "customer_id", {"kind": ["product"]})
    assert {hit.field for hit in found.items} == {"customer_id"}
    assert found.total == 3
    by_operator = search(mesh["reader"], "field:customerId", {})
    assert [hit.kind for hit in by_operator.items] == ["product"] * 3


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("team:risk-team", ["Daily-Revenue"]),
        ("owner:risk-team", ["Daily-Revenue"]),
        ("domain:finance", ["Daily-Revenue"]),
        ("tier:silver", ["Returns"]),
        ("topic:finance.daily", ["Daily-Revenue"]),
    ],
)
def test_operators_narrow(mesh: dict[str, Principal], text: str, expected: list[str]) -> None:
    assert names(mesh["reader"], text, kind="product") == expected


def test_facets_count_others_but_ignore_their_own_selection(mesh: dict[str, Principal]) -> None:
    found = search(mesh["reader"], "", {"kind": ["product"], "tier": ["gold"]})
    assert dict(found.facets["tier"]) == {"gold": 2, "silver": 1}
    assert dict(found.facets["domain"]) == {"commerce": 1, "finance": 1}
    assert dict(found.facets["kind"])["product"] == 2
    assert found.total == 2


def test_a_chosen_value_without_hits_stays_with_zero(mesh: dict[str, Principal]) -> None:
    found = search(mesh["reader"], "", {"kind": ["product"], "tier": ["bronze"]})
    assert dict(found.facets["tier"])["bronze"] == 0
    assert found.items == []


def test_a_parent_domain_finds_its_children(mesh: dict[str, Principal]) -> None:
    child = catalog.domain("billing", parent=catalog.domain("finance"))
    catalog.draft("invoices", domain=child)
    index()
    assert names(mesh["reader"], "", kind="product", domain="finance") == [
        "Daily-Revenue", "Invoices",
    ]  # fmt: skip


def test_topics_subjects_groups_teams_and_domains_are_found(mesh: dict[str, Principal]) -> None:
    kinds = {hit.kind for hit in search(mesh["reader"], "order", {}).items}
    assert kinds == {"product", "topic", "subject", "group", "team"}
    assert names(mesh["reader"], "finance", kind="domain") == ["Finance"]


def test_a_restricted_product_is_absent_from_hits_counts_and_facets(
    mesh: dict[str, Principal], teams: dict[str, Any]
) -> None:
    from catalog.models import DataProduct

    product = DataProduct.objects.get(slug="daily-revenue")
    edit_product(product.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    index()
    found = search(mesh["owner"], "revenue", {})
    assert (found.items, found.total) == ([], 0)
    assert dict(found.facets["domain"]) == {}
    for persona in ("consumer", "governor", "auditor", "steward"):
        assert search(mesh[persona], "revenue", {}).total == 3, persona


def test_pages_neither_repeat_nor_skip(mesh: dict[str, Principal]) -> None:
    for number in range(7):
        catalog.draft(f"extra-{number}")
    index()
    seen: list[str] = []
    cursor = None
    for _ in range(10):
        found = search(mesh["reader"], "", {"kind": ["product"]}, cursor=cursor, limit=3)
        seen += [hit.id for hit in found.items]
        cursor = found.next_cursor
        if cursor is None:
            break
    assert len(seen) == len(set(seen)) == 10


def test_a_cursor_of_another_search_is_refused(mesh: dict[str, Principal]) -> None:
    found = search(mesh["reader"], "", {}, limit=2)
    with pytest.raises(Cursor):
        search(mesh["reader"], "orders", {}, cursor=found.next_cursor)
    with pytest.raises(MalformedRequest):
        search(mesh["reader"], "", {}, cursor="nonsense")


@pytest.mark.parametrize(
    "text",
    ["'", "\\", "a' | 'b", "!!", ":*", "(", "&", '"', "''':*", "-", "field:", "field:'", "tier:\"x",
     "😀", "x" * 5000, "a " * 600, "nonsense:thing", "-\"", "%s %(a)s", "<script>"],
)  # fmt: skip
def test_whatever_is_typed_is_answered(mesh: dict[str, Principal], text: str) -> None:
    search(mesh["reader"], text, {})


def test_an_unknown_operator_is_searched_as_words_with_a_hint(mesh: dict[str, Principal]) -> None:
    found = search(mesh["reader"], "colour:orders", {})
    assert found.query.hints
    assert found.query.terms[0].pieces == ("colour", "orders")


def test_nul_is_malformed(mesh: dict[str, Principal]) -> None:
    with pytest.raises(MalformedRequest):
        search(mesh["reader"], "a\x00b", {})


def test_rebuilding_twice_leaves_the_same_and_drops_what_ended(mesh: dict[str, Principal]) -> None:
    before = set(SearchDocument.objects.values_list("kind", "object_id"))
    index()
    assert set(SearchDocument.objects.values_list("kind", "object_id")) == before
    from mesh.kernel.database import database_now
    from streams.models import ConsumerGroup

    ConsumerGroup.objects.update(ended_at=database_now())
    rebuild_search("group", None, by=SYSTEM)
    assert not SearchDocument.objects.filter(kind="group").exists()


def test_a_schema_whose_wake_up_was_lost_is_searched_half_a_minute_later(
    mesh: dict[str, Principal],
) -> None:
    product = catalog.active("parcels")
    index()
    assert products_behind() == []
    topic = product.ports.get().topics.get().topic
    subject = topic.topic_subjects.get().subject
    text = schemas.ORDER.replace("order_id", "parcel_weight")
    schemas.version(subject, text, fields=("parcel_weight",))
    fresh = schemas.subject("nobody.told.us-value")
    assert names(mesh["reader"], "field:parcel_weight") == []
    assert products_behind() == [str(product.public_id)]
    index_missing()
    assert names(mesh["reader"], "field:parcel_weight") == ["Parcels"]
    assert SearchDocument.objects.filter(object_id=fresh.public_id).exists()
    assert products_behind() == missing_documents("subject") == missing_documents("topic") == []


def test_rebuilding_costs_as_many_queries_for_many_products(
    mesh: dict[str, Principal], django_assert_max_num_queries: Any
) -> None:
    for number in range(6):
        catalog.active(f"extra-{number}", team=crowd.team("risk-team"))
    with django_assert_max_num_queries(16):
        rebuild_search("product", None, by=SYSTEM)

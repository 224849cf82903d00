"""Pages of the catalogue: every state is drawn, nobody sees what they may not, forms keep input."""

# ruff: noqa: F811  (fixtures are taken by their name)
from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from catalog.actions.incidents import Breach, open_incident
from catalog.actions.judging import judge
from catalog.actions.ports import add_port
from catalog.actions.products import edit_product
from catalog.actions.pushes import push_down
from catalog.models import DataProduct, Incident, IncidentNote
from catalog.search.index import KINDS, rebuild_search
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.people.actions import set_look
from streams.models import Topic
from tests.factories import catalog, streams
from tests.once import people, rows_of_module, teams  # noqa: F401

pytestmark = pytest.mark.django_db
TABS = ("", "/schema", "/lineage", "/consumers", "/promises", "/changes")


@pytest.fixture(scope="module")
def built(teams: dict[str, Any]) -> int:
    """Orders, which reads payments, promises freshness and is read by fulfilment."""
    payments = catalog.active("payments", team=teams["risk"])
    orders = catalog.active("orders", team=teams["orders"], tier="gold", sampling=True)
    add_port(
        orders.pk, direction="input", name="payments", upstream=payments,
        group_name="order-enricher", by=SYSTEM, approval=1,
    )  # fmt: skip
    catalog.promise(orders, property="freshness", value="30 s")
    catalog.promise(orders, property="consumerLag", value="30 s", consumer="fulfilment")
    topic = Topic.objects.get(name="commerce.orders")
    streams.log(topic, age_lo_s=100, age_hi_s=105)
    streams.lag(streams.group("fulfilment"), topic, moved_at=database_now())
    for slot in (1, 2):
        judge(topic.cluster_id, streams.sweep(topic.cluster, slot).pk, by=SYSTEM)
    for product in (payments, orders):
        push_down(product.pk, by=SYSTEM)
    for kind in KINDS:
        rebuild_search(kind, None, by=SYSTEM)
    return orders.pk


@pytest.fixture
def mesh(built: int, db: None) -> DataProduct:
    """The built mesh by its product of orders."""
    return DataProduct.objects.get(pk=built)


def html(answer: Any) -> str:
    assert answer.status_code == 200, (
        answer.status_code,
        answer.get("Location"),
        answer.content[:500],
    )
    return str(answer.content.decode())


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_is_drawn_for_everybody_who_may(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any, tab: str
) -> None:
    for persona in ("owner", "reader"):
        text = html(sign_in(people[persona]).get(f"/products/orders{tab}"))
        assert "<h1>Orders</h1>" in text
        assert "Broken" in text


def test_the_overview_says_how_the_product_is_and_how_to_read_it(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    text = html(sign_in(people["reader"]).get("/products/orders"))
    for words in ("Fresh within 30 s", "100–105 s", "commerce.orders", "AvroDeserializer", "customer_<wbr>id",
                  "Orders team", "order-enricher", "no sample yet"):  # fmt: skip
        assert words in text, words


def test_an_empty_draft_has_words_for_everything_that_is_missing(
    people: dict[str, Any], teams: dict[str, Any], sign_in: Any
) -> None:
    catalog.draft("plan", team=teams["orders"], purpose="")
    client = sign_in(people["owner"])
    for tab in TABS:
        html(client.get(f"/products/plan{tab}"))
    text = html(client.get("/products/plan"))
    assert "No output port yet" in text
    assert "Nothing is promised" in text


def test_a_silent_cluster_is_said_on_the_product(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    cluster = Topic.objects.get(name="commerce.orders").cluster
    cluster.state, cluster.state_detail = "unreachable", "connection refused"
    cluster.save(update_fields=["state", "state_detail"])
    judge(cluster.pk, streams.sweep(cluster, 3, outcome="failed").pk, by=SYSTEM)
    text = html(sign_in(people["reader"]).get("/products/orders"))
    assert "connection refused" in text


@pytest.mark.parametrize(
    "path",
    ["/products/nope", "/products/orders/nope", "/domains/nope", "/teams/nope", "/incidents/999"],
)
def test_what_is_not_there_is_a_404(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any, path: str
) -> None:
    assert sign_in(people["reader"]).get(path).status_code == 404


def test_nobody_is_sent_to_the_login(mesh: DataProduct, client: Any) -> None:
    for path in ("/search", "/products/orders", "/promises", "/incidents"):
        assert client.get(path).status_code == 302


def test_a_restricted_product_is_missing_everywhere(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    edit_product(mesh.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    rebuild_search("product", None, by=SYSTEM)
    client = sign_in(people["consumer"])
    incident = Incident.objects.get()
    assert client.get("/products/orders").status_code == 404
    assert client.get(f"/incidents/{incident.number}").status_code == 404
    for path in ("/search?q=orders", "/promises", "/incidents?state=all", "/domains/commerce",
                 "/teams/orders-team", "/products/payments/consumers", "/products/payments/lineage"):  # fmt: skip
        text = html(client.get(path))
        assert 'href="/products/orders' not in text, path
        assert ">Orders<" not in text, path


def test_search_shows_matches_facets_and_chips(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    text = html(client.get("/search?q=customer_id&tier=gold"))
    assert "customer" in text
    assert '<b class="strong">1 product</b>' in text
    assert "Clear all" in text
    none = html(client.get("/search?q=customer_id&tier=gold&health=healthy"))
    assert "Nothing matches" in none
    assert "Without health: 1." in none
    for kind in ("topic", "subject", "group", "team", "domain"):
        html(client.get(f"/search?kind={kind}"))


def test_user_text_is_never_markup(
    people: dict[str, Any], teams: dict[str, Any], sign_in: Any
) -> None:
    catalog.draft(
        "plan", team=teams["orders"], purpose="<script>alert(1)</script>", name="<b>x</b>"
    )
    rebuild_search("product", None, by=SYSTEM)
    client = sign_in(people["reader"])
    for path in ("/products/plan", "/search?q=%3Cscript%3Ealert(1)", "/domains/commerce"):
        text = html(client.get(path))
        assert "<script>alert" not in text
        assert "<b>x</b>" not in text


def test_the_board_lists_the_broken_first(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    text = html(sign_in(people["reader"]).get("/promises"))
    assert "1 of 2 promises is broken now." in text
    assert text.index("Fresh within 30 s") < text.index("Read within 30 s")


def test_an_incident_shows_evidence_and_takes_notes(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    incident = Incident.objects.get()
    path = f"/incidents/{incident.number}"
    client = sign_in(people["engineer"])
    text = html(client.get(path))
    assert "Fresh within 30 s" in text
    assert "commerce.orders" in text
    assert "I look after it" in text
    assert client.post(path, {"act": "acknowledge"}).status_code == 302
    assert client.post(path, {"act": "note", "words": "Looking."}).status_code == 302
    assert IncidentNote.objects.filter(words="Looking.").exists()
    refused = html(client.post(path, {"act": "note", "words": " "}))
    assert "A note has 1 to" in refused
    long = "Looking. " * 1000
    refused = html(client.post(path, {"act": "note", "words": long}))
    assert long.strip() in refused and "A note has 1 to" in refused
    assert sign_in(people["consumer"]).post(path, {"act": "acknowledge"}).status_code == 403


def test_when_an_incident_started_is_said_in_the_zone_of_the_viewer(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    started = datetime(2026, 11, 25, 23, 30, tzinfo=UTC)
    open_incident(Breach("schema", "topic:x:8", mesh, "Foreign schema", started, evidence={}))
    client = sign_in(people["reader"])
    text = html(client.get("/incidents"))
    assert "Started (UTC)" in text and "25 Nov, 23:30" in text
    set_look(by=people["reader"], zone="Asia/Tokyo")
    text = html(client.get("/incidents"))
    assert "Started (Asia/Tokyo)" in text and "26 Nov, 08:30" in text


def test_a_schema_incident_and_an_empty_list_are_drawn(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    finding = {"side": "value", "schema_id": 7, "count": 2, "verdict": "foreign", "detail": "d",
               "partition": 0, "offset": 5}  # fmt: skip
    incident = open_incident(
        Breach(
            "schema",
            "topic:x:7",
            mesh,
            "Foreign schema",
            database_now(),
            evidence={"findings": [finding]},
        )
    )
    assert incident is not None
    client = sign_in(people["reader"])
    assert "schema 7" in html(client.get(f"/incidents/{incident.number}"))
    html(client.get("/incidents"))
    html(client.get("/incidents?state=resolved"))


def test_people_subscribe_on_the_page(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    client.post("/products/orders/subscribe")
    assert "Unsubscribe" in html(client.get("/products/orders"))
    client.post("/products/orders/subscribe", {"subscribed": "true"})
    assert "Unsubscribe" not in html(client.get("/products/orders"))


def test_domains_and_teams_show_their_products(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    client = sign_in(people["reader"])
    assert "1 of 2 products broken now." in html(client.get("/domains/commerce"))
    text = html(client.get("/teams/orders-team"))
    assert "Owner" in text
    assert "1 of 1 product broken now." in text


def test_an_incident_names_what_changed_before_it_upstream_too(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    incident = Incident.objects.get(product=mesh)
    Incident.objects.filter(pk=incident.pk).update(
        started_at=database_now(), detected_at=database_now()
    )
    payments = DataProduct.objects.get(slug="payments")
    edit_product(payments.pk, {"tier": "silver"}, by=SYSTEM, approval=1)
    Incident.objects.filter(pk=incident.pk).update(detected_at=database_now())
    reader = sign_in(people["reader"])
    assert "Payments: product changed" in html(reader.get(f"/incidents/{incident.number}"))
    edit_product(payments.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    push_down(payments.pk, by=SYSTEM)
    assert "Payments: product changed" not in html(reader.get(f"/incidents/{incident.number}"))


def test_an_incident_draws_what_was_measured_around_it(
    mesh: DataProduct, people: dict[str, Any], sign_in: Any
) -> None:
    incident = Incident.objects.get(product=mesh)
    reader = sign_in(people["reader"])
    address = f"/incidents/{incident.number}/series"
    assert f'data-src="{address}"' in html(reader.get(f"/incidents/{incident.number}"))
    series = reader.get(address).json()
    assert len(series["t"]) == len(series["lo"]) == len(series["hi"]) == 2
    assert (series["bound"], series["lo"][-1], series["hi"][-1]) == (30.0, 100.0, 105.0)
    assert [event["kind"] for event in series["events"]] == ["started", "detected"]
    edit_product(mesh.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    push_down(mesh.pk, by=SYSTEM)
    assert reader.get(address).status_code == 404

"""Home: what waits on whom, products of one's teams with honest numbers, incidents and changes near them."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection

from catalog.actions.ports import add_port
from catalog.actions.pushes import push_down
from catalog.models import DataProduct, Incident, PortTopic
from governance.models import ApprovalRequirement, ChangeRequest
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.people.models import Team
from streams.models import Cluster
from tests.faces.markup import Page
from tests.factories import catalog, schemas, streams

pytestmark = pytest.mark.django_db
SignIn = Callable[[Principal], Any]


def _text(client: Any) -> str:
    answer = client.get("/")
    assert answer.status_code == 200
    page = Page(answer.content.decode())
    assert page.faults == []
    return page.text


def _incident(product: DataProduct, title: str, **members: Any) -> Incident:
    return Incident.objects.create(
        kind="promise", target_key=title, product=product, title=title,
        started_at=database_now() - timedelta(minutes=10), **members,
    )  # fmt: skip


def _reads(product: DataProduct, upstream: DataProduct) -> None:
    """Declare that a product reads another one's first output."""
    name = f"from-{upstream.slug}"
    port = add_port(product.pk, direction="input", name=name, by=SYSTEM, upstream=upstream)
    assert port.upstream is not None
    push_down(upstream.pk, by=SYSTEM)
    push_down(product.pk, by=SYSTEM)


def _topic_of(product: DataProduct) -> Any:
    return PortTopic.objects.get(port__product=product, direction="output").topic


def _waiting_request(team: Team, requester: Principal, title: str) -> ChangeRequest:
    request = ChangeRequest.objects.create(
        title=title, reason="It is needed.", requester_kind="user", requester_id=requester.id,
        requester_label=requester.label, requester_user_id=requester.user_pk, team_id=team.pk,
        environment=streams.cluster().environment, state="awaiting_approval", plan_hash="a" * 64,
        plan=[], submitted_at=database_now(),
    )  # fmt: skip
    ApprovalRequirement.objects.create(
        request=request, plan_hash="a" * 64, code="owner", role="owner", scope_kind="team",
        scope_id=str(team.pk), scope_label=team.name, why="It owns the product.",
    )  # fmt: skip
    return request


def test_anonymous_goes_to_the_log_in_page(client: Any) -> None:
    answer = client.get("/")
    assert answer.status_code == 302 and answer["Location"].startswith("/login?next=")


def test_empty_mesh_shows_the_first_steps(sign_in: SignIn, people: dict[str, Principal]) -> None:
    text = _text(sign_in(people["owner"]))
    assert "Nothing waits on you." in text and "Your teams answer for no product yet." in text
    assert "Getting started 1 of 6 done" in text and "Connect a cluster" in text


def test_nobody_of_no_team_is_told_how_to_join_one(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    text = _text(sign_in(people["reader"]))
    assert "You belong to no team" in text and "Register a product" not in text


def test_only_those_who_can_decide_are_asked(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    _waiting_request(teams["orders"], people["owner"], "Shorter retention of orders")
    asked = _text(sign_in(people["second_owner"]))
    assert "1 decision waits on you." in asked and "Shorter retention of orders" in asked
    for nobody in ("owner", "consumer", "reader", "governor"):
        text = _text(sign_in(people[nobody]))
        assert "Nothing waits on you." in text, nobody


def test_own_incident_waits_until_somebody_says_that_they_look_at_it(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    product = catalog.active(team=teams["orders"])
    incident = _incident(product, "orders is not fresh")
    client = sign_in(people["engineer"])
    assert "1 incident to acknowledge waits on you." in _text(client)
    Incident.objects.filter(pk=incident.pk).update(
        acknowledged_at=database_now(), acknowledged_by="Owner"
    )
    text = _text(client)
    assert "Nothing waits on you." in text
    assert "orders is not fresh" in text and "Owner is on it" in text
    Incident.objects.filter(pk=incident.pk).update(resolved_at=database_now())
    assert "orders is not fresh" not in _text(client)


def test_products_of_ones_teams_stand_worst_first_with_the_reason(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    for slug, health, reason in (
        ("orders", "healthy", ""), ("returns", "failing", "returns is not fresh"),
        ("parcels", "unknown", "not judged: no right"),
    ):  # fmt: skip
        product = catalog.active(slug, team=teams["orders"])
        reasons = [{"state": "bad", "text": reason}] if reason else []
        DataProduct.objects.filter(pk=product.pk).update(health=health, health_reasons=reasons)
    catalog.active("scores", team=teams["risk"])
    text = _text(sign_in(people["owner"]))
    assert "Of your 3 products, 1 needs a look and 1 cannot be judged." in text
    assert text.index("returns is not fresh") < text.index("not judged: no right")
    assert text.index("not judged: no right") < text.index("every promise kept")
    assert "Scores" not in text


def test_slowest_reader_stands_against_its_promise(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    product = catalog.active(team=teams["orders"])
    topic = _topic_of(product)
    streams.log(topic, age_lo_s=2, age_hi_s=4)
    streams.lag(streams.group("quick"), topic, status="ok", age_lo_s=1, age_hi_s=2)
    streams.lag(streams.group("slow"), topic, status="sla_breach", age_lo_s=360, age_hi_s=420)
    catalog.promise(product, property="consumerLatency", value=5, unit="min", consumer="slow")
    text = _text(sign_in(people["owner"]))
    assert "6–7 min" in text and "slow, limit 5 min" in text and "0 of 1 kept" in text


def test_what_was_not_measured_is_unknown_with_its_reason(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    topic = _topic_of(catalog.active(team=teams["orders"]))
    streams.log(topic, unknown_reason="DENIED")
    streams.lag(
        streams.group("reader"), topic, status="unknown", unknown_reason="TIMEOUT", age_lo_s=0,
        age_hi_s=0, lag_records=0,
    )  # fmt: skip
    text = _text(sign_in(people["owner"]))
    assert "unknown the broker did not answer in time" in text
    assert "unknown we may not read this; a right is missing" in text
    assert "0 s" not in text


def test_silent_cluster_is_said_above_everything(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    catalog.active(team=teams["orders"])
    Cluster.objects.update(state="unreachable", state_detail="no broker answers")
    assert "Cluster demo" in _text(sign_in(people["owner"]))
    assert "Cluster demo" not in _text(sign_in(people["consumer"]))
    assert "Cluster demo" in _text(sign_in(people["admin"]))


def test_incidents_and_changes_upstream_say_what_they_mean_for_mine(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    orders, scores = (
        catalog.active(team=teams["orders"]),
        catalog.active("scores", team=teams["risk"]),
    )
    _reads(scores, orders)
    _incident(orders, "orders is not fresh")
    of = _topic_of(orders).topic_subjects.get().subject
    schemas.version(
        of, '{"type":"record","name":"Order","fields":[]}', fields=("order_id", "weight")
    )
    text = _text(sign_in(people["consumer"]))
    assert "orders is not fresh" in text and "Orders is read by your Scores." in text
    assert "Orders, schema 2" in text and "Adds weight, removes customer_id." in text
    assert "Orders, made active" in text
    far = _text(sign_in(people["reader"]))
    assert "orders is not fresh" not in far and "schema 2" not in far


def test_old_changes_upstream_are_not_news(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    from mesh.audit.models import AuditEvent
    from schemas.models import SchemaVersion

    orders, scores = (
        catalog.active(team=teams["orders"]),
        catalog.active("scores", team=teams["risk"]),
    )
    _reads(scores, orders)
    old = database_now() - timedelta(days=8)
    with connection.cursor() as cursor:  # only the owner of the table can make an old entry
        cursor.execute("alter table audit_auditevent disable trigger audit_append_only")
        AuditEvent.objects.update(at=old)
        cursor.execute("alter table audit_auditevent enable trigger audit_append_only")
    SchemaVersion.objects.update(created_at=old)
    assert "Nothing changed in the product that yours read." in _text(sign_in(people["consumer"]))


def test_restricted_upstream_product_is_absent(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team]
) -> None:
    orders, scores = (
        catalog.active(team=teams["orders"]),
        catalog.active("scores", team=teams["risk"]),
    )
    _reads(scores, orders)
    _incident(orders, "orders is not fresh")
    DataProduct.objects.filter(pk=orders.pk).update(visibility="restricted")
    push_down(orders.pk, by=SYSTEM)
    text = _text(sign_in(people["consumer"]))
    assert "Orders" not in text.replace("Orders team", "") and "not fresh" not in text


def test_query_count_does_not_grow_with_products(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Team], assert_query_count: Any
) -> None:
    upstream = catalog.active("orders", team=teams["orders"])

    def make(slug: str) -> None:
        product = catalog.active(slug, team=teams["risk"])
        _reads(product, upstream)
        topic = _topic_of(product)
        streams.log(topic)
        streams.lag(streams.group(f"reader-of-{slug}"), topic, status="ok")
        _incident(product, f"{slug} is not fresh")
        _incident(upstream, f"upstream of {slug}")

    def grow() -> None:
        for number in range(4):
            make(f"more-{number}")

    make("scores")
    client = sign_in(people["consumer"])
    assert_query_count("desk-home", lambda: client.get("/"), grow)

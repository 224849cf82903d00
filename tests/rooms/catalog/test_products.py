"""Products, ports and their owners: what drafts claim, what activation asks, who may."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from catalog.actions.domains import create_domain
from catalog.actions.lifecycle import activate_product
from catalog.actions.ports import add_port, bind_subject, bind_topic
from catalog.actions.products import create_product, edit_product
from catalog.errors import (
    DomainCycle,
    LifecycleGuard,
    NeedsRequest,
    PortExists,
    SlugTaken,
    SubjectOwned,
    TopicAlreadyPublished,
)
from catalog.models import DataProduct, PortTopic
from mesh.audit.models import AuditEvent
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.kernel.errors import InvalidInput, NotAllowed, StaleRevision
from mesh.people.models import ObjectScope
from tests.factories import catalog, schemas, streams
from tests.factories import people as crowd

pytestmark = pytest.mark.django_db


def kinds_of(product: DataProduct) -> list[str]:
    rows = ObjectScope.objects.filter(product_id=product.public_id)
    return sorted(rows.values_list("kind", flat=True))


def test_only_governance_creates_domains(people: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        create_domain(slug="risk", name="Risk", by=people["owner"])
    assert create_domain(slug="risk", name="Risk", by=people["governor"]).slug == "risk"


def test_domains_lie_at_most_eight_deep(db: None) -> None:
    parent = None
    for level in range(8):
        parent = catalog.domain(f"level-{level}", parent=parent)
    with pytest.raises(DomainCycle):
        catalog.domain("level-8", parent=parent)


def test_a_slug_is_taken_once(people: dict[str, Any], teams: dict[str, Any]) -> None:
    domain = catalog.domain()
    for _ in range(1):
        create_product(
            slug="orders", name="Orders", team=teams["orders"], domain=domain, by=people["owner"]
        )
    with pytest.raises(SlugTaken) as refused:
        create_product(
            slug="orders", name="Orders", team=teams["orders"], domain=domain, by=people["owner"]
        )
    assert refused.value.faults[0].pointer == "/slug"


@pytest.mark.parametrize("slug", ["", "Orders", "1st", "a--", "a" * 64, "or\x00ders", "../x"])
def test_a_bad_slug_is_refused(slug: str, people: dict[str, Any], teams: dict[str, Any]) -> None:
    with pytest.raises(InvalidInput):
        create_product(
            slug=slug, name="x", team=teams["orders"], domain=catalog.domain(), by=people["owner"]
        )


def test_nobody_creates_for_another_team(people: dict[str, Any], teams: dict[str, Any]) -> None:
    with pytest.raises(NotAllowed):
        create_product(
            slug="x", name="X", team=teams["orders"], domain=catalog.domain(), by=people["consumer"]
        )


def test_a_draft_claims_neither_topic_nor_subject(db: None) -> None:
    product = catalog.draft()
    catalog.output(product, streams.topic("commerce.orders"))
    assert kinds_of(product) == ["port", "product"]


def test_activation_claims_topic_subject_and_groups(db: None) -> None:
    product = catalog.draft()
    catalog.output(product, streams.topic("commerce.orders"))
    streams.group("order-enricher")
    upstream = catalog.draft("payments")
    add_port(
        product.pk, direction="input", name="payments", upstream=upstream,
        group_name="order-enricher", by=SYSTEM,
    )  # fmt: skip
    activate_product(product.pk, by=SYSTEM)
    assert kinds_of(product) == ["consumergroup", "port", "port", "product", "subject", "topic"]
    rows = ObjectScope.objects.filter(product_id=product.public_id)
    assert {row.team_id for row in rows} == {product.team_id}
    assert {tuple(row.domain_ids) for row in rows} == {(product.domain.public_id,)}


def test_scopes_hold_the_domain_and_its_ancestors(db: None) -> None:
    root = catalog.domain("shop")
    product = catalog.draft(domain=catalog.domain("web", parent=root))
    row = ObjectScope.objects.get(kind="product", object_id=product.public_id)
    assert row.domain_ids == [product.domain.public_id, root.public_id]


def test_activating_twice_changes_nothing(db: None) -> None:
    product = catalog.active()
    events = AuditEvent.objects.count()
    again = activate_product(product.pk, by=SYSTEM)
    assert (again.revision, AuditEvent.objects.count()) == (product.revision, events)


def test_every_failed_guard_is_named(db: None) -> None:
    team = crowd.team("empty-team", owner=False)
    product = catalog.draft(team=team, purpose=" ")
    add_port(product.pk, direction="output", name="changes", by=SYSTEM)
    with pytest.raises(LifecycleGuard) as refused:
        activate_product(product.pk, by=SYSTEM)
    codes = [fault.code for fault in refused.value.faults]
    assert codes == ["no_owner", "purpose_empty", "no_topic"]
    assert DataProduct.objects.get(pk=product.pk).lifecycle == "draft"


def test_a_topic_not_seen_lately_does_not_count_as_existing(db: None) -> None:
    product = catalog.draft()
    topic = streams.topic("commerce.orders")
    catalog.output(product, topic)
    topic.last_seen = database_now() - timedelta(minutes=5)
    topic.save(update_fields=["last_seen"])
    with pytest.raises(LifecycleGuard) as refused:
        activate_product(product.pk, by=SYSTEM)
    assert [fault.code for fault in refused.value.faults] == ["topic_not_seen"]


def test_a_port_without_a_value_schema_cannot_go_live(db: None) -> None:
    product = catalog.draft()
    port = add_port(product.pk, direction="output", name="changes", by=SYSTEM)
    bind_topic(port.pk, streams.topic("commerce.orders"), by=SYSTEM)
    with pytest.raises(LifecycleGuard) as refused:
        activate_product(product.pk, by=SYSTEM)
    assert [fault.code for fault in refused.value.faults] == ["no_schema"]


def test_a_topic_is_the_output_of_one_live_port(db: None) -> None:
    first = catalog.active()
    topic = PortTopic.objects.get(port__product=first).topic
    second = catalog.draft("copies")
    port = add_port(second.pk, direction="output", name="changes", by=SYSTEM)
    with pytest.raises(TopicAlreadyPublished) as refused:
        bind_topic(port.pk, topic, by=SYSTEM)
    assert "Orders" in refused.value.detail


def test_two_drafts_may_want_one_topic_but_the_first_to_go_live_gets_it(db: None) -> None:
    topic = streams.topic("commerce.orders")
    first, second = catalog.draft("first"), catalog.draft("second")
    catalog.output(first, topic)
    port = add_port(second.pk, direction="output", name="changes", by=SYSTEM)
    bind_topic(port.pk, topic, by=SYSTEM)
    activate_product(first.pk, by=SYSTEM)
    with pytest.raises(TopicAlreadyPublished):
        activate_product(second.pk, by=SYSTEM)
    assert kinds_of(second) == ["port", "product"]


def test_a_subject_of_another_team_is_not_bound(db: None) -> None:
    catalog.active()
    foreign = catalog.draft("copies", team=crowd.team("risk-team"))
    port = add_port(foreign.pk, direction="output", name="copies", by=SYSTEM)
    topic = streams.topic("risk.copies")
    bind_topic(port.pk, topic, by=SYSTEM)
    from schemas.models import Subject

    with pytest.raises(SubjectOwned):
        bind_subject(
            port.pk, topic, Subject.objects.get(name="commerce.orders-value"), "value", by=SYSTEM
        )


def test_several_record_types_per_side_are_normal(db: None) -> None:
    product = catalog.draft()
    topic = streams.topic("commerce.orders")
    port = catalog.output(product, topic)
    bind_subject(port.pk, topic, schemas.subject("shop.OrderClosed"), "value", by=SYSTEM)
    assert topic.topic_subjects.filter(side="value").count() == 2


def test_an_active_product_changes_its_ports_by_request_only(
    people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    with pytest.raises(NeedsRequest):
        add_port(product.pk, direction="output", name="more", by=people["owner"])
    port = add_port(product.pk, direction="output", name="more", by=people["owner"], approval=7)
    assert port.lifecycle == "active"
    assert AuditEvent.objects.filter(action="port_created", request_number=7).exists()


def test_an_active_product_changes_its_texts_at_once_and_its_tier_by_request(
    people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.active(team=teams["orders"])
    edited = edit_product(product.pk, {"purpose": "New."}, by=people["engineer"])
    assert edited.purpose == "New."
    with pytest.raises(NeedsRequest) as refused:
        edit_product(product.pk, {"tier": "gold"}, by=people["owner"])
    assert refused.value.faults[0].pointer == "/tier"
    assert edit_product(product.pk, {"tier": "gold"}, by=people["owner"], approval=3).tier == "gold"


def test_an_edit_of_an_old_revision_is_refused(
    people: dict[str, Any], teams: dict[str, Any]
) -> None:
    product = catalog.draft(team=teams["orders"])
    with pytest.raises(StaleRevision):
        edit_product(product.pk, {"purpose": "x"}, by=people["owner"], revision=99)


def test_a_port_exists_once_per_version(db: None) -> None:
    product = catalog.draft()
    add_port(product.pk, direction="output", name="changes", by=SYSTEM)
    with pytest.raises(PortExists):
        add_port(product.pk, direction="output", name="changes", by=SYSTEM)
    add_port(product.pk, direction="output", name="changes", version="2", by=SYSTEM)


def test_restricting_a_product_restricts_everything_it_owns(db: None) -> None:
    product = catalog.active()
    edit_product(product.pk, {"visibility": "restricted"}, by=SYSTEM, approval=1)
    rows = ObjectScope.objects.filter(product_id=product.public_id)
    assert {row.visibility for row in rows} == {"restricted"}

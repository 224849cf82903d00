"""What is pushed down: owners of nodes, watches, associations, declared inputs; all repeatable."""

from __future__ import annotations

from typing import Any

import pytest

from catalog.actions.popularity import count_consumers
from catalog.actions.ports import add_port
from catalog.actions.pushes import push_down, unclaimed_group_products
from catalog.models import DataProduct
from lineage.models import Edge, Evidence, Node
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.people.models import ObjectScope
from schemas.models import Association
from streams.models import Watch
from tests.factories import catalog, streams

pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(db: None) -> tuple[DataProduct, DataProduct]:
    """Payments, and orders that reads it with the group order-enricher."""
    payments, orders = catalog.active("payments"), catalog.active("orders", sampling=True)
    catalog.promise(payments, property="consumerLag", value="30 s", consumer="order-enricher")
    add_port(
        orders.pk, direction="input", name="payments", upstream=payments,
        group_name="order-enricher", by=SYSTEM, approval=1,
    )  # fmt: skip
    for product in (payments, orders):
        push_down(product.pk, by=SYSTEM)
    return payments, orders


def rows() -> list[int]:
    return [
        model.objects.count() for model in (Watch, Node, Edge, Evidence, Association, ObjectScope)
    ]


def test_pushing_twice_leaves_the_same_rows(pair: tuple[DataProduct, DataProduct]) -> None:
    before = rows()
    for product in pair:
        push_down(product.pk, by=SYSTEM)
    assert rows() == before


def test_bounds_and_sampling_are_watched(pair: tuple[DataProduct, DataProduct]) -> None:
    payments, orders = pair
    watch = Watch.objects.get(product_id=payments.public_id)
    assert (watch.group_name, watch.bound_s) == ("order-enricher", 30)
    assert Watch.objects.get(product_id=orders.public_id).sampling


def test_topics_have_their_owner_in_lineage_and_inputs_are_declared(
    pair: tuple[DataProduct, DataProduct],
) -> None:
    payments, orders = pair
    node = Node.objects.get(kind="topic", label="commerce.payments")
    assert (node.owner_key, node.exposure) == (str(payments.public_id), "output")
    edge = Edge.objects.get(src__key=str(payments.public_id), dst__key=str(orders.public_id))
    assert (edge.kind, edge.declared) == ("feeds", True)
    assert Edge.objects.filter(src=node, dst__label="order-enricher", kind="reads").exists()


def test_subjects_are_associated_with_their_topic(pair: tuple[DataProduct, DataProduct]) -> None:
    row = Association.objects.get(resource_name="commerce.payments")
    assert (row.association_type, row.subject_name) == ("value", "commerce.payments-value")


def test_a_group_that_appears_later_gets_its_owner(pair: tuple[DataProduct, DataProduct]) -> None:
    _, orders = pair
    assert unclaimed_group_products() == []
    group = streams.group("order-enricher")
    assert unclaimed_group_products() == [orders.pk]
    push_down(orders.pk, by=SYSTEM)
    scope = ObjectScope.objects.get(kind="consumergroup", object_id=group.public_id)
    assert scope.product_id == orders.public_id
    assert unclaimed_group_products() == []


def test_consumers_are_groups_that_commit(
    pair: tuple[DataProduct, DataProduct], woken: Any
) -> None:
    payments, _ = pair
    topic = payments.ports.get().topics.get().topic
    streams.lag(streams.group("order-enricher"), topic, moved_at=database_now())
    streams.lag(streams.group("never-committed"), topic)
    assert count_consumers(by=SYSTEM) == 1
    assert DataProduct.objects.get(pk=payments.pk).consumer_count == 1
    assert count_consumers(by=SYSTEM) == 0

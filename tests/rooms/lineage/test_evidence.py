"""Evidence, edges, ownership: what is written when something was seen or said."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from lineage import actions, queries
from lineage.errors import InvalidFlow
from lineage.evidence.nodes import group_spec, node_for, product_spec, service_spec
from lineage.evidence.sightings import Sighting
from lineage.models import CoverageClock, Edge, Evidence, Node, SubjectTopic
from mesh.audit.models import AuditEvent
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import NotAllowed
from tests.factories import lineage, streams

pytestmark = pytest.mark.django_db
WEEK_S = 7 * 86_400


def age(scope: str, covered_s: float) -> None:
    """Let a clock have run this long, as if sweeps had answered all the time."""
    CoverageClock.objects.update_or_create(
        scope=scope, defaults={"covered_s": covered_s, "ticked_at": database_now()}
    )


def test_a_moving_commit_makes_an_edge_from_the_topic_to_the_group() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    edge = Edge.objects.get()
    assert (edge.src.label, edge.kind, edge.dst.label) == ("orders", "reads", "order-enricher")
    assert (edge.observed, edge.declared, edge.best_source) == (0.95, False, "offsets_moved")


def test_a_repeated_sighting_extends_one_row() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    Evidence.objects.update(last_seen=database_now() - timedelta(hours=1))
    lineage.moved(group, topic)
    row = Evidence.objects.get()
    assert row.observations == 2
    assert database_now() - row.last_seen < timedelta(minutes=1)


def test_a_moving_pair_is_written_once_in_some_minutes() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    for _ in range(3):
        lineage.moved(group, topic)
    assert Evidence.objects.get().observations == 1


def test_evidence_ends_when_covered_time_outlives_it() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    age(f"cluster:{topic.cluster_id}", WEEK_S + 60)
    assert actions.expire_evidence() == 1
    assert not Edge.objects.get().live
    assert Evidence.objects.get().ended_reason == "not seen for its whole time to live"


def test_a_gap_in_observation_ends_nothing() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    Evidence.objects.update(last_seen=database_now() - timedelta(days=30))
    CoverageClock.objects.update(ticked_at=database_now() - timedelta(days=30))
    assert actions.expire_evidence() == 0
    assert Edge.objects.get().live


def test_answered_sweeps_run_the_clock_and_failed_ones_do_not() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    clock = CoverageClock.objects.get(scope=f"cluster:{topic.cluster_id}")
    clock.ticked_at = database_now() - timedelta(seconds=60)
    clock.save(update_fields=["ticked_at"])
    streams.sweep(topic.cluster, 1)
    streams.sweep(topic.cluster, 2)
    streams.sweep(topic.cluster, 3, outcome="failed")
    actions.expire_evidence()
    clock.refresh_from_db()
    assert clock.covered_s == 10


def test_confidence_fades_in_the_second_half_of_the_time_to_live() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    age(f"cluster:{topic.cluster_id}", WEEK_S * 0.75)
    actions.expire_evidence()
    assert Edge.objects.get().observed == pytest.approx(0.95 * 0.75, abs=0.01)


def test_a_sighting_after_the_end_starts_a_new_interval() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    age(f"cluster:{topic.cluster_id}", WEEK_S + 60)
    actions.expire_evidence()
    lineage.moved(group, topic)
    assert Evidence.objects.count() == 2
    assert Edge.objects.get().live


def test_declared_and_observed_are_two_axes() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.product("shipments", inputs=(lineage.reads("orders", "order-enricher"),))
    edge = Edge.objects.get(kind="reads")
    assert (edge.declared, edge.observed) == (True, 0)
    lineage.moved(group, topic)
    edge.refresh_from_db()
    assert (edge.declared, edge.observed) == (True, 0.95)


def test_a_port_that_is_gone_ends_its_declaration_and_keeps_what_was_observed() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.product("shipments", inputs=(lineage.reads("orders", "order-enricher"),))
    lineage.moved(group, topic)
    lineage.product("shipments", inputs=())
    reads = Edge.objects.get(kind="reads")
    assert (reads.live, reads.declared) == (True, False)
    assert not Edge.objects.get(kind="feeds").live


def test_ownership_follows_what_the_catalogue_says_now() -> None:
    topic = lineage.product("orders")
    assert lineage.node(key=str(topic.public_id)).owner_label == "orders"
    actions.own_nodes(lineage.product_id("orders"), "orders", [])
    released = lineage.node(key=str(topic.public_id))
    assert (released.owner_key, released.exposure) == ("", "unowned")


def test_a_topic_of_another_product_is_not_taken_over() -> None:
    topic = lineage.product("orders")
    actions.own_nodes(lineage.product_id("copycat"), "copycat", [topic.pk])
    assert lineage.node(key=str(topic.public_id)).owner_label == "orders"


def test_subjects_with_exactly_the_topics_name_are_bound() -> None:
    lineage.product("orders")
    lineage.product("orders.audit")
    assert set(
        SubjectTopic.objects.filter(topic__label="orders").values_list("subject_name", "side")
    ) == {("orders-key", "key"), ("orders-value", "value")}


def test_binding_a_subject_reads_its_use_again(
    woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    topic = lineage.product("orders")
    with django_capture_on_commit_callbacks(execute=True):
        actions.bind_subject_topic(topic.pk, "Order", "value")
        actions.bind_subject_topic(topic.pk, "Order", "value")
    assert woken.count(("lineage.observe_subject", ("Order",))) == 1


def test_nothing_flows_into_itself() -> None:
    topic = lineage.product("orders")
    node = lineage.node(key=str(topic.public_id))
    with pytest.raises(InvalidFlow, match="into itself"):
        actions.observe([Sighting(node, node, "derives", "openlineage_run", database_now())])


def test_a_kind_joins_only_ends_that_fit() -> None:
    topic = lineage.product("orders")
    node = lineage.node(key=str(topic.public_id))
    service = node_for(service_spec("checkout"))
    with pytest.raises(InvalidFlow, match="does not lead from a application"):
        actions.observe([Sighting(service, node, "reads", "registry_fetch", database_now())])
    assert not Evidence.objects.exists()


def test_the_team_of_either_end_declares_and_others_do_not(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    topic = lineage.product("orders", team=teams["orders"])
    source = lineage.node(key=str(topic.public_id))
    target = node_for(group_spec(topic.cluster, "nightly-export"))
    with pytest.raises(NotAllowed):
        actions.declare(source, target, "reads", by=people["consumer"])
    edge = actions.declare(source, target, "reads", by=people["engineer"], why="nightly export")
    assert (edge.declared, edge.declared_by) == (True, "Engineer")
    assert AuditEvent.objects.filter(action="flow_declared", reason="nightly export").count() == 1


def test_withdrawing_ends_only_what_people_declared(
    people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    topic = lineage.product("orders", team=teams["orders"])
    lineage.product("shipments", inputs=(lineage.reads("orders", "order-enricher"),))
    edge = Edge.objects.get(kind="reads")
    actions.declare(edge.src, edge.dst, "reads", by=people["engineer"])
    assert topic
    assert actions.withdraw(edge, by=people["engineer"]) == 1
    edge.refresh_from_db()
    assert edge.declared


def test_retracting_ends_one_source_and_leaves_the_others() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.product("shipments", inputs=(lineage.reads("orders", "order-enricher"),))
    lineage.moved(group, topic)
    edge = Edge.objects.get(kind="reads")
    flows = [(edge.src_id, edge.dst_id, edge.kind)]
    assert actions.retract(flows, "offsets_moved", "", "the group was deleted") == 1
    edge.refresh_from_db()
    assert (edge.live, edge.declared, edge.observed) == (True, True, 0)


def test_changed_edges_are_announced_and_repeated_sightings_are_not(
    django_capture_on_commit_callbacks: Any,
) -> None:
    from lineage.signals import edges_changed

    heard: list[Any] = []
    listener = lambda sender, node_ids, **ids: heard.append(node_ids)  # noqa: E731
    edges_changed.connect(listener)
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    try:
        with django_capture_on_commit_callbacks(execute=True):
            lineage.moved(group, topic)
        Evidence.objects.update(last_seen=database_now() - timedelta(hours=1))
        with django_capture_on_commit_callbacks(execute=True):
            lineage.moved(group, topic)
    finally:
        edges_changed.disconnect(listener)
    assert len(heard) == 1
    assert set(heard[0]) == set(Edge.objects.values_list("src_id", "dst_id").get())


def test_a_product_that_is_gone_owns_nothing() -> None:
    lineage.product("orders")
    actions.forget_product(lineage.product_id("orders"))
    assert Node.objects.filter(owner_key=lineage.product_id("orders")).count() == 0
    assert lineage.node(kind="product").ended_at is not None
    assert node_for(product_spec(lineage.product_id("orders"), "orders")).label == "orders"


def test_one_step_costs_the_same_for_one_and_for_many_sightings(
    django_assert_max_num_queries: Any,
) -> None:
    topics = [lineage.product(f"product-{number}") for number in range(12)]
    group = streams.group("wide-reader")
    with django_assert_max_num_queries(22):
        lineage.moved(group, topics[0])
    with django_assert_max_num_queries(22):
        lineage.moved(group, *topics[1:])
    assert queries.consumers_of_topics([topic.pk for topic in topics])[11].group == "wide-reader"

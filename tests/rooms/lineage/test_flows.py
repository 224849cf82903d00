"""Product lineage: who feeds whom, what is only possible, what a viewer may see."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest

from lineage import actions, queries
from lineage.errors import NodeNotFound
from lineage.evidence.nodes import job_spec, node_for, service_spec
from lineage.evidence.sightings import Sighting
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from streams.models import Topic
from tests.factories import lineage, streams

pytestmark = pytest.mark.django_db


def chain(*slugs: str) -> list[Topic]:
    """Products in a row, each reading the one before with its own group."""
    topics = [lineage.product(slugs[0])]
    for before, slug in pairwise(slugs):
        topics.append(lineage.product(slug, inputs=(lineage.reads(before, f"{slug}-job"),)))
        lineage.moved(streams.group(f"{slug}-job"), topics[-2])
    return topics


def topic_node(topic: Topic) -> Any:
    return lineage.node(key=str(topic.public_id))


def uses(program: Any, *, reads: tuple[Topic, ...] = (), writes: tuple[Topic, ...] = ()) -> None:
    """A program nobody owns reads and writes these topics."""
    now = database_now()
    actions.observe(
        [
            *(Sighting(topic_node(one), program, "reads", "openlineage_run", now) for one in reads),
            *(
                Sighting(program, topic_node(one), "writes", "openlineage_run", now)
                for one in writes
            ),
        ]
    )


def test_upstream_products_come_nearest_first() -> None:
    chain("payments", "orders", "shipments", "delivery-estimates")
    assert queries.upstream_products(lineage.product_id("delivery-estimates")) == [
        (lineage.product_id("shipments"), 1),
        (lineage.product_id("orders"), 2),
        (lineage.product_id("payments"), 3),
    ]


def test_downstream_is_the_inverse_of_upstream() -> None:
    slugs = ("payments", "orders", "shipments")
    chain(*slugs)
    for one in slugs:
        for product, hops in queries.downstream_products(lineage.product_id(one)):
            assert (lineage.product_id(one), hops) in queries.upstream_products(product)


def test_names_that_look_alike_prove_nothing() -> None:
    orders, _ = lineage.product("orders"), lineage.product("orders.v2")
    lineage.moved(streams.group("orders.v2"), orders)
    assert queries.downstream_products(lineage.product_id("orders")) == []


def test_a_loop_of_products_ends() -> None:
    topics = chain("orders", "shipments")
    lineage.product("orders", inputs=(lineage.reads("shipments", "orders-feedback"),))
    lineage.moved(streams.group("orders-feedback"), topics[1])
    assert queries.downstream_products(lineage.product_id("orders")) == [
        (lineage.product_id("shipments"), 1)
    ]
    assert queries.neighbourhood(SYSTEM, "orders", 5, 5).complete


def test_a_program_with_one_input_joins_the_products() -> None:
    orders, revenue = lineage.product("orders"), lineage.product("daily-revenue")
    uses(node_for(job_spec("spark", "revenue")), reads=(orders,), writes=(revenue,))
    graph = queries.neighbourhood(SYSTEM, "orders")
    assert [(row.name, row.through, row.possible) for row in graph.downstream] == [
        ("daily-revenue", "revenue", False)
    ]


def test_reading_many_and_writing_many_proves_no_pair() -> None:
    topics = [lineage.product(slug) for slug in ("orders", "payments", "revenue", "fraud")]
    uses(node_for(job_spec("spark", "all")), reads=tuple(topics[:2]), writes=tuple(topics[2:]))
    assert queries.downstream_products(lineage.product_id("orders")) == []
    rows = queries.neighbourhood(SYSTEM, "orders").downstream
    assert {(row.name, row.possible) for row in rows} == {("revenue", True), ("fraud", True)}


def test_proved_derivations_decide_which_inputs_count() -> None:
    topics = [lineage.product(slug) for slug in ("orders", "payments", "revenue", "fraud")]
    orders, payments, revenue, fraud = topics
    uses(node_for(job_spec("spark", "all")), reads=(orders, payments), writes=(revenue, fraud))
    derives = [(orders, revenue), (payments, fraud)]
    actions.observe(
        [
            Sighting(
                topic_node(one), topic_node(two), "derives", "openlineage_facet", database_now()
            )
            for one, two in derives
        ]
    )
    assert queries.downstream_products(lineage.product_id("orders")) == [
        (lineage.product_id("revenue"), 1)
    ]


def test_a_program_that_writes_nothing_is_an_end_itself() -> None:
    orders = lineage.product("orders")
    lineage.moved(streams.group("nightly-export"), orders)
    (row,) = queries.neighbourhood(SYSTEM, "orders").downstream
    assert (row.name, row.kind, row.sub) == ("nightly-export", "application", "consumer group")


def test_the_producer_that_fetches_its_own_schema_is_no_reader() -> None:
    orders, program = lineage.product("orders"), node_for(service_spec("checkout"))
    uses(program, reads=(orders,), writes=(orders,))
    assert queries.neighbourhood(SYSTEM, "orders").downstream == ()


def test_evidence_is_told_in_words_with_age_and_certainty() -> None:
    orders = lineage.product("orders")
    group = streams.group("nightly-export")
    lineage.moved(group, orders)
    streams.lag(group, orders, moved_at=database_now())
    (row,) = queries.neighbourhood(SYSTEM, "orders").downstream
    assert row.words in ("commits moved just now (strong)", "commits moved 1 s ago (strong)")


def test_a_declared_flow_that_nobody_saw_says_so() -> None:
    lineage.product("orders")
    lineage.product("shipments", inputs=(lineage.reads("orders"),))
    graph = queries.neighbourhood(SYSTEM, "orders")
    assert [(row.words, row.declared, row.observed) for row in graph.downstream] == [
        ("declared, not observed", True, False)
    ]
    assert [edge.strength for edge in graph.edges] == ["declared"]


def test_columns_follow_the_flow() -> None:
    chain("payments", "orders", "shipments")
    places = {node.name: node.x for node in queries.neighbourhood(SYSTEM, "orders").nodes}
    assert places == {"payments": 0, "orders": 1, "shipments": 2}


def test_what_lies_beyond_the_depth_is_said() -> None:
    chain("payments", "orders", "shipments", "estimates")
    graph = queries.neighbourhood(SYSTEM, "payments", 1, 1)
    assert not graph.complete
    assert [(cut.reason, cut.limit, cut.side) for cut in graph.truncated] == [
        ("depth", 1, "downstream")
    ]
    assert queries.neighbourhood(SYSTEM, "payments", 5, 5).complete


def test_a_restricted_neighbour_has_no_name(people: dict[str, Principal]) -> None:
    chain("orders", "salaries")
    lineage.product(
        "salaries", inputs=(lineage.reads("orders", "salaries-job"),), visibility="restricted"
    )
    graph = queries.neighbourhood(people["reader"], "orders")
    assert "salaries" not in repr(graph)
    assert lineage.product_id("salaries") not in repr(graph)
    assert [(node.kind, node.name) for node in graph.nodes if not node.focus] == [
        ("restricted", "restricted consumer")
    ]
    assert [cut.reason for cut in graph.truncated] == ["permission"]
    assert "salaries" in repr(queries.neighbourhood(people["auditor"], "orders"))


def test_a_restricted_product_does_not_exist_for_others(people: dict[str, Principal]) -> None:
    lineage.product("salaries", visibility="restricted")
    with pytest.raises(NodeNotFound):
        queries.neighbourhood(people["reader"], "salaries")
    assert queries.neighbourhood(people["governor"], "salaries").nodes[0].focus


def test_a_consumer_names_the_product_that_declares_its_group() -> None:
    topics = chain("orders", "shipments")
    (consumer,) = queries.consumers_of_topics([topics[0].pk])
    assert (consumer.group, consumer.owner_slug) == ("shipments-job", "shipments")
    assert (consumer.declared, consumer.observed, consumer.strength) == (True, True, "strong")


def test_the_graph_costs_the_same_for_few_and_many_readers(django_assert_num_queries: Any) -> None:
    orders = lineage.product("orders")
    lineage.moved(streams.group("reader-0"), orders)
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    with CaptureQueriesContext(connection) as few:
        queries.neighbourhood(SYSTEM, "orders")
    for number in range(1, 15):
        lineage.moved(streams.group(f"reader-{number}"), orders)
    with django_assert_num_queries(len(few)):
        assert len(queries.neighbourhood(SYSTEM, "orders").downstream) == 15


def test_a_team_account_beside_the_teams_own_group_is_no_second_reader(
    teams: dict[str, Any],
) -> None:
    from mesh.people.models import ServiceAccount

    orders = lineage.product("orders", team=teams["orders"])
    lineage.product("fraud", inputs=(lineage.reads("orders", "scorer"),), team=teams["risk"])
    lineage.moved(streams.group("scorer"), orders)
    for name, team in (("risk-programs", "risk"), ("orders-programs", "orders")):
        ServiceAccount.objects.create(name=name, team=teams[team])
        uses(node_for(service_spec(name)), reads=(orders,))
    assert [row.name for row in queries.neighbourhood(SYSTEM, "orders").downstream] == ["fraud"]
    readers = queries.consumers_of_topics([orders.pk])
    assert [reader.name for reader in readers] == ["scorer"]


def test_a_team_account_of_nobody_else_is_a_reader(teams: dict[str, Any]) -> None:
    from mesh.people.models import ServiceAccount

    orders = lineage.product("orders", team=teams["orders"])
    ServiceAccount.objects.create(name="risk-programs", team=teams["risk"])
    uses(node_for(service_spec("risk-programs")), reads=(orders,))
    (row,) = queries.neighbourhood(SYSTEM, "orders").downstream
    assert (row.name, row.sub) == ("risk-programs", "service account")


def test_a_crowd_is_folded_in_the_drawing_and_whole_in_the_table() -> None:
    orders = lineage.product("orders")
    lineage.product("shipments", inputs=(lineage.reads("orders", "shipments-job"),))
    groups = [streams.group(f"reader-{number:02}") for number in range(30)]
    for group in groups:
        lineage.moved(group, orders)
    graph = queries.neighbourhood(SYSTEM, "orders")
    names = [node.name for node in graph.nodes]
    assert len(graph.downstream) == 31
    assert len(names) == 14
    assert {"19 more", "shipments", "reader-00"} <= set(names)
    assert next(node.kind for node in graph.nodes if node.name == "19 more") == "stub"


def test_columns_stand_in_the_middle() -> None:
    orders = lineage.product("orders")
    for number in range(3):
        lineage.moved(streams.group(f"reader-{number}"), orders)
    graph = queries.neighbourhood(SYSTEM, "orders")
    assert [(node.y) for node in graph.nodes if node.focus] == [1.0]

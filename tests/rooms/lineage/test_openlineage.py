"""OpenLineage events become runs, evidence and product lineage, whatever their order."""

from __future__ import annotations

import copy
import itertools
import random
from datetime import timedelta
from typing import Any

import pytest

from lineage import actions, queries
from lineage.models import Edge, Evidence, LineageEvent, Node, Run
from lineage.openlineage.accepting import jobs_of_unresolved
from mesh.audit.principal import SYSTEM, Principal
from mesh.kernel.database import database_now
from mesh.kernel.errors import NotAllowed
from streams.models import ClusterAlias
from tests.factories import lineage, streams

pytestmark = pytest.mark.django_db
BROKER = "kafka://127.0.0.1:19092"


@pytest.fixture
def alias() -> ClusterAlias:
    """The demo cluster answers to the address that the events name."""
    return ClusterAlias.objects.create(
        cluster=streams.cluster(), address="127.0.0.1:19092", origin="bootstrap"
    )


def event(kind: str = "START", minute: int = 0, *, job: str = "enrich", run: str = "r1",
          reads: str = "", writes: str = "", namespace: str = BROKER) -> dict[str, Any]:  # fmt: skip
    at = database_now() - timedelta(hours=1) + timedelta(minutes=minute)
    named = lambda names: [{"namespace": namespace, "name": one} for one in names.split()]  # noqa: E731
    return {
        "eventType": kind, "eventTime": at.isoformat(), "run": {"runId": run}, "producer": "p",
        "job": {"namespace": "flink", "name": job}, "schemaURL": "s",
        "inputs": named(reads), "outputs": named(writes),
    }  # fmt: skip


def accept(*events: dict[str, Any]) -> None:
    for one in events:
        actions.accept_event(one, by=SYSTEM)


def graph() -> set[tuple[Any, ...]]:
    """Everything that must not depend on the order of events."""
    edges = Edge.objects.filter(live=True).values_list(
        "src__label", "kind", "dst__label", "observed", "best_source", "first_seen", "last_seen"
    )
    runs = Run.objects.values_list("run_id", "state", "started_at", "ended_at", "last_event_at")
    return {("edge", *row) for row in edges} | {("run", *row) for row in runs}


def test_a_run_joins_two_products(alias: ClusterAlias) -> None:
    lineage.product("orders")
    lineage.product("shipments")
    accept(event(reads="orders", writes="shipments"))
    assert queries.downstream_products(lineage.product_id("orders")) == [
        (lineage.product_id("shipments"), 1)
    ]
    (row,) = queries.neighbourhood(SYSTEM, "orders").downstream
    assert (row.through, row.strength) == ("enrich", "strong")
    assert row.words.startswith("a run reported it")


def test_every_order_and_repetition_gives_the_same_graph(alias: ClusterAlias) -> None:
    for slug in ("orders", "payments", "shipments"):
        lineage.product(slug)
    events = [
        event("START", 0, reads="orders"),
        event("RUNNING", 1, reads="payments", writes="shipments"),
        event("FAIL", 2),
        event("COMPLETE", 3),
        event("START", 4, run="r2", reads="orders", writes="shipments"),
    ]
    outcomes = []
    dice = random.Random(7)
    for order in dice.sample(list(itertools.permutations(events)), 12):
        accept(*order, *order[:2])
        outcomes.append(graph())
        for model in (Evidence, Edge, LineageEvent, Run):
            model.objects.all().delete()
    assert outcomes[0]
    assert all(outcome == outcomes[0] for outcome in outcomes)


def test_the_same_event_again_changes_nothing(alias: ClusterAlias) -> None:
    one = event(reads="orders")
    assert actions.accept_event(one, by=SYSTEM).created
    before = Evidence.objects.values_list("observations", flat=True).get()
    assert not actions.accept_event(copy.deepcopy(one), by=SYSTEM).created
    assert Evidence.objects.values_list("observations", flat=True).get() == before
    assert (LineageEvent.objects.count(), Run.objects.get().events) == (1, 1)


def test_a_cluster_nobody_knows_is_kept_and_left_out_of_product_lineage() -> None:
    lineage.product("orders")
    lineage.product("shipments")
    accept(event(reads="orders", writes="shipments"))
    assert queries.downstream_products(lineage.product_id("orders")) == []
    assert queries.unresolved_datasets(SYSTEM) == 2


def test_an_address_that_two_clusters_claim_is_not_guessed(alias: ClusterAlias) -> None:
    ClusterAlias.objects.create(
        cluster=streams.cluster("other"), address=alias.address, origin="user"
    )
    lineage.product("orders")
    accept(event(reads="orders"))
    assert list(Node.objects.filter(resolved=False).values_list("label", flat=True)) == ["orders"]


def test_an_alias_that_comes_later_places_what_was_kept() -> None:
    lineage.product("orders")
    lineage.product("shipments")
    accept(event(reads="orders", writes="shipments"))
    ClusterAlias.objects.create(
        cluster=streams.cluster(), address="127.0.0.1:19092", origin="bootstrap"
    )
    for job_id in jobs_of_unresolved(10):
        actions.rebuild_job(job_id)
    assert queries.downstream_products(lineage.product_id("orders")) == [
        (lineage.product_id("shipments"), 1)
    ]
    assert jobs_of_unresolved(10) == []


def test_a_table_is_an_external_source_of_the_product(alias: ClusterAlias) -> None:
    lineage.product("orders")
    one = event(writes="orders")
    one["inputs"] = [{"namespace": "postgres://shop:5432", "name": "public.orders"}]
    accept(one)
    (row,) = queries.neighbourhood(SYSTEM, "orders").upstream
    assert (row.name, row.kind) == ("public.orders", "external")


def test_a_table_name_inside_a_kafka_namespace_makes_no_topic(alias: ClusterAlias) -> None:
    lineage.product("orders")
    one = event(reads="orders")
    one["inputs"][0]["facets"] = {
        "symlinks": {
            "identifiers": [{"namespace": BROKER, "name": "default.db.orders", "type": "TABLE"}]
        }
    }
    accept(one)
    assert not Node.objects.filter(label__contains="default.db").exists()


def test_a_job_event_declares_and_a_run_observes(alias: ClusterAlias) -> None:
    lineage.product("orders")
    stated = event(reads="orders")
    del stated["run"], stated["eventType"]
    accept(stated)
    edge = Edge.objects.get()
    assert (edge.declared, edge.observed) == (True, 0)
    accept(event(reads="orders"))
    edge.refresh_from_db()
    assert (edge.declared, edge.observed) == (True, 0.95)


def test_an_old_event_revives_nothing(alias: ClusterAlias) -> None:
    lineage.product("orders")
    one = event(reads="orders")
    one["eventTime"] = (database_now() - timedelta(days=60)).isoformat()
    accept(one)
    assert Run.objects.count() == 1
    assert not Edge.objects.filter(live=True).exists()


def test_a_wide_event_is_worked_off_by_a_task(
    woken: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    names = " ".join(f"t{number}" for number in range(201))
    with django_capture_on_commit_callbacks(execute=True):
        accept(event(reads=names))
    job = Node.objects.get(kind="application")
    assert ("lineage.rebuild_job", (job.pk,)) in woken
    assert not Evidence.objects.exists()
    actions.rebuild_job(job.pk)
    assert Edge.objects.filter(live=True).count() == 201


def test_readers_may_not_send_events(people: dict[str, Principal]) -> None:
    with pytest.raises(NotAllowed):
        actions.accept_event(event(reads="orders"), by=people["reader"])
    assert not LineageEvent.objects.exists()


def test_raw_events_are_forgotten_after_a_month_and_evidence_is_not(alias: ClusterAlias) -> None:
    lineage.product("orders")
    accept(event(reads="orders"))
    LineageEvent.objects.update(received_at=database_now() - timedelta(days=31))
    assert actions.forget_events() == 1
    assert Edge.objects.get().live


def test_an_event_costs_a_bounded_number_of_queries(
    alias: ClusterAlias, django_assert_max_num_queries: Any
) -> None:
    accept(event(reads="a b", writes="c"))
    with django_assert_max_num_queries(30):
        accept(
            event("RUNNING", 1, reads=" ".join(f"t{number}" for number in range(50)), writes="c")
        )

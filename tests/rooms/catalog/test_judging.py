"""Promises against measurements: verdicts, incidents that open and close, health, suspects."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from catalog.actions.incidents import (
    Breach,
    acknowledge_incident,
    add_note,
    close_incident,
    open_incident,
)
from catalog.actions.judging import forget_verdicts, judge, judge_silent
from catalog.actions.ports import add_port
from catalog.errors import IncidentClosed
from catalog.models import (
    DataProduct,
    Incident,
    IncidentNote,
    Promise,
    PromiseDay,
    PromiseState,
    Verdict,
)
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.kernel.errors import InvalidInput, NotAllowed
from streams.models import Topic, TopicSample
from tests.factories import catalog, streams

pytestmark = pytest.mark.django_db


@pytest.fixture
def product(teams: dict[str, Any]) -> DataProduct:
    return catalog.active(team=teams["orders"])


def topic_of(product: DataProduct) -> Topic:
    return Topic.objects.get(port_topics__port__product=product)


class Clock:
    """Looks at the cluster one after the other."""

    def __init__(self, cluster: Any) -> None:
        self.cluster, self.slot = cluster, 0

    def look(self, outcome: str = "done") -> None:
        self.slot += 1
        sweep = streams.sweep(self.cluster, self.slot, outcome=outcome)
        judge(self.cluster.pk, sweep.pk, by=SYSTEM)


@pytest.fixture
def clock(product: DataProduct) -> Clock:
    return Clock(topic_of(product).cluster)


def word(promise: Promise) -> str:
    return PromiseState.objects.get(promise=promise).word


@pytest.mark.parametrize(
    ("age_lo_s", "age_hi_s", "expected"),
    [(1, 6, "pass"), (25, 29, "warn"), (31, 36, "fail"), (28, 33, "unknown")],
)
def test_freshness_passes_and_fails_only_with_the_whole_interval(
    product: DataProduct, clock: Clock, age_lo_s: float, age_hi_s: float, expected: str
) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    streams.log(topic_of(product), age_lo_s=age_lo_s, age_hi_s=age_hi_s)
    clock.look()
    assert word(promise) == expected


def test_a_log_that_never_advanced_has_nothing_due(product: DataProduct, clock: Clock) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    streams.log(topic_of(product), advanced_after=None, advanced_before=None)
    clock.look()
    assert word(promise) == "skip"
    assert DataProduct.objects.get(pk=product.pk).health == "unknown"


def test_a_log_that_could_not_be_read_is_unknown_with_the_reason(
    product: DataProduct, clock: Clock
) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    streams.log(topic_of(product), unknown_reason="TIMEOUT")
    clock.look()
    state = PromiseState.objects.get(promise=promise)
    assert state.word == "unknown"
    assert "did not answer in time" in state.reason


@pytest.mark.parametrize(("rate", "expected"), [(20.0, "pass"), (3.0, "fail"), (None, "unknown")])
def test_throughput_is_judged_by_rate(
    product: DataProduct, clock: Clock, rate: float | None, expected: str
) -> None:
    promise = catalog.promise(product, property="throughput", value="10 records/s")
    streams.log(topic_of(product), rate=rate)
    clock.look()
    assert word(promise) == expected


def test_throughput_over_a_window_needs_the_window_watched(
    product: DataProduct, clock: Clock
) -> None:
    row = {"property": "throughput", "value": "10 records/s", "window_seconds": 300}
    promise = catalog.promise(product, **row)
    topic, now = topic_of(product), database_now()
    streams.log(topic, rate=20.0, now=now, log_end=[6000])
    clock.look()
    assert word(promise) == "unknown"
    then = now - timedelta(seconds=295)
    TopicSample.objects.create(
        topic=topic, sweep_at=then, asked_at=then, answered_at=then, log_start=[0], log_end=[100]
    )
    clock.look()
    assert word(promise) == "pass"


@pytest.mark.parametrize(
    ("configs", "age", "expected"),
    [
        ({"retention.ms": "604800000", "cleanup.policy": "delete"}, 0, "pass"),
        ({"retention.ms": "-1", "cleanup.policy": "delete"}, 0, "pass"),
        ({"retention.ms": "3600000", "cleanup.policy": "delete"}, 0, "warn"),
        ({"retention.ms": "3600000", "cleanup.policy": "delete"}, 2, "fail"),
        ({"retention.ms": "604800000", "cleanup.policy": "compact"}, 0, "skip"),
        ({}, 0, "unknown"),
    ],
)
def test_retention_is_judged_by_configuration_and_age(
    product: DataProduct, clock: Clock, configs: dict[str, str], age: int, expected: str
) -> None:
    promise = catalog.promise(product, property="retention", value="7 d")
    topic = topic_of(product)
    topic.configs = {name: {"value": value} for name, value in configs.items()}
    topic.first_seen = database_now() - timedelta(hours=age)
    topic.save(update_fields=["configs", "first_seen"])
    clock.look()
    assert word(promise) == expected


def test_size_based_deletion_leaves_retention_unknown(product: DataProduct, clock: Clock) -> None:
    promise = catalog.promise(product, property="retention", value="1 d")
    topic = topic_of(product)
    topic.configs["retention.bytes"] = {"value": "1000"}
    topic.save(update_fields=["configs"])
    streams.log(topic, log_start=[7])
    clock.look()
    assert word(promise) == "unknown"


@pytest.mark.parametrize(("bad", "expected"), [(0, "pass"), (1, "fail")])
def test_availability_is_the_share_of_complete_looks(
    product: DataProduct, clock: Clock, bad: int, expected: str
) -> None:
    promise = catalog.promise(product, property="availability", value="90 %")
    topic = topic_of(product)
    for slot in range(4):
        clock.slot += 1
        streams.sweep(clock.cluster, clock.slot)
        at = database_now()
        end = None if slot < bad else 5
        TopicSample.objects.create(
            topic=topic, sweep_at=at, asked_at=at, answered_at=at, log_start=[0], log_end=[end]
        )
    last = clock.cluster.sweeps.order_by("-slot").first()
    judge(clock.cluster.pk, last.pk, by=SYSTEM)
    assert word(promise) == expected


@pytest.mark.parametrize(("silent", "expected"), [(True, "pass"), (False, "fail")])
def test_looks_that_met_a_broker_coming_back_are_not_counted(
    product: DataProduct, clock: Clock, silent: bool, expected: str
) -> None:
    promise = catalog.promise(product, property="availability", value="90 %")
    topic, now = topic_of(product), database_now()
    Topic.objects.filter(pk=topic.pk).update(first_seen=now - timedelta(minutes=10))
    whole, short = [5], [None]
    plan = [(whole, 1)] * 2 + [(None, 0) if silent else (whole, 1)] + [(short, 0.5), (whole, 1)]
    for slot, (log_end, ends) in enumerate(plan):
        at = now - timedelta(seconds=10 * (len(plan) - slot))
        done = streams.sweep(clock.cluster, slot, outcome="done" if log_end else "failed")
        done.started_at, done.finished_at = at, at + timedelta(seconds=1)
        done.coverage = {"ends": ends}
        done.save(update_fields=["started_at", "finished_at", "coverage"])
        if log_end:
            TopicSample.objects.create(
                topic=topic,
                sweep_at=at,
                asked_at=at,
                answered_at=at,
                log_start=[0],
                log_end=log_end,
            )
    last = clock.cluster.sweeps.get(slot=len(plan) - 1)
    judge(clock.cluster.pk, last.pk, by=SYSTEM)
    assert word(promise) == expected
    state = PromiseState.objects.get(promise=promise)
    assert ("Not counted: 1 while the broker was coming back." in state.reason) == silent


@pytest.mark.parametrize(
    ("members", "expected"),
    [
        ({"age_lo_s": 2, "age_hi_s": 7}, "pass"),
        ({"age_lo_s": 40, "age_hi_s": 45}, "fail"),
        ({"age_lo_s": 40, "age_hi_s": -1}, "fail"),
        ({"age_lo_s": 2, "age_hi_s": -1}, "unknown"),
        ({"age_lo_s": None, "age_hi_s": None}, "unknown"),
        (
            {"age_lo_s": 2, "age_hi_s": 7, "status": "unknown", "unknown_reason": "TIMEOUT"},
            "unknown",
        ),
    ],
)
def test_consumer_lag_is_the_worst_partitions_age(
    product: DataProduct, clock: Clock, members: dict[str, Any], expected: str
) -> None:
    promise = catalog.promise(product, property="consumerLag", value="30 s", consumer="fulfilment")
    streams.lag(streams.group("fulfilment"), topic_of(product), **members)
    clock.look()
    assert word(promise) == expected


def test_an_unknown_group_is_unknown(product: DataProduct, clock: Clock) -> None:
    promise = catalog.promise(product, property="consumerLag", value="30 s", consumer="nobody")
    clock.look()
    state = PromiseState.objects.get(promise=promise)
    assert (state.word, "nobody" in state.reason) == ("unknown", True)


def test_lag_in_records_over_uncovered_partitions_is_a_lower_bound(
    product: DataProduct, clock: Clock
) -> None:
    row = {"property": "consumerLag", "value": "1000 records", "consumer": "fulfilment"}
    promise = catalog.promise(product, **row)
    members = {"lag_records": 10, "covered_partitions": 1, "partitions": 2}
    streams.lag(streams.group("fulfilment"), topic_of(product), **members)
    clock.look()
    assert word(promise) == "unknown"


def break_it(product: DataProduct, clock: Clock, times: int = 2) -> None:
    streams.log(topic_of(product), age_lo_s=100, age_hi_s=105)
    for _ in range(times):
        clock.look()


def keep_it(product: DataProduct, clock: Clock, times: int = 3) -> None:
    streams.log(topic_of(product), age_lo_s=1, age_hi_s=2)
    for _ in range(times):
        clock.look()


def test_an_incident_opens_after_two_fails_backdated_with_evidence(
    product: DataProduct, clock: Clock
) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    keep_it(product, clock, 1)
    break_it(product, clock, 1)
    first_fail = Verdict.objects.get(promise=promise, word="fail").slot_at
    assert not Incident.objects.exists()
    break_it(product, clock, 1)
    incident = Incident.objects.get()
    assert (incident.product, incident.started_at) == (product, first_fail)
    assert incident.evidence["limit"] == 30
    assert incident.evidence["measured"] == [100.0, 105.0]
    assert incident.evidence["topic"] == "commerce.orders"
    assert DataProduct.objects.get(pk=product.pk).health == "failing"


def test_an_incident_closes_by_itself_when_the_promise_holds_again(
    product: DataProduct, clock: Clock
) -> None:
    catalog.promise(product, property="freshness", value="30 s")
    break_it(product, clock, 4)
    keep_it(product, clock, 2)
    assert Incident.objects.get().resolved_at is None
    keep_it(product, clock, 1)
    assert Incident.objects.get().resolved_at is not None
    assert DataProduct.objects.get(pk=product.pk).health == "healthy"
    kinds = list(IncidentNote.objects.order_by("pk").values_list("kind", flat=True))
    assert kinds == ["opened", "resolved"]


def test_judging_a_slot_twice_changes_nothing(product: DataProduct, clock: Clock) -> None:
    catalog.promise(product, property="freshness", value="30 s")
    break_it(product, clock, 1)
    sweep = clock.cluster.sweeps.get()
    assert judge(clock.cluster.pk, sweep.pk, by=SYSTEM) == []
    assert (Verdict.objects.count(), Incident.objects.count()) == (1, 0)


def test_what_stands_is_read_under_the_locks(product: DataProduct, clock: Clock) -> None:
    """Else a second judge of the same slot, who waited for the first, would judge and count it again."""
    catalog.promise(product, property="freshness", value="30", unit="s")
    with CaptureQueriesContext(connection) as asked:
        clock.look()
    statements = [query["sql"] for query in asked]
    lock = next(number for number, sql in enumerate(statements) if "FOR NO KEY UPDATE" in sql)
    read = next(
        number for number, sql in enumerate(statements) if 'FROM "catalog_promisestate"' in sql
    )
    assert lock < read


def test_a_dead_cluster_makes_every_verdict_unknown_and_opens_nothing(
    product: DataProduct, clock: Clock
) -> None:
    rows = [
        {"property": "freshness", "value": "30 s"},
        {"property": "throughput", "value": "1 records/s"},
        {"property": "availability", "value": "99 %"},
        {"property": "retention", "value": "1 d"},
        {"property": "consumerLag", "value": "30 s", "consumer": "fulfilment"},
    ]
    for row in rows:
        catalog.promise(product, **row)
    streams.lag(streams.group("fulfilment"), topic_of(product))
    keep_it(product, clock, 1)
    clock.cluster.state, clock.cluster.state_detail = "unreachable", "connection refused"
    clock.cluster.save(update_fields=["state", "state_detail"])
    for _ in range(3):
        clock.look("failed")
    states = PromiseState.objects.all()
    assert {state.word for state in states} == {"unknown"}
    assert all("connection refused" in state.reason for state in states)
    assert not Incident.objects.exists()
    assert DataProduct.objects.get(pk=product.pk).health == "unknown"


def test_unknown_neither_closes_nor_resets_an_open_incident(
    product: DataProduct, clock: Clock
) -> None:
    catalog.promise(product, property="freshness", value="30 s")
    break_it(product, clock, 2)
    clock.cluster.state = "unreachable"
    clock.cluster.save(update_fields=["state"])
    for _ in range(4):
        clock.look("failed")
    assert Incident.objects.get().resolved_at is None


def test_a_cluster_nobody_looks_at_becomes_unknown(product: DataProduct, clock: Clock) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    keep_it(product, clock, 1)
    clock.cluster.last_sweep_at = database_now() - timedelta(minutes=5)
    clock.cluster.save(update_fields=["last_sweep_at"])
    assert judge_silent(by=SYSTEM) == [clock.cluster.pk]
    assert word(promise) == "unknown"


def test_one_incident_is_open_per_kind_and_target(product: DataProduct) -> None:
    breach = Breach("schema", "topic:1:7", product, "Unknown schema 7", database_now())
    first, second = open_incident(breach), open_incident(breach)
    assert first is not None
    assert second is None
    assert close_incident(first, "clean again")
    assert not close_incident(first, "clean again")
    assert open_incident(breach) is not None


def test_suspects_are_upstream_products_that_failed_earlier_nearest_first(
    product: DataProduct, clock: Clock, teams: dict[str, Any]
) -> None:
    source, middle = catalog.active("source"), catalog.active("middle")
    late = catalog.active("late")
    for reader, upstream in ((middle, source), (product, middle), (product, late)):
        add_port(
            reader.pk, direction="input", name=upstream.slug, upstream=upstream, by=SYSTEM, approval=1
        )  # fmt: skip
    for broken in (source, middle):
        catalog.promise(broken, property="freshness", value="30 s")
        streams.log(topic_of(broken), age_lo_s=100, age_hi_s=105)
    clock.look()
    clock.look()
    catalog.promise(product, property="freshness", value="30 s")
    break_it(product, clock, 2)
    incident = Incident.objects.get(product=product)
    assert [(row["slug"], row["hops"]) for row in incident.suspects] == [
        ("middle", 1),
        ("source", 2),
    ]


def test_who_may_acknowledges_and_notes(product: DataProduct, people: dict[str, Any]) -> None:
    incident = open_incident(Breach("schema", "topic:1:7", product, "Bad", database_now()))
    assert incident is not None
    with pytest.raises(NotAllowed):
        acknowledge_incident(incident.number, by=people["consumer"])
    done = acknowledge_incident(incident.number, by=people["engineer"])
    again = acknowledge_incident(incident.number, by=people["owner"])
    assert (again.acknowledged_by, again.acknowledged_at) == (
        done.acknowledged_by,
        done.acknowledged_at,
    )
    with pytest.raises(InvalidInput):
        add_note(incident.number, "  ", by=people["owner"])
    assert add_note(incident.number, "Looking.", by=people["owner"]).actor == people["owner"].label
    close_incident(incident, "over")
    with pytest.raises(IncidentClosed):
        acknowledge_incident(incident.number, by=people["owner"])


def test_judging_costs_as_many_queries_for_many_products(
    product: DataProduct, clock: Clock, django_assert_max_num_queries: Any
) -> None:
    for number in range(8):
        other = catalog.active(f"product-{number}")
        catalog.promise(other, property="freshness", value="30 s")
        catalog.promise(other, property="availability", value="99 %")
        streams.log(topic_of(other))
    sweep = streams.sweep(clock.cluster, 1)
    with django_assert_max_num_queries(45):
        judge(clock.cluster.pk, sweep.pk, by=SYSTEM)


def test_each_look_is_counted_in_its_day_once(product: DataProduct, clock: Clock) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    topic = topic_of(product)
    streams.log(topic, age_lo_s=1, age_hi_s=5)
    clock.look()
    judge(
        topic.cluster_id, topic.cluster.sweeps.latest("slot").pk, by=SYSTEM
    )  # the same slot again
    clock.look("failed")
    streams.log(topic, age_lo_s=100, age_hi_s=105)
    clock.look()
    day = PromiseDay.objects.get(promise=promise)
    assert (day.kept, day.unknown, day.failed, day.broken) == (1, 1, 1, False)
    clock.look()
    day.refresh_from_db()
    assert (day.failed, day.broken) == (2, True)


def test_days_are_forgotten_after_thirteen_months(product: DataProduct) -> None:
    promise = catalog.promise(product, property="freshness", value="30 s")
    now = database_now()
    for age in (399, 402):
        PromiseDay.objects.create(promise=promise, day=(now - timedelta(days=age)).date(), kept=1)
    forget_verdicts(by=SYSTEM)
    assert PromiseDay.objects.count() == 1

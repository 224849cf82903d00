"""/metrics says what is known now, and has no series for what is not."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from prometheus_client.parser import text_string_to_metric_families

from catalog.models import PromiseState
from governance import metrics
from mesh.audit.jobs import enqueue
from mesh.audit.models import Job, OutboxEvent
from mesh.audit.principal import SYSTEM
from mesh.kernel.database import database_now
from mesh.people.models import ObjectScope
from streams.models import Cluster
from tests.factories import catalog as catalogue
from tests.factories import streams as broker

pytestmark = pytest.mark.django_db
Samples = dict[tuple[str, tuple[tuple[str, str], ...]], float]


def scrape(client: Any, **headers: str) -> Samples:
    answer = client.get("/metrics", **headers)
    assert answer.status_code == 200, answer.content
    assert answer["Content-Type"].startswith("text/plain; version=0.0.4")
    return {
        (sample.name.removeprefix("tributary_"), tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def named(samples: Samples, name: str) -> dict[tuple[tuple[str, str], ...], float]:
    return {labels: value for (family, labels), value in samples.items() if family == name}


def test_known_lag_is_shown_as_records_and_as_an_interval(client: Any) -> None:
    broker.lag(broker.group("picker"), broker.topic("orders"), age_lo_s=2, age_hi_s=7)
    samples = scrape(client)
    labels = (("cluster", "demo"), ("group", "picker"), ("topic", "orders"))
    assert samples["group_lag_records", labels] == 10
    assert samples["group_lag_seconds_min", labels] == 2
    assert samples["group_lag_seconds_max", labels] == 7
    assert named(samples, "group_status") == {
        (("cluster", "demo"), ("group", "picker"), ("status", "ok"), ("topic", "orders")): 1
    }


@pytest.mark.parametrize(
    ("lag", "cluster_state"),
    [
        ({"status": "unknown", "unknown_reason": "TIMEOUT"}, "reachable"),
        ({}, "unreachable"),
        ({"as_of": timedelta(minutes=5)}, "reachable"),
    ],
    ids=["judged unknown", "cluster unreachable", "nobody looked for five minutes"],
)
def test_unknown_lag_has_no_series_but_a_status(
    client: Any, lag: dict[str, Any], cluster_state: str
) -> None:
    if isinstance(age := lag.get("as_of"), timedelta):
        lag["as_of"] = database_now() - age
    broker.lag(broker.group("picker"), broker.topic("orders"), **lag)
    Cluster.objects.update(state=cluster_state)
    samples = scrape(client)
    for name in ("group_lag_records", "group_lag_seconds_min", "group_lag_seconds_max"):
        assert named(samples, name) == {}
    (labels,) = named(samples, "group_status")
    assert dict(labels)["status"] == "unknown"


def test_a_sum_over_some_partitions_only_is_not_shown_as_the_lag(client: Any) -> None:
    broker.lag(broker.group("picker"), broker.topic("orders"), partitions=2, covered_partitions=1)
    assert named(scrape(client), "group_lag_records") == {}


def test_an_age_without_upper_bound_has_no_maximum(client: Any) -> None:
    broker.lag(broker.group("picker"), broker.topic("orders"), age_lo_s=90, age_hi_s=-1)
    samples = scrape(client)
    assert list(named(samples, "group_lag_seconds_min").values()) == [90]
    assert named(samples, "group_lag_seconds_max") == {}


def test_ended_topics_and_groups_have_left(client: Any) -> None:
    ended = broker.topic("orders")
    broker.lag(broker.group("picker"), ended)
    ended.ended_at = database_now()
    ended.save(update_fields=["ended_at"])
    assert named(scrape(client), "group_status") == {}


def test_the_newest_finished_sweep_tells_age_duration_and_coverage(client: Any) -> None:
    cluster = broker.cluster()
    broker.sweep(cluster, 1)
    newest = broker.sweep(cluster, 2)
    newest.duration_ms, newest.reasons = 1500, {"TIMEOUT": 3}
    newest.finished_at = database_now() - timedelta(seconds=40)
    newest.save(update_fields=["duration_ms", "reasons", "finished_at"])
    samples = scrape(client)
    on = (("cluster", "demo"),)
    assert 40 <= samples["sweep_age_seconds", on] < 60
    assert samples["sweep_duration_seconds", on] == 1.5
    assert samples["sweep_coverage_ratio", (*on, ("kind", "topics"))] == 1
    assert samples["sweep_unanswered", (*on, ("reason", "TIMEOUT"))] == 3


def test_a_cluster_never_swept_has_no_age(client: Any) -> None:
    broker.cluster()
    assert named(scrape(client), "sweep_age_seconds") == {}


def test_a_promise_shows_its_newest_verdict_and_unknown_before_the_first(client: Any) -> None:
    promise = catalogue.promise(catalogue.active("orders"), property="retention", value=7, unit="d")
    labels = {"product": "orders", "port": "changes", "property": "retention", "consumer": ""}
    (before,) = named(scrape(client), "promise_verdict")
    assert dict(before) == {**labels, "verdict": "unknown"}
    now = database_now()
    PromiseState.objects.update_or_create(
        promise=promise, defaults={"word": "fail", "judged_at": now, "since": now}
    )
    (after,) = named(scrape(client), "promise_verdict")
    assert dict(after) == {**labels, "verdict": "fail"}


def test_jobs_and_events_tell_how_long_they_wait(client: Any) -> None:
    assert scrape(client)["outbox_oldest_seconds", ()] == 0
    enqueue("governance.apply", "1", by=SYSTEM)
    Job.objects.update(due_at=database_now() - timedelta(seconds=30))
    enqueue("governance.plan", "2", by=SYSTEM, delay_s=60)  # a planned pause is not waiting
    event = OutboxEvent.objects.create(name="x", object_kind="x", object_id="1")
    OutboxEvent.objects.filter(pk=event.pk).update(at=database_now() - timedelta(seconds=20))
    samples = scrape(client)
    ages = named(samples, "jobs_oldest_seconds")
    assert [dict(labels)["kind"] for labels in ages] == ["governance.apply"]
    assert 30 <= next(iter(ages.values())) < 45
    assert 20 <= samples["outbox_oldest_seconds", ()] < 35


def test_a_family_that_is_cut_says_so(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        broker.lag(broker.group(f"group-{number}"), broker.topic(f"topic-{number}"))
    assert scrape(client)["series_truncated", ()] == 0
    monkeypatch.setattr(metrics, "ROWS_MOST", 2)
    samples = scrape(client)
    assert samples["series_truncated", ()] == 1
    assert len(named(samples, "group_status")) == 2


def test_names_with_quotes_and_newlines_stay_one_label(client: Any) -> None:
    broker.lag(broker.group('a"b\\c\nd'), broker.topic("orders"))
    (labels,) = named(scrape(client), "group_status")
    assert dict(labels)["group"] == 'a"b\\c\nd'


def test_beyond_loopback_a_key_with_the_scope_is_needed(
    client: Any, settings: Any, people: Any, key_of: Any
) -> None:
    settings.BASE_URL = "https://mesh.example"
    refused = client.get("/metrics")
    assert refused.status_code == 401
    assert refused["Content-Type"] == "application/problem+json"
    without = client.get("/metrics", **key_of(people["reader"], "catalog:read"))
    assert without.status_code == 403
    assert scrape(client, **key_of(people["reader"], "metrics:read"))
    wrong = client.get("/metrics", HTTP_AUTHORIZATION="Bearer trb_wrong")
    assert wrong.status_code == 401


def test_what_is_restricted_is_shown_to_its_team_only(
    client: Any, settings: Any, people: Any, key_of: Any, teams: Any
) -> None:
    hidden = broker.topic("salaries")
    broker.lag(broker.group("picker"), hidden)
    ObjectScope.objects.create(
        kind="topic", object_id=hidden.public_id, team=teams["orders"], visibility="restricted"
    )
    assert named(scrape(client), "group_status") == {}
    settings.BASE_URL = "https://mesh.example"
    outside = scrape(client, **key_of(people["consumer"], "metrics:read"))
    assert named(outside, "group_status") == {}
    inside = scrape(client, **key_of(people["owner"], "metrics:read"))
    assert len(named(inside, "group_status")) == 1


def test_any_accept_header_gets_the_text(client: Any) -> None:
    assert scrape(client, HTTP_ACCEPT="text/plain")
    assert scrape(client, HTTP_ACCEPT="application/openmetrics-text;version=1.0.0")


def test_unknown_parameters_are_refused(client: Any) -> None:
    answer = client.get("/metrics?match=up")
    assert answer.status_code == 400
    assert answer.json()["code"] == "unknown_parameter"


def test_the_number_of_queries_does_not_grow(client: Any) -> None:
    def queries() -> int:
        with CaptureQueriesContext(
            connection,
        ) as asked:
            scrape(client)
        return len(asked)

    broker.lag(broker.group("group-0"), broker.topic("topic-0"))
    one = queries()
    for number in range(1, 20):
        broker.lag(broker.group(f"group-{number}"), broker.topic(f"topic-{number}"))
    assert queries() == one <= 8

"""Pages and REST of the streams room: numbers with their age, unknown never as zero."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from mesh.audit.models import Job
from mesh.audit.principal import Principal
from mesh.kernel.database import database_now
from mesh.people.models import ObjectScope
from streams.models import Cluster, ConsumerGroup, GroupTopicLag, LagSample, Sweep, Topic
from tests.factories import streams as make

pytestmark = pytest.mark.django_db
SignIn = Callable[[Principal], Any]


def _lag(group_id: str, topic: Topic, **members: Any) -> GroupTopicLag:
    group, _ = ConsumerGroup.objects.get_or_create(cluster=topic.cluster, group_id=group_id)
    defaults = {
        "status": "ok", "lag_records": 12, "lag": [12], "partition_status": ["ok"], "covered_partitions": 1,
        "partitions": 1, "age_lo_s": 3, "age_hi_s": 8, "as_of": database_now(),
    }  # fmt: skip
    return GroupTopicLag.objects.create(group=group, topic=topic, **{**defaults, **members})


def test_list_says_who_needs_help_first(sign_in: SignIn, people: dict[str, Principal]) -> None:
    topic = make.topic("commerce.orders.changes")
    _lag("healthy", topic)
    _lag("halted", topic, status="stopped", lag_records=400)
    page = sign_in(people["reader"]).get("/streams").content.decode()
    assert "1 of 2 readers needs help now." in page
    assert page.index("halted") < page.index("healthy")


def test_unknown_lag_is_words_and_never_zero(sign_in: SignIn, people: dict[str, Principal]) -> None:
    topic = make.topic("commerce.orders.changes")
    lag = _lag(
        "reader",
        topic,
        status="unknown",
        unknown_reason="UNREACHABLE",
        lag_records=0,
        age_lo_s=0,
        age_hi_s=0,
    )
    Cluster.objects.update(state="unreachable", state_reason="UNREACHABLE")
    client = sign_in(people["reader"])
    page = client.get("/streams").content.decode()
    assert "not measured" in page and "no broker can be reached" in page
    body = client.get(f"/api/v1/consumer-groups/{lag.group.public_id}").json()["lags"][0]
    assert body["lag_records"] is None and body["lag_seconds_max"] is None
    assert body["unknown_words"] == "no broker can be reached"


def test_old_numbers_are_marked_stale(sign_in: SignIn, people: dict[str, Principal]) -> None:
    topic = make.topic("commerce.orders.changes")
    _lag("reader", topic, as_of=database_now() - timedelta(minutes=5))
    page = sign_in(people["reader"]).get("/streams").content.decode()
    assert 'data-state="stale"' in page
    assert "now is not known." in page and "on time." not in page


def test_group_page_shows_chart_partitions_and_members(
    sign_in: SignIn, people: dict[str, Principal]
) -> None:
    topic = make.topic("commerce.orders.changes")
    lag = _lag("reader", topic)
    LagSample.objects.create(
        lag_of=lag,
        sweep_at=database_now(),
        committed=[1],
        lag=[12],
        lag_records=12,
        age_lo_s=3,
        age_hi_s=8,
        status="ok",
    )
    client = sign_in(people["reader"])
    answer = client.get(f"/consumer-groups/{lag.group.public_id}")
    assert answer.status_code == 200 and "lag-samples" in answer.content.decode()
    series = client.get(
        "/api/v1/lag-samples", {"group": str(lag.group.public_id), "topic": topic.name}
    ).json()
    assert series["hi"] == [8] and series["records"] == [12] and series["unit"] == "seconds"


def test_restricted_topic_is_absent_for_outsiders(
    sign_in: SignIn, people: dict[str, Principal], teams: dict[str, Any]
) -> None:
    topic = make.topic("secret.topic")
    ObjectScope.objects.create(
        kind="topic", object_id=topic.public_id, team=teams["orders"], visibility="restricted"
    )
    _lag("reader", topic)
    client = sign_in(people["consumer"])
    assert "secret.topic" not in client.get("/streams").content.decode()
    assert client.get(f"/topics/{topic.public_id}").status_code == 404
    assert client.get(f"/api/v1/topics/{topic.public_id}").status_code == 404
    assert client.get("/api/v1/topics").json()["items"] == []
    assert sign_in(people["owner"]).get(f"/topics/{topic.public_id}").status_code == 200


def test_sweep_now_answers_with_a_job(
    client: Any, people: dict[str, Principal], key_of: Any
) -> None:
    cluster = make.cluster()
    answer = client.post(
        f"/api/v1/clusters/{cluster.public_id}/sweep", **key_of(people["engineer"])
    )
    assert answer.status_code == 202 and answer["Location"].startswith("/api/v1/jobs/")
    assert Job.objects.get().kind == "streams.sweep_now"
    refused = client.post(f"/api/v1/clusters/{cluster.public_id}/sweep", **key_of(people["reader"]))
    assert refused.status_code == 403 and refused.json()["code"] == "not_allowed"


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ({"from": "yesterday"}, "malformed"),
        ({"from": "2026-01-01T00:00:00"}, "malformed"),
        ({"points": "many"}, "malformed"),
        ({"from": "2026-02-01T00:00:00Z", "to": "2026-01-01T00:00:00Z"}, "invalid"),
        ({"form": "2026-02-01T00:00:00Z"}, "unknown_parameter"),
    ],
)
def test_bad_range_is_a_problem_with_pointer(
    client: Any, people: dict[str, Principal], key_of: Any, query: dict[str, str], code: str
) -> None:
    lag = _lag("reader", make.topic("a.b"))
    query = {"group": str(lag.group.public_id), "topic": "a.b", **query}
    answer = client.get("/api/v1/lag-samples", query, **key_of(people["reader"]))
    assert answer.status_code in (400, 422)
    assert answer.json()["code"] == code and answer.json()["errors"][0]["pointer"].startswith("?")


def test_unknown_group_and_topic_are_404(
    client: Any, people: dict[str, Principal], key_of: Any
) -> None:
    header = key_of(people["reader"])
    assert client.get("/api/v1/lag-samples?group=x&topic=y", **header).status_code == 404
    missing = "0198aaaa-0000-7000-8000-000000000000"
    assert client.get(f"/api/v1/consumer-groups/{missing}", **header).status_code == 404


def test_nobody_signed_in_goes_to_log_in_or_gets_401(client: Any) -> None:
    assert client.get("/streams").headers["Location"].startswith("/login?next=")
    answer = client.get("/api/v1/topics")
    assert (
        answer.status_code == 401
        and answer["WWW-Authenticate"]
        and answer.json()["code"] == "not_signed_in"
    )


def test_cluster_secrets_are_never_answered(
    client: Any, people: dict[str, Principal], key_of: Any, sign_in: SignIn
) -> None:
    cluster = make.cluster(secrets=b"sealed-canary")
    answer = client.get(f"/api/v1/clusters/{cluster.public_id}", **key_of(people["reader"]))
    assert "canary" not in answer.content.decode() and "secrets" not in answer.json()
    assert (
        "canary"
        not in sign_in(people["admin"]).get(f"/clusters/{cluster.public_id}").content.decode()
    )


def test_a_cluster_is_changed_at_the_revision_that_was_read(
    client: Any, people: dict[str, Principal], key_of: Any, sign_in: SignIn
) -> None:
    cluster, admin = make.cluster(), sign_in(people["admin"])
    path = f"/api/v1/clusters/{cluster.public_id}"

    def patch(**headers: Any) -> Any:
        return admin.patch(path, {"sweep_interval_s": 7}, "application/json", **headers)

    assert (patch().status_code, patch().json()["code"]) == (428, "revision_missing")
    etag = admin.get(path)["ETag"]
    by_key = {**key_of(people["engineer"]), "HTTP_IF_MATCH": etag}
    assert client.patch(path, {"kind": "msk"}, "application/json", **by_key).status_code == 403
    done = patch(HTTP_IF_MATCH=etag)
    assert (done.status_code, done.json()["sweep_interval_s"], done["ETag"]) == (200, 7, '"r2"')
    late = patch(HTTP_IF_MATCH=etag)
    assert (late.status_code, late.json()["code"], late["ETag"]) == (412, "stale", '"r2"')


def test_posting_a_cluster_never_changes_one_that_stands(
    people: dict[str, Principal], sign_in: SignIn
) -> None:
    cluster = make.cluster()
    body = {
        "name": cluster.name, "environment": cluster.environment.slug,
        "settings": {"bootstrap.servers": "127.0.0.1:1", "security.protocol": "PLAINTEXT"},
    }  # fmt: skip
    answer = sign_in(people["admin"]).post("/api/v1/clusters", body, "application/json")
    assert (answer.status_code, answer.json()["errors"][0]["pointer"]) == (409, "/name")
    assert type(cluster).objects.get().settings == cluster.settings


def test_lists_cost_the_same_for_one_and_twenty(
    sign_in: SignIn, people: dict[str, Principal], assert_query_count: Any
) -> None:
    client = sign_in(people["reader"])
    _lag("reader", make.topic("t.one"))

    paths = {
        "streams": "/streams",
        "clusters": "/clusters",
        "api-topics": "/api/v1/topics",
        "api-groups": "/api/v1/consumer-groups",
    }
    for name, path in paths.items():
        Topic.objects.exclude(name="t.one").delete()

        def grow() -> None:
            for number in range(20):
                _lag(f"reader-{number}", make.topic(f"t.many-{number}"))

        assert_query_count(name, lambda path=path: client.get(path), grow)


def test_a_silent_broker_makes_readers_and_coverage_unknown(
    people: dict[str, Principal], sign_in: SignIn
) -> None:
    """A broker that never answered is not one that nobody reads: no 0 and no "no reader"."""
    cluster = make.cluster("mute", state="unreachable", state_detail="Nothing listens there.")
    Sweep.objects.create(
        cluster=cluster, slot=1, started_at=database_now(), finished_at=database_now(),
        coverage={"ends": 0.0}, counts={}, reasons={"probe:UNREACHABLE": 1},
    )  # fmt: skip
    client = sign_in(people["owner"])
    text = client.get("/streams").content.decode()
    assert "Who reads is not known: the broker does not answer." in text
    assert "No consumer group reads" not in text
    text = client.get(f"/clusters/{cluster.public_id}").content.decode()
    assert "not asked" in text and "0 %" not in text
    assert "UNREACHABLE" not in text

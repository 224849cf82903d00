"""Apply: act once, believe only what was read back, name what is left."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from catalog.models import DataProduct
from governance.actions import requests, retrying
from governance.models import ApplyAttempt, ChangeItem, ChangeRequest
from governance.planning.live import LiveTopic
from governance.tasks import resolve_unknown
from mesh.audit import jobs
from mesh.audit.models import Job
from mesh.audit.principal import Principal
from streams.kafka.results import Refused
from streams.models import Cluster, Topic
from tests.rooms.governance.conftest import FakeBroker, product_items, topic_item

pytestmark = pytest.mark.django_db
Make = Callable[..., ChangeRequest]
Work = Callable[[], list[str]]


@pytest.fixture
def approved(submitted: Make, vote: Any) -> Make:
    """A request with its votes, before any worker touched it."""

    def make(*items: dict[str, Any], **members: Any) -> ChangeRequest:
        request = submitted(*items, **members)
        assert request.state == "awaiting_approval", request.failure
        request = vote(request, "owner")
        assert request.state == "approved"
        return request

    return make


def again(request: ChangeRequest) -> ChangeRequest:
    request.refresh_from_db()
    return request


def test_act_that_landed_without_an_answer_is_found_and_never_repeated(
    approved: Make, work: Work, broker: FakeBroker
) -> None:
    request = approved(*product_items())
    broker.lose_answer = "after"
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == ["topic.create"]
    item = ChangeItem.objects.get(kind="topic.create")
    assert (item.state, item.origin) == ("verified", "adopted")
    assert ApplyAttempt.objects.get().outcome == "timeout"


def test_act_that_did_not_land_is_tried_once_more(
    approved: Make, work: Work, broker: FakeBroker
) -> None:
    request = approved(*product_items())
    broker.lose_answer = "before"
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == ["topic.create", "topic.create"]
    assert list(ApplyAttempt.objects.order_by("number").values_list("outcome", flat=True)) == [
        "timeout",
        "ok",
    ]


def test_act_that_lands_late_is_adopted(approved: Make, work: Work, broker: FakeBroker) -> None:
    request = approved(*product_items())
    broker.lose_answer, broker.answers_late = "late", 3
    work()
    assert again(request).state == "applied"
    assert broker.made == 1


def test_broker_that_goes_silent_after_the_call_leaves_an_unknown_that_is_resolved(
    approved: Make, work: Work, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = approved(*product_items())
    act = broker.act

    def act_and_die(cluster: Cluster, item: ChangeItem) -> Any:
        broker.lose_answer = "after"
        answer = act(cluster, item)
        broker.silent = True
        return answer

    monkeypatch.setattr(broker, "act", act_and_die)
    work()
    assert again(request).state == "outcome_unknown"
    assert request.failure is not None
    assert "does not answer" in request.failure["reason"]
    assert request.failure["step"] == "create topic commerce.orders.changes"
    assert not DataProduct.objects.exists()
    broker.silent = False
    resolve_unknown()
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == ["topic.create"]


def test_resolver_leaves_clusters_alone_that_do_not_answer(
    approved: Make, work: Work, broker: FakeBroker
) -> None:
    request = approved(*product_items())
    ChangeRequest.objects.filter(pk=request.pk).update(state="outcome_unknown")
    ChangeItem.objects.filter(kind="topic.create").update(state="unknown")
    Cluster.objects.update(state="unreachable")
    resolve_unknown()
    assert again(request).state == "outcome_unknown"


def test_definite_refusal_fails_by_name_and_can_be_retried(
    approved: Make, work: Work, broker: FakeBroker, people: dict[str, Principal]
) -> None:
    request = approved(*product_items())
    broker.refuse = Refused("config", "The broker refuses a configuration value.", "Invalid value")
    work()
    assert again(request).state == "failed"
    assert request.failure is not None
    assert request.failure["reason"] == "The broker refuses a configuration value. Invalid value"
    assert request.failure["remedy"]
    assert not Topic.objects.exists() and not DataProduct.objects.exists()
    broker.refuse = None
    retrying.retry(request.pk, by=people["engineer"])
    work()
    assert again(request).state == "applied"


def test_bundle_that_fails_in_its_rows_is_held_named_and_retried(
    approved: Make,
    work: Work,
    broker: FakeBroker,
    people: dict[str, Principal],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from governance.applying import rows
    from mesh.kernel.errors import InvalidInput

    request = approved(*product_items())
    activate = rows.APPLIERS["lifecycle.activate"]

    def refuse(*given: Any) -> Any:
        raise InvalidInput("The topic was not seen lately.")

    monkeypatch.setitem(rows.APPLIERS, "lifecycle.activate", refuse)  # type: ignore[attr-defined]  # a plain dict
    work()
    assert again(request).state == "partially_applied"
    assert request.failure is not None
    assert request.failure["reason"] == "The topic was not seen lately."
    assert not DataProduct.objects.exists(), "rows of one group are all there or none"
    assert "commerce.orders.changes" in broker.topics
    monkeypatch.setitem(rows.APPLIERS, "lifecycle.activate", activate)  # type: ignore[attr-defined]  # a plain dict
    retrying.retry(request.pk, by=people["engineer"])
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == ["topic.create"]


def test_half_applied_request_can_be_settled_with_a_reason(
    approved: Make, work: Work, broker: FakeBroker, people: dict[str, Principal]
) -> None:
    request = approved(*product_items())
    ChangeRequest.objects.filter(pk=request.pk).update(state="partially_applied")
    requests.settle(request.pk, by=people["engineer"], reason="We keep the topic for the next try.")
    assert again(request).closed_at is not None
    assert request.failure is not None
    assert request.failure["settled"]["by"] == "Engineer"
    assert not request.reservations.exists()


def test_topic_made_by_somebody_else_in_the_same_shape_is_adopted(
    submitted: Make, vote: Any, work: Work, broker: FakeBroker
) -> None:
    broker.topics["commerce.orders.changes"] = LiveTopic(
        "theirs", 3, 1, {"retention.ms": "604800000"}
    )
    request = submitted(*product_items())
    assert request.plan[0]["flags"] == ["exists", "noop"]
    vote(request, "owner")
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == []
    assert ChangeItem.objects.get(kind="topic.create").origin == "unchanged"


def test_topic_in_another_shape_is_never_overwritten(submitted: Make, broker: FakeBroker) -> None:
    broker.topics["commerce.orders.changes"] = LiveTopic("theirs", 12, 1, {})
    request = submitted(*product_items())
    assert request.state == "checks_failed"
    assert request.failure is not None
    problem = request.failure["problems"][0]
    assert problem["code"] == "topic_exists"
    assert "partitions 12 instead of 3" in problem["detail"]


def test_partitions_never_shrink(submitted: Make, broker: FakeBroker) -> None:
    broker.topics["commerce.orders"] = LiveTopic("id", 6, 1, {})
    item = {
        "kind": "topic.repartition", "object": {"cluster": "demo", "topic": "commerce.orders"},
        "desired": {"partitions": 3},
    }  # fmt: skip
    request = submitted(item, team="orders-team")
    assert request.state == "checks_failed"
    assert request.failure is not None
    assert request.failure["problems"][0]["code"] == "partition_decrease"


def test_configs_change_only_what_is_named(approved: Make, work: Work, broker: FakeBroker) -> None:
    broker.topics["commerce.orders"] = LiveTopic(
        "id", 3, 1, {"retention.ms": "1000", "segment.ms": "5"}
    )
    item = {
        "kind": "topic.configure", "object": {"cluster": "demo", "topic": "commerce.orders"},
        "desired": {"set": {"retention.ms": "2000"}, "unset": []},
    }  # fmt: skip
    request = approved(item, team="orders-team")
    work()
    assert again(request).state == "applied", request.failure
    assert broker.topics["commerce.orders"].configs == {"retention.ms": "2000", "segment.ms": "5"}


def test_broker_silent_at_planning_is_asked_again_and_then_named(
    mesh: Any, people: dict[str, Principal], broker: FakeBroker, work: Work
) -> None:
    from datetime import timedelta

    from mesh.kernel.database import database_now

    broker.silent = True
    request = requests.create_request(
        {
            "title": "A topic",
            "reason": "Needed for the shop.",
            "items": [topic_item()],
            "team": "orders-team",
        },
        by=people["engineer"],
    )
    requests.submit(request.pk, by=people["engineer"])
    work()
    assert again(request).state == "submitted"
    job = Job.objects.get(kind="governance.plan")
    assert (job.state, job.steps[0]["state"]) == ("waiting", "waiting")
    ChangeRequest.objects.update(submitted_at=database_now() - timedelta(minutes=16))
    Job.objects.update(due_at=database_now())
    work()
    assert again(request).state == "checks_failed"
    assert request.failure is not None
    assert request.failure["outcome"] == "unknown"
    assert "could not be read" in request.failure["reason"]


def test_worker_that_died_in_its_call_is_followed_by_one_that_reads_first(
    approved: Make, work: Work, broker: FakeBroker, monkeypatch: pytest.MonkeyPatch
) -> None:
    request = approved(*product_items())
    act = broker.act

    def die(cluster: Cluster, item: ChangeItem) -> Any:
        act(cluster, item)
        raise KeyboardInterrupt

    monkeypatch.setattr(broker, "act", die)
    with pytest.raises(KeyboardInterrupt):
        work()
    monkeypatch.setattr(broker, "act", act)
    Job.objects.filter(kind="governance.apply").update(lease_until=None)
    work()
    assert again(request).state == "applied", request.failure
    assert broker.calls == ["topic.create"]
    assert ApplyAttempt.objects.get().outcome == "lost"
    assert jobs.due_ids() == []

"""Announcements of lower rooms wake tasks; tasks leave the same rows whether run once or twice."""

from __future__ import annotations

from typing import Any

import pytest

from lineage import tasks
from lineage.models import Edge, Evidence, Node, SubjectTopic
from lineage.openlineage.accepting import jobs_of_unresolved
from mesh.audit.schedule import declared
from schemas import signals as schemas_signals
from streams import signals as streams_signals
from tests.factories import lineage, streams

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("signal", "arguments", "woken_task"),
    [
        (streams_signals.groups_moved, {"pairs": [[1, 2]]}, ("lineage.observe_reads", ([[1, 2]],))),
        (streams_signals.topics_changed, {"topic_ids": [3]}, ("lineage.know_topics", ([3],))),
        (schemas_signals.access_seen, {"access_ids": [4]}, ("lineage.observe_access", ([4],))),
    ],
)
def test_announcements_wake_tasks(
    signal: Any, arguments: dict[str, Any], woken_task: Any, woken: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:  # fmt: skip
    with django_capture_on_commit_callbacks(execute=True):
        signal.send(sender=None, **arguments)
    assert woken_task in woken


def test_observing_twice_is_observing_once() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    for _ in range(2):
        tasks.observe_reads([[group.pk, topic.pk]])
        tasks.know_topics([topic.pk])
    assert (Evidence.objects.count(), Edge.objects.count()) == (1, 1)
    assert SubjectTopic.objects.count() == 2


def test_members_that_hold_partitions_are_a_weaker_hint() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    group.members = [{"client_id": "orders-like", "assignments": [["orders", 0], ["gone", 1]]}, {}]
    group.save(update_fields=["members"])
    tasks.observe_assignments(topic.cluster_id)
    edge = Edge.objects.get()
    assert (edge.best_source, edge.observed) == ("group_assignment", 0.6)


def test_rows_that_are_gone_are_passed_over() -> None:
    tasks.observe_reads([[999_999, 999_999]])
    tasks.observe_access([999_999])
    tasks.know_topics([999_999])
    tasks.rebuild_job(999_999)
    assert not Node.objects.exists()


def test_internal_topics_are_no_nodes() -> None:
    topic = streams.topic("__consumer_offsets", is_internal=True)
    tasks.know_topics([topic.pk])
    assert not Node.objects.exists()


def test_catching_up_finds_topics_without_a_node() -> None:
    streams.topic("orders")
    tasks.catch_up()
    assert Node.objects.get().label == "orders"
    assert jobs_of_unresolved(1) == []


def test_an_ended_topic_keeps_its_evidence_until_it_expires() -> None:
    topic, group = lineage.product("orders"), streams.group("order-enricher")
    lineage.moved(group, topic)
    topic.ended_at = topic.last_seen
    topic.save(update_fields=["ended_at"])
    tasks.know_topics([topic.pk])
    assert lineage.node(kind="topic").ended_at is not None
    assert Edge.objects.get().live


def test_what_must_not_be_missed_is_on_the_schedule() -> None:
    names = {one.task for one in declared()}
    assert {"lineage.catch_up", "lineage.expire_evidence", "lineage.observe_assignments",
            "lineage.forget_events"} <= names  # fmt: skip

"""On the real message broker an urgent task is taken before what lay there earlier, in every queue."""

from __future__ import annotations

import uuid
from collections.abc import Iterator

import pytest
from celery import Celery
from django.conf import settings
from kombu.message import Message

from mesh.kernel import tasks

pytestmark = [pytest.mark.broker, pytest.mark.timeout(60)]


@pytest.fixture
def queues(monkeypatch: pytest.MonkeyPatch) -> Iterator[Celery]:
    """Our queues under a prefix of the test's own, with nobody else reading them."""
    other = Celery("urgent")
    other.config_from_object("django.conf:settings", namespace="CELERY")
    options = {**settings.CELERY_BROKER_TRANSPORT_OPTIONS, "global_keyprefix": uuid.uuid4().hex}
    other.conf.broker_transport_options = options
    monkeypatch.setattr(tasks, "app", other)
    yield other
    other.close()


def test_urgent_messages_are_taken_first(queues: Celery) -> None:
    for number in range(3):
        tasks.publish("catalog.rebuild_search", ("product", [str(number)]))
    tasks.publish("audit.run_job", (1,))
    tasks.publish("streams.sweep_cluster", (1, 1))
    taken: list[str] = []

    def take(_body: object, message: Message) -> None:
        taken.append(message.headers["task"])
        message.ack()

    with queues.connection_for_read() as connection:
        ours = [queues.amqp.queues[name](connection) for name in ("default", "streams")]
        with connection.Consumer(ours, prefetch_count=1) as consumer:
            consumer.register_callback(take)
            while len(taken) < 5:
                connection.drain_events(timeout=5)
    assert sorted(taken[:2]) == ["audit.run_job", "streams.sweep_cluster"]
    assert taken[2:] == ["catalog.rebuild_search"] * 3

"""Wake-up hints of a busy moment leave in few messages, and none of them is lost."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator

import pytest
from billiard.exceptions import SoftTimeLimitExceeded

from mesh.kernel import tasks
from mesh.kernel.tasks import Hint, HintSender, for_each, merged, takes_many


@pytest.fixture(autouse=True)
def _many(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tasks, "_taking_many", set())
    takes_many("room.many")


def test_the_same_hint_twice_is_one_message() -> None:
    assert merged([("room.one", (1,)), ("room.one", (1,)), ("room.one", (2,))]) == [
        ("room.one", (1,)),
        ("room.one", (2,)),
    ]


def test_ids_of_a_task_that_takes_many_share_a_message() -> None:
    waiting: list[Hint] = [("room.many", (3,)), ("room.one", ()), ("room.many", (1,))]
    waiting += [("room.many", (3,))]
    assert merged(waiting) == [("room.one", ()), ("room.many", (3, 1))]


def test_a_message_holds_no_more_ids_than_one_time_limit_allows() -> None:
    messages = merged([("room.many", (number,)) for number in range(tasks.MERGED_MOST * 2 + 1)])
    assert [len(ids) for _, ids in messages] == [tasks.MERGED_MOST, tasks.MERGED_MOST, 1]
    assert [one for _, ids in messages for one in ids] == list(range(tasks.MERGED_MOST * 2 + 1))


def test_arguments_that_cannot_be_hashed_stay_alone() -> None:
    hint: Hint = ("room.one", ("product", ["a", "b"]))
    assert merged([hint, hint]) == [hint]


def test_one_failing_id_does_not_stop_the_others() -> None:
    seen: list[int] = []

    def work(number: int) -> None:
        seen.append(number)
        if number < 3:
            raise ValueError(number)

    with pytest.raises(ValueError, match="1"):
        for_each(work, (1, 2, 3))
    assert seen == [1, 2, 3]


def test_the_time_limit_ends_the_whole_message() -> None:
    seen: list[int] = []

    def work(number: int) -> None:
        seen.append(number)
        raise SoftTimeLimitExceeded

    with pytest.raises(SoftTimeLimitExceeded):
        for_each(work, (1, 2))
    assert seen == [1]


class Broker:
    """Takes messages; may be away for the first ones, and holds each back until it is let go."""

    def __init__(self) -> None:
        self.taken: list[Hint] = []
        self.away = 0
        self.gate = threading.Event()
        self.asked = threading.Semaphore(0)

    def publish(self, name: str, arguments: tuple[object, ...]) -> None:
        self.asked.release()
        assert self.gate.wait(5)
        if self.away > 0:
            self.away -= 1
            raise OSError("no broker")
        self.taken.append((name, arguments))

    def await_message(self) -> None:
        assert self.asked.acquire(timeout=5), "no message was sent"


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Iterator[Broker]:
    made = Broker()
    monkeypatch.setattr(tasks, "publish", made.publish)
    monkeypatch.setattr(tasks, "GATHER_S", 0.0)
    yield made
    made.gate.set()


def test_a_first_hint_leaves_at_once_and_those_behind_it_together(broker: Broker) -> None:
    sender = HintSender()
    sender.send("room.many", (0,))
    broker.await_message()
    for number in range(1, 40):
        sender.send("room.many", (number,))
    broker.gate.set()
    broker.await_message()
    _until(lambda: len(broker.taken) == 2)
    assert broker.taken == [("room.many", (0,)), ("room.many", tuple(range(1, 40)))]


def test_a_broker_that_is_away_does_not_end_the_sender(broker: Broker) -> None:
    broker.away = 1
    broker.gate.set()
    sender = HintSender()
    sender.send("room.one", (1,))
    broker.await_message()
    sender.send("room.one", (2,))
    broker.await_message()
    _until(lambda: broker.taken == [("room.one", (2,))])


def test_what_waits_at_the_end_is_sent(broker: Broker) -> None:
    sender = HintSender()
    sender.send("room.one", (1,))
    broker.await_message()  # the thread stands at the broker
    sender.send("room.one", (2,))
    broker.gate.set()
    sender.flush()
    _until(lambda: sorted(broker.taken) == [("room.one", (1,)), ("room.one", (2,))])


def _until(holds: Callable[[], bool]) -> None:
    waiting = threading.Event()
    for _ in range(500):
        if holds():
            return
        waiting.wait(0.01)
    raise AssertionError("it did not come to hold")
